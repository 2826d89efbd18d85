"""Hearing: from samples to how probable each sound is at each moment, and from there to evidence for logic."""
