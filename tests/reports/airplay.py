"""A store with a play log and requests in it, made of plain values."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from exporter.store.schema import play, request, song, studio
from tests.reports.listening import hashed

MINUTE = 60_000


def studio_section(name: str) -> dict[str, Any]:
    """An entry under `sam:` whose database is not there."""
    return {"name": name, "host": "127.0.0.1", "port": 1, "user": "reader", "interval": "1h"}


class Song(NamedTuple):
    """A row of `song`; its key is made of all of it."""

    song_id: int = 7
    artist: str = "Die Käfer"
    title: str = "Hallo"
    album: str = "Eins"
    label: str = "Apfel"
    isrc: str = "DEA120600001"
    server: str = "studio-a"

    @property
    def key(self) -> int:
        """The same for the same song."""
        return int.from_bytes(hashed(repr(self))[:8], "big", signed=True)


def air(connection: Connection, history_id: int, started: int | None, what: Song | None = None, **more: Any) -> None:
    """One play, with its song and its studio if they are not there."""
    what = what or Song()
    if connection.execute(select(song).where(song.c.song_key == what.key)).first() is None:
        connection.execute(insert(song).values(what._asdict() | {"song_key": what.key, "genre": "Beat"}))
    _open(connection, what.server)
    row = {
        "server": what.server, "generation": 1, "history_id": history_id, "started": started, "aired": 3 * MINUTE,
        "nominal": 3 * MINUTE, "songtype": "S", "song_key": what.key, "request_id": 0, "skipped": False,
        "listeners_before": 10, "listeners_after": 12,
    }  # fmt: skip
    connection.execute(insert(play).values(row | more))


def hour(connection: Connection, began: int) -> None:
    """A song that was asked for, with a name that a spreadsheet would run; and a jingle that is on the air still."""
    air(connection, 1, began, Song(title="=1+1"), aired=21_500, skipped=True, request_id=4)
    air(connection, 2, began, Song(0, ""), songtype="J", aired=None, skipped=None, nominal=0)


def ask(connection: Connection, request_id: int, asked: int | None, **more: Any) -> None:
    """One request."""
    row = {
        "server": "studio-a", "generation": 1, "request_id": request_id, "asked": asked, "song_id": 7, "code": 200,
        "outcome": "played", "waited": None, "requester": None,
    }  # fmt: skip
    _open(connection, str((row | more)["server"]))
    connection.execute(insert(request).values(row | more))


def asks(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Many requests, each with what is special about it."""
    for number, row in enumerate(rows, start=1):
        ask(connection, **{"request_id": number, "asked": None} | row)


def _open(connection: Connection, server: str) -> None:
    if connection.execute(select(studio).where(studio.c.server == server)).first() is None:
        read = dict.fromkeys(("history_id", "history_mark", "request_id", "request_mark"), 0)
        connection.execute(insert(studio).values(server=server, generation=1, request_generation=1, **read))
