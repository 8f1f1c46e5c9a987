"""Fills a score table from its log, in place or in a new generation of the log, with nothing said to the world."""
