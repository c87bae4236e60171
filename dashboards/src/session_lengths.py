"""How long sessions last: how many of each length ended, and what is usual."""

from grafana_foundation_sdk.builders import bargauge, stat

from . import units, words
from .asking import Ask
from .audience_figures import NOTHING, increase
from .panels import About, bars, numbers

_BUCKET = "radio_session_duration_seconds_bucket"
# The exporter's buckets, in seconds, and what a person calls the stretch that ends there.
_BUCKETS = {
    10: "up to 10 s",
    30: "10 to 30 s",
    60: "30 to 60 s",
    300: "1 to 5 min",
    900: "5 to 15 min",
    1800: "15 to 30 min",
    3600: "30 to 60 min",
    7200: "1 to 2 h",
    14400: "2 to 4 h",
    28800: "4 to 8 h",
}
_USUAL = {0.25: "a quarter, up to", 0.5: "half, up to", 0.75: "three quarters, up to"}


def distribution() -> bargauge.Panel:
    """How many sessions of each length ended."""
    about = About("Session lengths", "Sessions that ended in the chosen time, by how long they lasted.", units.COUNT)
    below, asked = "0", []
    for bound, name in _BUCKETS.items():
        up_to = _ended_within(str(bound))
        asked.append(Ask(f"{up_to} - {below} or {NOTHING}", name))
        below = up_to
    asked.append(Ask(f"{_ended_within('+Inf')} - {below} or {NOTHING}", "over 8 h"))
    return bars(about, *asked).decimals(0).span(12)


def usual() -> stat.Panel:
    """Quartiles of what ended."""
    about = About(
        "Usual session length",
        "Of the sessions that ended in the chosen time, a quarter, half and three quarters were no longer than this. "
        "Estimated from the stretches below.",
        units.SECONDS,
    )
    buckets = f"sum by (le) ({increase(_BUCKET, by='le')})"
    asked = [Ask(f"histogram_quantile({share}, {buckets}) or vector(NaN)", name) for share, name in _USUAL.items()]
    return numbers(about, *asked).decimals(0).mappings([words.OF_NOBODY]).span(24)


def _ended_within(bound: str) -> str:
    """Sessions that ended after at most so long. Prometheus 3 writes whole bounds with a decimal point."""
    le = f'le="{bound}"' if bound == "+Inf" else f'le=~"{bound}([.]0)?"'
    return f"sum({increase(_BUCKET, more=f',{le}')})"
