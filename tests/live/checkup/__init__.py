"""Faults planted in a real Kafka and Redis, and what doctor says of them."""
