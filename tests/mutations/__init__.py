"""Bugs planted on purpose, one at a time: a property is held only if a test fails when it is broken."""
