check src/cli/testdata/input/bare.cfg
