"""The HTTP door for touches: Segment's API, answered only once Kafka has what was sent."""
