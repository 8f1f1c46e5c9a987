"""What all commands share: options, how they speak, how they reach Kafka and Redis."""
