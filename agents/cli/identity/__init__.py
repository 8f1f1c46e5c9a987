"""`touchline identity`."""
