"""The command line: parses, calls one function, prints.

Results go to standard output, talk and progress to standard error. Exit codes: 0 all is well; 1 ``verify`` found
something wrong; 2 the input or the options cannot be used; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys

from earwitness.cli.app import app
from earwitness.errors import EarwitnessError

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    from earwitness.cli.talk import complain

    try:
        app()
    except EarwitnessError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever was reading has read enough.
        sys.stderr.close()
        sys.exit(0)
