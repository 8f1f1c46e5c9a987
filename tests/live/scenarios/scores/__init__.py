"""What touches and facts come to: scores, and who somebody is."""
