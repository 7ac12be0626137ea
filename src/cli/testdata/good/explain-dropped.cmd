explain src/cli/testdata/input/proxy.cfg src/cli/testdata/input/novia.sip
