"""One person, whole: what we hold, and how it is given out, erased, taken apart or worked out anew."""
