"""Commands for whoever runs Touchline: topics, the log, rebuilds, snapshots, the doctor."""
