"""Who gets a ripe lead: the load of people, decisions and those who wait, kept in Redis and rebuilt from the log."""
