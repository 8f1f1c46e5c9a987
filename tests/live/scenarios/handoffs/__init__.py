"""When a lead is handed off, what sales hears and answers."""
