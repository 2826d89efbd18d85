"""From distributions to numbers, and from numbers to samples."""
