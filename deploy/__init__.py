"""Where Touchline runs: the local stack, presets and what operators apply."""
