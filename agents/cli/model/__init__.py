"""`touchline model`."""
