"""Reads the topics for reports, in no group: looking changes nothing."""
