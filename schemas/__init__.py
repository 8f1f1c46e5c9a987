"""What is said: every message and record of Touchline, with units. No I/O, no decisions."""
