"""From scores to knowledge: runs, measures, statistics, and where the error lies."""
