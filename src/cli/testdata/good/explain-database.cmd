explain src/cli/testdata/input/database.cfg src/cli/testdata/input/register.sip
