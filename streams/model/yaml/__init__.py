"""A document as words with their places, before any of them means something."""
