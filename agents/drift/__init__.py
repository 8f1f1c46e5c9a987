"""Reads back what the models in force did: for the report on drift."""
