"""`touchline dead-letters`."""
