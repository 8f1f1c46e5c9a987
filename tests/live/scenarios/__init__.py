"""Acceptance scenarios, told over Kafka to a crew of real workers, as somebody would who has nothing but clients."""
