"""Lists of listeners become sessions, on a real SQLite file: Icecast's, whose numbers last, and Shoutcast's, whose numbers are taken again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exporter.audience.attendance import Attendance, Lists
from exporter.audience.audience import Audience
from exporter.audience.seats import UIDS, Seats
from exporter.clock import milliseconds
from exporter.polling.supervise import Supervisor
from exporter.store.claim import Claim
from exporter.store.database import Database, database_url
from tests.audience.books import audience
from tests.audience.test_recorder import figure
from tests.running import config

BEGAN = 1_700_000_000.0
BOTH = pytest.mark.parametrize("kind", [Attendance, Seats])


@dataclass
class Row:
    """Somebody on a list."""

    connection: int | None
    seconds: int | None
    address: str = "192.0.2.1"
    agent: str = "VLC/3.0"


class Station:
    """The rounds over one server's lists, on a clock of their own: `passed` seconds since an hour ago."""

    def __init__(self, books: Audience, lists: type[Lists] = Attendance) -> None:
        self.books = books
        self.passed = 0.0
        self._hour_ago = milliseconds() - 3_600_000
        self.lists = lists("main", books, lambda: self._hour_ago + round(self.passed * 1000))

    async def round(self, start: float | None = BEGAN, unread: tuple[str, ...] = (), **lists: list[Row]) -> None:
        """One round; the lists by their channel."""
        await self.lists.begin(start)
        for channel, rows in lists.items():
            await self.lists.call(channel, rows)
        await self.lists.end(unread)

    def figure(self, name: str, channel: str = "jazz", **labels: str) -> float | None:
        return figure(self.books, f"radio_{name}", server="main", channel=channel, **labels)

    @property
    def figures(self) -> tuple[float | None, ...]:
        """Sessions that are open, that began, that were found gone; and the seconds that were listened to."""
        names = ("sessions_active", "sessions_started_total", "listening_seconds_total")
        active, started, seconds = map(self.figure, names)
        return active, started, self.figure("sessions_closed_total", reason="gone"), seconds


@asynccontextmanager
async def station(
    folder: Path, kind: type[Lists] = Attendance, *, killed: bool = False, at: float = 0
) -> AsyncIterator[Station]:
    async with audience(folder, killed=killed) as books:
        whole = Station(books, kind)
        whole.passed = at
        yield whole


@asynccontextmanager
async def unwritable(here: Station, folder: Path) -> AsyncIterator[None]:
    """Meanwhile nothing can be stored: another program holds the database."""
    await here.books._database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=20").close())
    with closing(sqlite3.connect(folder / "radio.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
    async with asyncio.timeout(30):
        while here.books.store_problem:
            await asyncio.sleep(0.05)


@BOTH
async def test_who_comes_stays_and_leaves(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(1, 10), Row(2, 5)])
        assert here.figures == (2, 2, None, 15)
        here.passed = 15
        await here.round(jazz=[Row(1, 25), Row(2, 20), Row(3, 1)])
        assert here.figures == (3, 3, None, 46)
        here.passed = 30
        await here.round(jazz=[Row(1, 40), Row(3, 16)])
        assert here.figures == (2, 3, 1, 76)
        assert here.figure("sessions_closed_total", reason="left") is None
        assert figure(here.books, "radio_protocol_sessions_active", protocol=kind.sender) == 2
        assert figure(here.books, "radio_ingest_facts_total", sender=kind.sender, kind="started") == 3


@BOTH
async def test_who_has_no_number_or_no_time_is_passed_over(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(None, 10), Row(2, None)])
        assert here.figures == (None, None, None, None)


@BOTH
async def test_a_list_that_was_not_read_ends_no_session(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(1, 10)], rock=[Row(2, 10)])
        await here.round(jazz=[], unread=("rock",))
        assert here.figures[:3] == (1, 1, None)
        await here.round(jazz=[])
        assert here.figures[:3] == (0, 1, 1)
        assert here.figure("sessions_active", "rock") == 0


@BOTH
@pytest.mark.parametrize("killed", [False, True])
async def test_sessions_go_on_over_a_restart_of_the_exporter(tmp_path: Path, kind: type[Lists], killed: bool) -> None:
    async with station(tmp_path, kind, killed=killed) as here:
        await here.round(jazz=[Row(1, 100), Row(2, 50)])
    async with station(tmp_path, kind, at=60) as here:
        await here.round(unread=("jazz",))
        assert here.figures == (2, 2, None, 150)
        await here.round(jazz=[Row(1, 161), Row(3, 20)])  # a second more than have passed
        assert here.figures == (2, 3, 1, 50 + 161 + 20)
        assert here.figure("sessions_closed_total", reason="server_restart") is None


@BOTH
async def test_a_store_that_fails_in_between_costs_nothing(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(1, 10), Row(2, 10)])
        async with unwritable(here, tmp_path):
            here.passed = 15
            await here.round(jazz=[Row(2, 25), Row(3, 5), Row(4, 5)])
            assert here.books.store_problem
            assert here.figures == (2, 2, None, 20)
            await here.round(jazz=[])  # nobody is believed to have left while nothing can be told
        here.passed = 30
        await here.round(jazz=[Row(2, 40), Row(3, 21)])  # what had lasted 5 s now seems to have begun a second earlier
        assert here.figures == (2, 3, 1, 10 + 40 + 21)
        here.passed = 45
        await here.round(jazz=[Row(2, 55), Row(3, 35)])
        assert here.figures == (2, 3, 1, 10 + 55 + 35)


@BOTH
async def test_a_store_that_works_again_in_the_middle_of_a_round(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(1, 10), Row(2, 10)], rock=[])
        await here.lists.begin(BEGAN)
        async with unwritable(here, tmp_path):
            await here.lists.call("jazz", [Row(1, 10), Row(3, 10)])
        await here.lists.call("rock", [Row(4, 10)])
        await here.lists.end()
        assert here.figures == (2, 2, None, 20)  # of a round that was not told whole, nobody is missing
        here.passed = 14
        await here.round(jazz=[Row(1, 25), Row(3, 25)], rock=[Row(4, 25)])
        assert here.figures == (2, 3, 1, 10 + 25 + 25)
        assert here.figure("sessions_started_total", "rock") == 1


@BOTH
async def test_a_store_that_fails_at_the_end_of_a_round(tmp_path: Path, kind: type[Lists]) -> None:
    async with station(tmp_path, kind) as here:
        await here.round(jazz=[Row(1, 10)])
        async with unwritable(here, tmp_path):
            await here.lists.begin(BEGAN)
            await here.lists.end()
            assert here.figures == (1, 1, None, 10)
        await here.round(jazz=[])
        assert here.figures == (0, 1, 1, 10)


async def test_icecast_a_listener_who_is_moved_to_a_fallback_mount_stays(tmp_path: Path) -> None:
    async with station(tmp_path) as here:
        await here.round(jazz=[Row(1, 10), Row(2, 10)])
        await here.round(fallback=[Row(1, 25), Row(2, 25)])
        await here.round(jazz=[Row(1, 40)], fallback=[Row(2, 40)])
        assert here.figures == (2, 2, None, 80)
        assert here.figure("sessions_started_total", "fallback") is None


async def test_icecast_a_restart_of_the_server_ends_every_session(tmp_path: Path) -> None:
    async with station(tmp_path) as here:
        await here.round(jazz=[Row(1, 10), Row(2, 10)])
        await here.round(start=BEGAN + 60, jazz=[Row(1, 5)])
        assert here.figures == (1, 3, None, 25)
        assert here.figure("sessions_closed_total", reason="server_restart") == 2


async def test_icecast_a_restart_of_the_server_while_nothing_can_be_stored(tmp_path: Path) -> None:
    async with station(tmp_path) as here:
        await here.round(jazz=[Row(1, 10)])
        async with unwritable(here, tmp_path):
            await here.round(start=BEGAN + 60, jazz=[Row(1, 5)])
            assert here.figures == (1, 1, None, 10)
        await here.round(start=BEGAN + 60, jazz=[Row(1, 20)])
        assert here.figures == (1, 2, None, 30)
        assert here.figure("sessions_closed_total", reason="server_restart") == 1


async def test_icecast_a_restart_of_the_server_is_noticed_before_anything_is_told(tmp_path: Path) -> None:
    async with station(tmp_path) as here:
        await here.round(jazz=[Row(1, 10)])
        async with unwritable(here, tmp_path):
            await here.lists.begin(BEGAN + 60)
        await here.lists.call("jazz", [Row(1, 300)])  # another than the one who had the number
        await here.lists.end()
        assert here.figures == (1, 1, None, 10)
        await here.round(start=BEGAN + 60, jazz=[Row(1, 300)])
        assert here.figures == (1, 2, None, 310)


async def test_icecast_both_were_restarted(tmp_path: Path) -> None:
    async with station(tmp_path, killed=True) as here:
        await here.round(jazz=[Row(1, 10)])
    async with station(tmp_path, at=60) as here:
        await here.round(start=BEGAN + 30, jazz=[Row(1, 5)])
        assert here.figures == (1, 2, None, 15)
        assert here.figure("sessions_closed_total", reason="server_restart") == 1


async def test_icecast_the_key_of_a_connection_is_known_before_the_start_of_the_server_is(tmp_path: Path) -> None:
    async with station(tmp_path, killed=True) as here:
        assert here.books.connection_key("main", 1) is None
        await here.round(jazz=[Row(1, 10)])
        (key,) = here.books.connections("main").values()
        assert isinstance(here.lists, Attendance)
        assert here.lists.key(1) == key
    async with station(tmp_path) as here:
        assert here.books.connection_key("main", 1) == key
        assert here.books.connection_key("main", 2) is None


# Shoutcast

OTHERS = {"less time than before": Row(7, 3), "another player": Row(7, 40, agent="foobar2000"),
          "another address": Row(7, 40, address="192.0.2.9")}  # fmt: skip


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_shoutcast_another_takes_the_number(tmp_path: Path, other: Row) -> None:
    async with station(tmp_path, Seats) as here:
        await here.round(jazz=[Row(7, 30)])
        here.passed = 15
        await here.round(jazz=[other])
        assert here.figures == (1, 2, 1, 30 + (other.seconds or 0))
        here.passed = 30
        await here.round(jazz=[Row(7, (other.seconds or 0) + 15, other.address, other.agent)])
        assert here.figures == (1, 2, 1, 30 + (other.seconds or 0) + 15)


async def test_shoutcast_a_number_is_of_one_stream(tmp_path: Path) -> None:
    async with station(tmp_path, Seats) as here:
        await here.round(jazz=[Row(1 * UIDS + 7, 10)], rock=[Row(2 * UIDS + 7, 10)])
        assert (here.figure("sessions_active"), here.figure("sessions_active", "rock")) == (1, 1)
        assert sorted(here.books.connections("main")) == [UIDS + 7, 2 * UIDS + 7]


async def test_shoutcast_seconds_are_whole_and_so_the_start_wavers(tmp_path: Path) -> None:
    async with station(tmp_path, Seats) as here:
        for passed, seconds in ((0, 10), (15.9, 25), (31.2, 42), (45, 42), (60.5, 71)):
            here.passed = passed
            await here.round(jazz=[Row(7, seconds)])
        assert here.figures == (1, 1, None, 71)


@pytest.mark.parametrize(("seconds", "same"), [(150, True), (160, True), (170, True), (149, False), (171, False)])
async def test_shoutcast_after_a_restart_the_start_tells_who_it_is(tmp_path: Path, seconds: int, same: bool) -> None:
    began = milliseconds()
    async with station(tmp_path, Seats, killed=True) as here:
        here._hour_ago = began // 1000 * 1000 - 3_600_000
        await here.round(jazz=[Row(7, 100)])
    async with station(tmp_path, Seats, at=60) as here:
        here._hour_ago = began // 1000 * 1000 - 3_600_000
        await here.round(jazz=[Row(7, seconds)])
        assert here.figures == ((1, 1, None, seconds) if same else (1, 2, 1, 100 + seconds))


async def test_shoutcast_who_came_and_left_while_nothing_could_be_stored_is_forgotten(tmp_path: Path) -> None:
    async with station(tmp_path, Seats) as here:
        await here.round(jazz=[Row(7, 10)])
        async with unwritable(here, tmp_path):
            here.passed = 15
            await here.round(jazz=[Row(7, 2), Row(8, 2)])
        here.passed = 30
        await here.round(jazz=[])
        assert here.figures == (0, 1, 1, 10)
        assert not here.lists._present
        assert not here.lists._guests  # type: ignore[attr-defined]


async def test_shoutcast_a_round_before_the_store_is_read_spoils_nothing(tmp_path: Path) -> None:
    async with station(tmp_path, Seats, killed=True) as here:
        await here.round(jazz=[Row(7, 100)])
    database, claim = Database(url := database_url(None, tmp_path)), Claim(url)
    books = Audience(
        config(ingest={"token": "open-sesame"}), database, claim, tmp_path, registry := CollectorRegistry()
    )
    supervisor = Supervisor(registry)
    here = Station(books, Seats)
    await here.round(jazz=[Row(7, 101)])
    books.start(supervisor)
    await books.loaded()
    await here.round(jazz=[Row(7, 102)])
    assert here.figures == (1, 1, None, 102)
    await books.stop()
    await supervisor.stop()
    await database.close()
    claim.release()
