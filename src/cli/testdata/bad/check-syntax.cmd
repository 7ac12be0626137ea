check src/cli/testdata/input/syntax.cfg
