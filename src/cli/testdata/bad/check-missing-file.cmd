check nowhere.cfg
