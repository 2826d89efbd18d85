"""Search in one's own recordings: what was heard in them, asked by logic."""
