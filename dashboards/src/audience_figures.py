"""The figures of the audience that more than one panel shows, each as one expression."""

from . import words
from .queries import CHANNEL, of_channel, of_exporter, per_channel, recorded_channel

ACTIVE = per_channel(of_channel("radio_sessions_active"))
NOW = f"sum({ACTIVE})"
COUNTRY_ACTIVE = f"max by (country) ({of_exporter('radio_country_sessions_active')})"

# 0 as long as an exporter runs: without one, "no data" is the truth.
NOTHING = f"0 * max({of_exporter('radio_exporter_build_info')})"

THE_STATION = "the whole station"


def increase(metric: str, window: str = "$__range", more: str = "", by: str = "") -> str:
    """How much a counter of channels grew, by server, channel and one label more where `by` says so."""
    grown = f"increase({of_channel(metric, window, more)})"
    return f"max by (server, channel, {by}) ({grown})" if by else per_channel(grown)


def most_listened(expression: str) -> str:
    """Only the $top channels that had the most listeners in the chosen time: the same channels at every step."""
    loudest = recorded_channel("channel:radio_sessions_active:current", "$__range:$__interval")
    return f"({expression}) and on (channel) topk($top, max_over_time({loudest} @ end()))"


def with_station(figure: str) -> str:
    """A recorded figure of each chosen channel, and of the whole station; -1 where there is none yet."""
    return _or_not_yet(f"channel:{figure}{{{CHANNEL}}}", f"station:{figure}")


def cume(window: str) -> str:
    """Different people with a session of at least 60 s, like `with_station`."""
    name, one = "radio_qualified_unique_listeners:current", f'window="{window}"'
    channels = f"max by (channel) (channel:{name}{{{CHANNEL},{one}}})"
    return _or_not_yet(channels, f"max(station:{name}{{{one}}})")


def _or_not_yet(channels: str, station: str) -> str:
    known = _beside(f"channel:radio_sessions_active:current{{{CHANNEL}}}", "station:radio_sessions_active:current")
    return f"{_beside(channels, station)} or on (channel) ({known}) * 0 + {words.NOT_TOLD}"


def _beside(channels: str, station: str) -> str:
    return f'{channels} or label_replace({station}, "channel", "{THE_STATION}", "", "")'
