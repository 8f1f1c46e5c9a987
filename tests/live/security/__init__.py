"""A broker and a Redis that ask who is there."""
