check --json src/cli/testdata/input/warnings.cfg
