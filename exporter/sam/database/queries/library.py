"""`songlist`: what could be on the air. Counted a piece at a time, so that the playout never waits for us."""

from collections import Counter

from exporter.sam.database.link import Link
from exporter.sam.database.tables import Table, require
from exporter.sam.database.values import Values

LAST = "SELECT MAX(ID) FROM songlist"
ITEMS = (
    "SELECT {songtype}, COUNT(*), SUM({unplayed}) FROM songlist WHERE ID > %s AND ID <= %s AND {available} GROUP BY 1"
)

LIBRARY = Table(
    "songlist",
    needed=("ID",),
    optional={
        "songtype": "every item is of an unknown type",
        "status": "items that are not available are counted too",
        "count_played": "songs that were never played are not known",
    },
)
TABLES = (LIBRARY,)

PIECE = 10_000
"""IDs that are looked at under one lock of the table."""


def last(link: Link, values: Values) -> int:
    """The highest ID."""
    require(link, LIBRARY)
    return values.number(link.rows("songlist", LAST)[0][0])


def items(link: Link, values: Values, above: int) -> tuple[Counter[str], int]:
    """Of one piece: available items by songtype, and available songs that were never played."""
    rows = link.rows("songlist", _items(link), above, above + PIECE)
    counts: Counter[str] = Counter()
    for songtype, number, _ in rows:
        counts[values.songtype(songtype)] += values.number(number)
    return counts, sum(values.number(row[2]) for row in rows if values.songtype(row[0]) == "S")


def _items(link: Link) -> str:
    there = require(link, LIBRARY)
    return ITEMS.format(
        songtype="songtype" if "songtype" in there else "NULL",
        unplayed="count_played = 0" if "count_played" in there else "0",
        available="status = 0" if "status" in there else "TRUE",
    )
