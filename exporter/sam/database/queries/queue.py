"""`queuelist`: what will be on the air. A row leaves it when it starts."""

from exporter.sam.database.link import Link
from exporter.sam.database.tables import Table, present, require
from exporter.sam.database.values import Values
from exporter.sam.reading import Queue

TIMED = "SELECT COUNT(*), SUM(s.duration) FROM queuelist AS q LEFT JOIN songlist AS s ON s.ID = q.songID"
COUNTED = "SELECT COUNT(*), NULL FROM queuelist"

QUEUE = Table("queuelist", needed=("songID",))
LENGTHS = Table("songlist", needed=("ID", "duration"), loss="the time that is queued is not known")
TABLES = (QUEUE, LENGTHS)


def read(link: Link, values: Values) -> Queue:
    """Items, and milliseconds of those that the library knows."""
    require(link, QUEUE)
    ((items, duration),) = link.rows("queuelist", TIMED if present(link, LENGTHS) else COUNTED)
    return Queue(values.number(items), values.duration(duration))
