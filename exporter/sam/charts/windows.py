"""The windows that charts are over."""

WINDOWS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365, "all": None}
"""Days of 86,400 s, back from now; None = everything, also what has no time."""

DAY = 86_400_000
"""Milliseconds."""

AHEAD = 60_000
"""How far the playout's clock may be ahead of ours."""


def span(window: str, now: int) -> tuple[int, int] | None:
    """The first and the last moment of a window, in milliseconds of Unix time; None = no limits."""
    days = WINDOWS[window]
    return None if days is None else (now - days * DAY, now + AHEAD)
