"""Stages of a lead: a graph as data, and the moves along it."""
