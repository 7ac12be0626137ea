check src/cli/testdata/input/names.cfg
