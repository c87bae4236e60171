"""Says on standard error what is going on; the result alone goes to standard output."""

import sys


def say(message: str) -> None:
    """One line."""
    print(f"bench: {message}", file=sys.stderr, flush=True)
