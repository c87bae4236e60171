"""What time it is, as everything that is kept or told has it."""

import time


def milliseconds() -> int:
    """Unix time now, in whole milliseconds, by the computer's clock."""
    return time.time_ns() // 1_000_000
