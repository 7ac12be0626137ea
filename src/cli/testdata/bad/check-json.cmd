check --json src/cli/testdata/input/start.cfg src/cli/testdata/input/uri.cfg
