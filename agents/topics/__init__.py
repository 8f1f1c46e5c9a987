"""The topics of a cluster: planned, made, checked, scanned."""
