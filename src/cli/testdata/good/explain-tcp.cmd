explain src/cli/testdata/input/proxy.cfg src/cli/testdata/input/options.sip --transport tcp --from 192.0.2.7:40000 --to [2001:db8::1]:5070
