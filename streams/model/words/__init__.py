"""The words of the language: values, durations, names, known kinds, and what is to come."""
