"""All of Touchline on one machine."""
