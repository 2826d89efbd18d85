"""From recordings to atoms: decoding, sound banks, and the cutting of single events."""
