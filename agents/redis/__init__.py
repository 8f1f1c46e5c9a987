"""What we keep in Redis: names, the client that waits, the mirror and what is read from it."""
