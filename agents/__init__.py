"""What is done: the shells that carry bytes between Kafka, Redis and the pure rooms."""
