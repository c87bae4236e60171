"""Columns that several tables of streams share."""

from . import colours, figures, links, units, words
from .queries import recorded_stream
from .tables import Column, Key

STREAM = ("server", "mount")
STREAM_KEYS = (
    Key("server", "Server", link=links.to_server(), width=130),
    Key("mount", "Mount", link=links.to_stream(), width=190),
)
STATE = Column("State", figures.stream_state(), words=[words.STREAM_STATE], painted=True, width=150)
LISTENERS = Column("Listeners", figures.LISTENERS, decimals=0, width=100)
ON_AIR_FOR = Column("On air for", figures.ON_AIR_FOR, unit=units.SECONDS, decimals=1, width=120)

# At or above the objective, one nine below it, and worse.
_MET = {0.99: colours.WARNING, figures.OBJECTIVE: colours.GOOD}


def availability(window: str) -> Column:
    """Share of a window in which the stream was on air, counted from when recording began."""
    expression = recorded_stream(f"mount:radio_stream_up:ratio{window}")
    title = f"Availability {window[:-1]} {window[-1]}"
    return Column(title, expression, unit=units.SHARE, decimals=3, thresholds=_MET, base=colours.BAD, width=140)
