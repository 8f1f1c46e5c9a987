"""One person, whole: told in words, and leads worked out anew from the log as if something had not been."""
