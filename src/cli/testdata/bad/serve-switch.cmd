serve src/cli/testdata/input/uri.cfg -l 10.0.0.1:99999
