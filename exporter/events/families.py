"""Every family of the event log."""

from exporter.page import Family

SINKS = ("store", "loki", "stdout")
"""Where events go, and may be lost on the way."""

LOKI_REASONS = ("connection", "timeout", "auth", "http", "refused")
"""Why a push to Loki failed; `refused` = what was pushed, which is then given up."""

EVENTS = Family(
    "radio_events_total",
    "counter",
    "Events, seen by the exporter itself or pushed to it. Beyond 200 kinds the rest is `other`.",
    ("level", "category", "event"),
)
DROPPED = Family(
    "radio_events_dropped_total",
    "counter",
    "Events that were given up on the way to a sink (store, loki, stdout), which was away or too slow for too long.",
    ("sink",),
)
DUPLICATES = Family("radio_events_duplicates_total", "counter", "Events that were pushed again, and are kept once.", ())
LOKI_UP = Family(
    "radio_events_loki_up", "gauge", "1 if Loki answered the latest push, even if it did not want what was in it.", ()
)
LOKI_WAITING = Family("radio_events_loki_waiting", "gauge", "Events that wait to be pushed to Loki.", ())
LOKI_PUSHED = Family("radio_events_loki_pushed_total", "counter", "Events that Loki has taken.", ())
LOKI_FAILURES = Family(
    "radio_events_loki_failures_total",
    "counter",
    f"Pushes to Loki that failed, by reason: {', '.join(LOKI_REASONS)}.",
    ("reason",),
)
FAMILIES: tuple[Family, ...] = (EVENTS, DROPPED, DUPLICATES, LOKI_UP, LOKI_WAITING, LOKI_PUSHED, LOKI_FAILURES)
