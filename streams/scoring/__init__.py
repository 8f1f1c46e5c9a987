"""How a score comes about: counts, decay, limits, velocity, fit, and the ledger of every change."""
