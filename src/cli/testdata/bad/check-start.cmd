check src/cli/testdata/input/start.cfg
