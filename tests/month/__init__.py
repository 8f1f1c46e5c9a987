"""A month of a sales team through the real stack, in minutes, and a recount of what must hold in it."""
