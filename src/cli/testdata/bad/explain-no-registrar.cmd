explain src/cli/testdata/input/uri.cfg src/cli/testdata/input/invite.sip --registered sip:bob@example.com=sip:bob@10.0.0.9
