"""A log that moves on: marks, leads regrouped to other partitions, states compared."""
