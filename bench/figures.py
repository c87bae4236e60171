"""How the tables write their figures."""

import math

from bench.lag import TOLERATED, Lag


def ms(seconds: float) -> str:
    """Such as `25 ms`."""
    return f"{1000 * seconds:.3g} ms"


def mb(memory: float) -> str:
    """Such as `61.2 MB`, rounded up."""
    return f"{math.ceil(memory / 1e5) / 10:g} MB"


def times(ratio: float | None) -> str:
    """Such as `1.25 x`."""
    return "not run" if ratio is None else f"{ratio:.2f} x"


def late(lag: Lag) -> str:
    """How late sleepers were woken, as the end of a sentence."""
    return f"at most {ms(lag.longest)} late, {lag.late} of {lag.looks:,} times more than {ms(TOLERATED)}"


def verdict(good: bool | None) -> str:
    """Whether an aim was met; None = could not be measured."""
    return {True: "met", False: "MISSED", None: "not run"}[good]
