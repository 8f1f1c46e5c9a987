"""Copies of the score table outside Kafka, from which a rebuild can start."""
