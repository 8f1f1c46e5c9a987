"""Faults on purpose, under load, and a recount by somebody else."""
