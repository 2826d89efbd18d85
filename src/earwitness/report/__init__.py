"""What was found, as tables in the terminal and as one page."""
