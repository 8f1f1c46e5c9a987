"""`touchline demo`: an hour of a company in about a minute, on a real Kafka, measured while it happens."""
