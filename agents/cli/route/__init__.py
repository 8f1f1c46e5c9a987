"""`touchline route`."""
