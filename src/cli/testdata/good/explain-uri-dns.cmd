explain src/cli/testdata/input/uri.cfg src/cli/testdata/input/invite.sip --dns foo.bar=10.0.0.9 --profile rfc3261
