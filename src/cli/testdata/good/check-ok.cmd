check src/cli/testdata/input/uri.cfg src/cli/testdata/input/proxy.cfg
