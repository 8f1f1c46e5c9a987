"""What is wrong with a model document, and how a person is told."""
