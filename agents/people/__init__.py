"""Whose touch is it: reading a group of inputs, and the identity graph in Redis."""
