explain src/cli/testdata/input/proxy.cfg src/cli/testdata/input/invite.sip --registered sip:bob@example.com=sip:bob@10.0.0.9:5062 --for 6
