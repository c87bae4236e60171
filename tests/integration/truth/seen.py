"""What the exporter says: its page and its tables, brought into the form of the truth."""

from collections import Counter
from pathlib import Path
from typing import Any, Self

import sqlalchemy
from sqlalchemy import Connection, text

from tests.integration.truth.truth import LABELS, Figures, Quarters
from tests.running import Scrape

TOTALS = {
    "sessions_started": "radio_sessions_started_total",
    "sessions_closed": "radio_sessions_closed_total",
    "listening": "radio_listening_seconds_total",
    "sent": "radio_session_sent_bytes_total",
    "qualified_sessions": "radio_qualified_sessions_total",
    "qualified_listening": "radio_qualified_listening_seconds_total",
    "royalty_listening": "radio_royalty_listening_seconds_total",
    "country_listening": "radio_country_listening_seconds_total",
    "player_class_sent": "radio_player_class_sent_bytes_total",
    "facts": "radio_ingest_facts_total",
}
"""Names of the table `total`, and the family that each stands for."""

_SUMS = "COUNT(*), SUM(seen - started), SUM(sent)"
_PEOPLE = "FROM session WHERE begun AND person"


def figures(page: Scrape) -> Figures:
    """Every figure of the page that the truth knows; seconds as milliseconds, what is 0 left out."""
    found: Figures = Counter()
    for (name, labels), value in page.samples.items():
        if name in LABELS:
            by_name = dict(labels)
            scale = 1000 if name.endswith("_seconds_total") else 1
            found[name, *(by_name[label] for label in LABELS[name])] = round(value * scale)
    return +found


def total(page: Scrape, name: str) -> int:
    """A family's sum over all its series."""
    return round(sum(value for (sample, _), value in page.samples.items() if sample == name))


class Store:
    """The exporter's tables, read with plain SQL. `place`: SQLite's file, or a database's URL."""

    def __init__(self, place: Path | str) -> None:
        url = f"sqlite:///{place}" if isinstance(place, Path) else place
        self._engine = sqlalchemy.create_engine(url)

    def __enter__(self) -> Self:
        self._connection: Connection = self._engine.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        return [tuple(row) for row in self._connection.execute(text(query))]

    def sessions(self) -> Figures:
        """What the table of sessions adds up to, in the names of the families that say the same."""
        found: Figures = Counter()
        for server, channel, number, lasted, sent in self.rows(
            f"SELECT server, channel, {_SUMS} {_PEOPLE} GROUP BY server, channel"
        ):
            found["radio_sessions_started_total", server, channel] = number
            found["radio_listening_seconds_total", server, channel] = int(lasted)
            found["radio_session_sent_bytes_total", server, channel] = int(sent)
        for *labels, number in self.rows(
            f"SELECT server, channel, reason, COUNT(*) {_PEOPLE} AND ended IS NOT NULL GROUP BY server, channel, reason"
        ):
            found["radio_sessions_closed_total", *labels] = number
        for server, channel, number, lasted in self.rows(
            "SELECT server, channel, COUNT(*), SUM(seen - started)"
            f" {_PEOPLE} AND seen - started >= 60000 GROUP BY server, channel"
        ):
            found["radio_qualified_sessions_total", server, channel] = number
            found["radio_qualified_listening_seconds_total", server, channel] = int(lasted)
        for by in ("country", "protocol", "player_class", "server"):
            self._one_by_one(found, by)
        return +found

    def _one_by_one(self, found: Figures, by: str) -> None:
        for value, number, lasted, sent in self.rows(f"SELECT {by}, {_SUMS} {_PEOPLE} GROUP BY {by}"):
            found[f"radio_{by}_sessions_started_total", value] = number
            found[f"radio_{by}_sent_bytes_total", value] = int(sent)
            if by == "country":
                found["radio_country_listening_seconds_total", value] = int(lasted)

    def totals(self) -> Figures:
        """The stored counters."""
        found: Figures = Counter()
        for name, labels, value in self.rows("SELECT name, labels, value FROM total"):
            if name in TOTALS:
                found[TOTALS[name], *labels.split("\x1f")] = value
        return +found

    def quarters(self, column: str) -> Quarters:
        """A column of the quarter-hours."""
        rows = self.rows(f"SELECT start, channel, country, {column} FROM quarter")
        return +Counter({(start, channel, country): value for start, channel, country, value in rows})

    def by_place(self, column: str) -> Figures:
        """A column of the quarter-hours, summed over time."""
        rows = self.rows(f"SELECT channel, country, SUM({column}) FROM quarter GROUP BY channel, country")
        return +Counter({(channel, country): int(value) for channel, country, value in rows})

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        return int(self.rows(query)[0][0])


def only(figures_: Figures, families: set[str]) -> Figures:
    """The figures of some families."""
    return Counter({name: value for name, value in figures_.items() if name[0] in families})
