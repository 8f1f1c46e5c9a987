"""A candidate model at work beside the one in force: it folds the log, says nothing, and is compared."""
