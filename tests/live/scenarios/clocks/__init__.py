"""What time alone does: real seconds pass. Each file has a crew of its own."""
