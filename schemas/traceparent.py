"""The shape of a W3C traceparent, which a message may bear: version, trace, span, flags."""

import re

_SHAPE = "[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})"
TRACEPARENT = re.compile(_SHAPE)
"""Groups: trace, span, flags."""
TRACEPARENT_BYTES = re.compile(_SHAPE.encode())
"""The same of a header's value."""
