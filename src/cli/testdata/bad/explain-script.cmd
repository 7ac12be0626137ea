explain src/cli/testdata/input/syntax.cfg src/cli/testdata/input/invite.sip
