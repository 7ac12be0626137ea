init a b
