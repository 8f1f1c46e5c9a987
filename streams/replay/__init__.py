"""A candidate model on the log that was: folded beside the model in force, lead by lead, and compared."""
