"""How fast is it? `make bench`, `make bench-latency`, and a profile of the score stage, for anybody to repeat."""
