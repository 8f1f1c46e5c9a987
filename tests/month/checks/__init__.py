"""What must hold of a month, each by itself, worked out from the topics alone."""
