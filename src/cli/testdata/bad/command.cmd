chekc ser.cfg
