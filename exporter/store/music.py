"""The play log: how far a studio was read, what it played, and the sums of that.

Rows come and go as tuples in the order of their table's columns. An overlay has a time on the air, and null for
`skipped`; whatever else has a time on the air was skipped or was not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Table, and_, bindparam, case, func, or_, select, update

from exporter.store.schema import play, song, studio, total
from exporter.store.upserts import Upsert, add

ASKED_AT_ONCE = 500
"""Values in one IN (…)."""

DISRUPTIONS = "sam_disruptions"
"""The name of their counter in the table `total`: its labels are the server and the kind."""

_SEPARATOR = "\x1f"

PlayKey = tuple[int, int]
"""Generation and history_id: with the server, the key of a play."""

Completion = tuple[int | None, bool | None, int | None, int | None]
"""Of a play whose successor is there: aired, skipped, listeners_before, listeners_after."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch of a studio's history.

    Attributes:
        songs, plays: new rows of their tables.
        moved: plays of an earlier generation that this one shows again: their key, then their whole row as it is now.
        completed: a play's key, and what its successor says of it.
        disruptions: by kind, what is added.
        history_id, mark: how far the history is read now.
    """

    songs: Sequence[tuple[Any, ...]]
    plays: Sequence[tuple[Any, ...]]
    moved: Sequence[tuple[PlayKey, tuple[Any, ...]]]
    completed: tuple[PlayKey, Completion] | None
    disruptions: dict[str, int]
    history_id: int
    mark: int


class MusicWriter:
    """Writes the log of one studio; the statements are prepared once."""

    def __init__(self, dialect: Dialect, server: str) -> None:
        self._server = server
        self._songs = Upsert(dialect, song, only=("isrc",))  # what is there is the same: the key is a hash of all
        self._plays = _insertion(dialect, play)
        self._totals = Upsert(dialect, total, add)

    def write(self, connection: Connection, batch: Progress) -> None:
        """All of a batch."""
        self._songs.run(connection, batch.songs)
        if batch.plays:
            connection.exec_driver_sql(self._plays, list(batch.plays))
        self._move(connection, batch.moved)
        if batch.completed is not None:
            self._complete(connection, *batch.completed)
        self.disrupted(connection, batch.disruptions)
        read = {"history_id": batch.history_id, "history_mark": batch.mark}
        connection.execute(update(studio).where(studio.c.server == self._server).values(**read))

    def begin(self, connection: Connection, generation: int, history_id: int, mark: int) -> None:
        """Another generation of the history."""
        read = {"generation": generation, "history_id": history_id, "history_mark": mark}
        connection.execute(update(studio).where(studio.c.server == self._server).values(**read))

    def disrupted(self, connection: Connection, kinds: dict[str, int]) -> None:
        """Count disruptions."""
        rows = [(DISRUPTIONS, _label(self._server, kind), number) for kind, number in kinds.items() if number]
        self._totals.run(connection, rows)

    def _complete(self, connection: Connection, key: PlayKey, values: Completion) -> None:
        row = play.c
        this = and_(row.server == self._server, row.generation == key[0], row.history_id == key[1])
        names = ("aired", "skipped", "listeners_before", "listeners_after")
        connection.execute(update(play).where(this).values(**dict(zip(names, values, strict=True))))

    def _move(self, connection: Connection, moved: Sequence[tuple[PlayKey, tuple[Any, ...]]]) -> None:
        if not moved:
            return
        row = play.c
        this = and_(
            row.server == self._server,
            row.generation == bindparam("old_generation"),
            row.history_id == bindparam("old_id"),
        )
        names = [column.name for column in play.columns]
        statement = update(play).where(this).values({name: bindparam(f"new_{name}") for name in names})
        wanted = ["old_generation", "old_id", *(f"new_{name}" for name in names)]
        connection.execute(statement, [dict(zip(wanted, (*old, *new), strict=True)) for old, new in moved])


def studio_row(connection: Connection, server: str) -> Any:
    """How far a studio was read; of a new one, nothing yet."""
    query = select(studio).where(studio.c.server == server)
    if connection.execute(query).first() is None:
        connection.execute(
            studio.insert().values(
                server=server, generation=1, history_id=0, history_mark=0,
                request_generation=1, request_id=0, request_mark=0,
            )
        )  # fmt: skip
    return connection.execute(query).one()


def sums(connection: Connection, server: str, latest: int) -> list[tuple[str, tuple[int, int, int, int, int | None]]]:
    """By songtype: plays, ms aired, nominal ms of the same plays, skips, the latest start up to `latest`."""
    row = play.c
    query = select(
        row.songtype,
        func.count(),
        func.coalesce(func.sum(row.aired), 0),
        func.coalesce(func.sum(case((row.aired.is_not(None), row.nominal))), 0),
        func.coalesce(func.sum(case((row.skipped, 1))), 0),
        func.max(case((row.started <= latest, row.started))),
    )
    found = connection.execute(query.where(row.server == server).group_by(row.songtype))
    return [
        (kind, (plays, int(aired), int(nominal), int(skips), last))
        for kind, plays, aired, nominal, skips, last in found
    ]


def disruptions(connection: Connection, server: str, kinds: Collection[str]) -> dict[str, int]:
    """How often each kind happened."""
    by_label = {_label(server, kind): kind for kind in kinds}
    query = select(total.c.labels, total.c.value).where(total.c.name == DISRUPTIONS, total.c.labels.in_(by_label))
    return dict.fromkeys(kinds, 0) | {by_label[label]: value for label, value in connection.execute(query)}


def tail(connection: Connection, server: str) -> Any | None:
    """The newest play that has a successor, or will have: no zero date, no overlay. With its song."""
    row = play.c
    in_chain = and_(row.started.is_not(None), or_(row.aired.is_(None), row.skipped.is_not(None)))
    columns = [column for column in song.columns if column.name not in ("server", "song_key")]
    # The play first, then its song: MariaDB would join the whole log before it looks for the newest.
    newest = select(play).where(row.server == server, in_chain)
    found = newest.order_by(row.generation.desc(), row.history_id.desc()).limit(1).subquery()
    return connection.execute(select(found, *columns).join(song, song.c.song_key == found.c.song_key)).first()


def started_at(connection: Connection, server: str, generation: int, moments: Sequence[int]) -> list[Any]:
    """Plays of earlier generations that began at one of these moments, with their songs."""
    return in_parts(connection, _earlier(server, generation), play.c.started, moments)


def ended_at(connection: Connection, server: str, generation: int, moments: Sequence[int], first: int) -> list[Any]:
    """Plays of earlier generations that ended at one of these moments, and began at `first` or later, with songs."""
    row = play.c
    within = and_(row.started >= first, row.started <= max(moments, default=first))
    ended = row.started + func.coalesce(row.aired, row.nominal)
    return in_parts(connection, _earlier(server, generation).where(within), ended, moments)


def timeless(connection: Connection, server: str, generation: int, history_ids: Sequence[int]) -> list[Any]:
    """Plays of earlier generations without a time, by their history_id, with their songs."""
    return in_parts(
        connection, _earlier(server, generation).where(play.c.started.is_(None)), play.c.history_id, history_ids
    )


def _earlier(server: str, generation: int) -> Select[Any]:
    row = play.c
    # What a song is known again by. An outer join: MariaDB then looks for the plays first, and never through all songs.
    names = (song.c.song_id, song.c.artist, song.c.title)
    joined = play.outerjoin(song, song.c.song_key == row.song_key)
    query = select(play, *names).select_from(joined).where(row.server == server, row.generation < generation)
    return query.order_by(row.generation, row.history_id)


def in_parts(connection: Connection, query: Select[Any], column: Any, values: Iterable[Any]) -> list[Any]:
    """The rows of a query whose column has one of these values."""
    wanted, found = sorted(set(values)), list[Any]()
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        part = wanted[start : start + ASKED_AT_ONCE]
        found += connection.execute(query.where(column.in_(part))).all()
    return found


def _insertion(dialect: Dialect, table: Table) -> str:
    """A statement that inserts rows as tuples in the order of the table's columns."""
    compiled = table.insert().compile(dialect=dialect)
    if compiled.positiontup != [column.name for column in table.columns]:
        raise AssertionError("a statement that takes its values in another order than the columns'")
    return compiled.string


def _label(server: str, kind: str) -> str:
    return server + _SEPARATOR + kind
