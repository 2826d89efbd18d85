"""``python -m earwitness``: the command line."""

from earwitness.cli import main

main()
