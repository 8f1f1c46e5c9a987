"""What is decided: pure functions from messages to messages. No I/O and no clock in this room."""
