"""Messages nobody meant to send, by the million: each is applied or refused with a reason, and nothing breaks."""
