"""How Kafka is spoken to: TLS, who we are, what we may do, and what is said when a broker says no."""
