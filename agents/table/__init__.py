"""The parts of the score table: partitions in memory, their changelog, control records, the models in force."""
