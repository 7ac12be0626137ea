check src/cli/testdata/input/warnings.cfg
