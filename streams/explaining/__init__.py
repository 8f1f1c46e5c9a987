"""Why a score is what it is: one lead's events folded again, and each number followed to what is behind it."""
