"""Levels, campaigns, nurturing: the whole example."""
