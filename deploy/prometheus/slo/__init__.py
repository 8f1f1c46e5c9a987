"""Objectives, as sloth and pyrra read them, and the rules that sloth would make of them."""
