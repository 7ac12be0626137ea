explain src/cli/testdata/input/uri.cfg src/cli/testdata/input/invite.sip
