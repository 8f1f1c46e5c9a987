"""One person, several leads: merged, forwarded to, restated, erased."""
