"""Brings the log to the comparison of models: from Kafka or from an export, partitions in parallel."""
