"""The servers and studios that are polled, and their streams."""

import time

from exporter.polling.metrics import SOURCES
from exporter.polling.poller import Poller
from exporter.polling.target import StreamState
from exporter.probe.probes import Probes
from exporter.web.landing.markup import Mood, badge, paragraph, row, section, sentence, table

MOST_STREAMS = 200
"""Rows per server. A page with thousands serves nobody; `/metrics` has them all."""

_MOODS: dict[str, Mood] = {"on air": "good", "off air": "bad", "idle": "wait"}


def server(poller: Poller, probes: Probes) -> str:
    """One server: whether it answers, what was wrong, and its streams."""
    name = poller.target.name
    link = f'<a href="probe?target={name}">its metrics</a>'
    error = paragraph("error", sentence(poller.last_error)) if poller.last_error else ""
    known = _table(poller, probes) if poller.up else ""
    return section(name, SOURCES[poller.target.source], _state(poller), error, known, link=link)


def streams(poller: Poller) -> tuple[StreamState, ...]:
    """Those of a server that answers."""
    return tuple(poller.target.streams()) if poller.up else ()


def _table(poller: Poller, probes: Probes) -> str:
    known, server = streams(poller), poller.target.name
    rows = [_row(stream, probes.listening(server, stream.name)) for stream in known[:MOST_STREAMS]]
    left = len(known) - len(rows)
    more = paragraph("more", f"and {left} more") if left else ""
    return (table("Stream", "State", "Listeners", "Playing", rows=rows) or paragraph("more", "No streams.")) + more


def _state(poller: Poller) -> str:
    if poller.up is None:
        return badge("wait", "asked on the scrape" if poller.on_scrape else "not asked yet")
    asked = "" if poller.last_attempt is None else f", asked {max(0, time.time() - poller.last_attempt):.0f} s ago"
    return badge("good", f"answers{asked}") if poller.up else badge("bad", f"cannot be read{asked}")


def _row(stream: StreamState, nobody: int) -> str:
    """`nobody` = how many of its listeners are probes of ours."""
    listeners = "" if stream.listeners is None else str(max(0, stream.listeners - nobody))
    return row(stream.name, badge(_MOODS[stream.state], stream.state), listeners, stream.title or "")
