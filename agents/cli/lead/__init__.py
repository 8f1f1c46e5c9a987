"""`touchline lead`."""
