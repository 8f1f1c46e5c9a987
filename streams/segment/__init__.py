"""Segment's HTTP API, understood: calls to touches and facts."""
