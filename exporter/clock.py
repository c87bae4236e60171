"""What time it is, as everything that is kept or told has it."""

import time

AHEAD = 5 * 60_000
"""Milliseconds that somebody else's clock may be ahead of ours; what is said to be further ahead happened now."""


def milliseconds() -> int:
    """Unix time now, in whole milliseconds, by the computer's clock."""
    return time.time_ns() // 1_000_000
