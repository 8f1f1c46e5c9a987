"""How records come in and go out: batches from Kafka, whole record batches back, lag and pulse."""
