"""Touches of nobody's, sent the whole way and seen arriving: whether leads get through, and how soon."""
