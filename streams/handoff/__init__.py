"""How a lead is handed off: when it is ripe, what is said, what is answered."""
