"""The rows of the table of the built-in sounds, a file for each few families."""
