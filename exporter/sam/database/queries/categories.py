"""`category` and `categorylist`: which categories each item of the library is in. Read a piece at a time."""

from exporter.sam.database.link import Link
from exporter.sam.database.tables import Table, require
from exporter.sam.database.values import Values

LAST = "SELECT MAX(songID) FROM categorylist"
OF_ITEMS = (
    "SELECT l.songID, c.name FROM categorylist AS l JOIN category AS c ON c.ID = l.categoryID"
    " WHERE l.songID > %s AND l.songID <= %s"
)

CATEGORY = Table("category", needed=("ID", "name"))
MEMBERS = Table("categorylist", needed=("songID", "categoryID"))
TABLES = (CATEGORY, MEMBERS)

PIECE = 10_000
"""Items that are looked at under one lock of the tables."""

LENGTH = 100


def last(link: Link, values: Values) -> int:
    """The highest item that is in any category."""
    _require_both(link)
    return values.number(link.rows("categorylist", LAST)[0][0])


def of_items(link: Link, values: Values, above: int) -> dict[int, tuple[str, ...]]:
    """Of one piece of the items: the names of their categories, in order."""
    _require_both(link)
    found: dict[int, set[str]] = {}
    for song_id, name in link.rows("categorylist, category", OF_ITEMS, above, above + PIECE):
        if shown := values.text(name, LENGTH):
            found.setdefault(song_id, set()).add(shown)
    return {song_id: tuple(sorted(names)) for song_id, names in found.items()}


def _require_both(link: Link) -> None:
    for table in TABLES:
        require(link, table)
