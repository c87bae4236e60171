"""What is told is kept: over restarts, crashes and a database that fails."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exporter.audience.audience import Audience
from exporter.audience.facts import Listen
from exporter.clock import milliseconds
from exporter.errors import StoreFailed
from exporter.polling.supervise import Supervisor
from exporter.store.claim import Claim
from exporter.store.database import Database, database_url
from tests.audience.books import audience, play
from tests.running import Scrape


def shown(books: Audience) -> Scrape:
    books._rendered = (0.0, {})
    return Scrape("".join(f"# TYPE {name} untyped\n{lines}" for name, lines in books.block().items()))


def figure(books: Audience, name: str, **labels: str) -> float | None:
    return shown(books).get(name, **labels)


WHERE = {"server": "s1", "channel": "jazz"}


@pytest.mark.parametrize("killed", [False, True])
async def test_a_restart_goes_on_where_it_was(tmp_path: Path, killed: bool) -> None:
    async with audience(tmp_path, killed=killed) as books:
        await books.tell([play(books, "a", "started", 0), play(books, "b", "started", 10, address="192.0.2.2")])
        await books.tell([play(books, "a", "updated", 120, sent=1000)])
    async with audience(tmp_path, killed=killed) as books:
        assert figure(books, "radio_sessions_active", **WHERE) == 2
        assert figure(books, "radio_listening_seconds_total", **WHERE) == 120
        await books.tell([play(books, "a", "updated", 120, sent=1000), play(books, "a", "closed", 150, reason="left")])
    async with audience(tmp_path, killed=killed) as books:
        assert figure(books, "radio_sessions_active", **WHERE) == 1
        assert figure(books, "radio_sessions_started_total", **WHERE) == 2
        assert figure(books, "radio_sessions_closed_total", **WHERE, reason="left") == 1
        assert figure(books, "radio_listening_seconds_total", **WHERE) == 150
        assert figure(books, "radio_session_sent_bytes_total", **WHERE) == 1000
        assert figure(books, "radio_listeners_new_total", **WHERE) == 2
        assert figure(books, "radio_session_duration_seconds_count", **WHERE) == 1
        assert figure(books, "radio_ingest_duplicates_total", sender="test") == 1
        assert figure(books, "radio_ingest_facts_total", sender="test", kind="updated") == 1


async def test_a_session_of_long_ago_is_called_back(tmp_path: Path) -> None:
    """Its end comes again after it was written and let go of."""
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0), play(books, "a", "closed", 50, reason="left")])
    async with audience(tmp_path) as books:
        again = play(books, "a", "closed", 50, reason="left")
        assert not books.known(again.key)
        await books.tell([again, play(books, "a", "updated", 70)])
        assert figure(books, "radio_sessions_started_total", **WHERE) == 1
        assert figure(books, "radio_listening_seconds_total", **WHERE) == 70
        assert figure(books, "radio_qualified_sessions_total", **WHERE) == 1
        assert figure(books, "radio_qualified_listening_seconds_total", **WHERE) == 70


async def test_who_was_here_before_returns(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0), play(books, "a", "closed", 5)])
        await books.tell([play(books, "b", "started", 9)])  # not in the store yet
    async with audience(tmp_path) as books:
        await books.tell([play(books, "c", "started", 20), play(books, "d", "started", 20, address="192.0.2.9")])
        assert figure(books, "radio_listeners_new_total", **WHERE) == 2
        assert figure(books, "radio_listeners_returning_total", **WHERE) == 2


async def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0)])
        await books._database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").scalar())
        told = [play(books, f"more-{number}", "started", 1) for number in range(3000)]
        with pytest.raises(StoreFailed, match="the disk is full"):
            await books.tell(told)
        assert books.store_problem == "the disk is full"
        assert figure(books, "radio_exporter_store_up") == 0
        with pytest.raises(StoreFailed):
            await books.tell(told[:1])
        await books._database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").scalar())
        while books.store_problem:
            await asyncio.sleep(0.05)
        await books.tell(told)
        assert figure(books, "radio_sessions_started_total", **WHERE) == 3001


async def test_a_checkpoint_that_failed_is_written_once(tmp_path: Path) -> None:
    """Also if it was committed, and only the answer got lost."""
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0), play(books, "a", "updated", 100)])
        write, failed = books._recorder._writer.write, []

        def write_and_lose(connection, checkpoint):  # type: ignore[no-untyped-def]
            erased = write(connection, checkpoint)
            if not failed:
                failed.append(checkpoint)
                connection.commit()
                raise OSError("the answer got lost")
            return erased

        books._recorder._writer.write = write_and_lose
        while not failed or books.store_problem:
            await asyncio.sleep(0.05)
        await books.tell([play(books, "a", "updated", 130)])
    async with audience(tmp_path) as books:
        assert figure(books, "radio_listening_seconds_total", **WHERE) == 130
        assert figure(books, "radio_sessions_started_total", **WHERE) == 1


async def test_a_database_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    in_the_way = tmp_path / "radio.db"
    in_the_way.mkdir()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1), audience(tmp_path):
            pytest.fail("it opened")
    in_the_way.rmdir()
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0)])


async def test_another_program_may_hold_the_database_for_a_while(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        with closing(sqlite3.connect(tmp_path / "radio.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreFailed, match="locked by another program"):
                await books.tell([play(books, "a", "started", 0)])
            other.execute("ROLLBACK")
        while books.store_problem:
            await asyncio.sleep(0.05)
        await books.tell([play(books, "a", "started", 0)])
        assert figure(books, "radio_sessions_active", **WHERE) == 1


async def test_nothing_heard_for_long_is_an_end(tmp_path: Path) -> None:
    async with audience(tmp_path, audience={"idle_after": "1s"}) as books:
        await books.tell([play(books, "a", "started", 0), play(books, "a", "updated", 30)])
        while figure(books, "radio_sessions_active", **WHERE):
            await asyncio.sleep(0.05)
        assert figure(books, "radio_sessions_closed_total", **WHERE, reason="expired") == 1
        assert figure(books, "radio_listening_seconds_total", **WHERE) == 30


async def test_plays_are_counted_with_their_rows(tmp_path: Path) -> None:
    async with audience(tmp_path, killed=True) as books:
        row = Listen(milliseconds(), "jazz", b"i" * 16, b"a" * 16, "DE", "VLC", "desktop", "example.org", None)
        await books.listens([row, row])
        books.listen_soon(row)
        await books.tell([play(books, "a", "started", 0)])
    async with audience(tmp_path) as books:
        assert figure(books, "radio_listens_total", source="jazz") == 3
        assert await books._database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM listen").scalar()) == 3


async def test_distinct_listeners_are_remembered(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        facts = [play(books, f"s{n}", "started", n, address=f"192.0.2.{n // 2}") for n in range(200)]
        await books.tell(facts)
        await books.tell([play(books, f"s{n}", "updated", n + 61, address=f"192.0.2.{n // 2}") for n in range(100)])
    async with audience(tmp_path) as books:
        while figure(books, "radio_station_unique_listeners", window="30d") != 100:
            await asyncio.sleep(0.05)
        assert figure(books, "radio_unique_listeners", channel="jazz", window="1d") == 100
        assert figure(books, "radio_qualified_unique_listeners", channel="jazz", window="7d") == 50


async def test_relays_and_bots_are_nobody(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        who = books.listener(
            server="s1",
            channel="jazz",
            protocol="icecast",
            address="192.0.2.1",
            agent="Icecast 2.4.4",
            at=milliseconds(),
        )
        fact = play(books, "a", "started", 0)
        await books.tell(
            [
                type(fact)(
                    *(
                        who if value is fact.listener else value
                        for value in map(fact.__getattribute__, fact.__struct_fields__)
                    )
                )
            ]
        )
        assert figure(books, "radio_ingest_facts_total", sender="test", kind="started") == 1
        assert figure(books, "radio_sessions_active", **WHERE) is None
        assert figure(books, "radio_sessions_started_total", **WHERE) is None


async def test_a_second_exporter_writes_nothing(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "started", 0)])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5), audience(tmp_path) as other:
                await other.tell([play(other, "b", "started", 0)])
    async with audience(tmp_path) as books:
        assert figure(books, "radio_sessions_started_total", **WHERE) == 1


async def test_nobody_waits_for_ever_when_the_recorder_stumbles(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        append = books._recorder._writer.write

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        books._recorder._plays.store = broken
        with pytest.raises(StoreFailed, match="stumbled"):
            async with asyncio.timeout(30):
                await books.tell([play(books, "a", "started", 0)])
        assert books.store_problem
        with pytest.raises(StoreFailed):
            await books.tell([play(books, "a", "started", 0)])
        books._recorder._plays.store = lambda *_: None
        books._recorder._writer.write = append
        while books.store_problem:
            await asyncio.sleep(0.05)
        await books.tell([play(books, "a", "started", 0)])
        assert figure(books, "radio_sessions_started_total", **WHERE) == 1
        while figure(books, "radio_station_unique_listeners", window="1d") != 1:  # read anew too
            await asyncio.sleep(0.05)


async def test_no_counter_is_shown_smaller_while_the_journal_is_applied(tmp_path: Path) -> None:
    async with audience(tmp_path, killed=True) as books:
        books._recorder._writer.write = lambda *_: (_ for _ in ()).throw(OSError("no checkpoint today"))
        for number in range(0, 3000, 500):
            with suppress(StoreFailed):
                await books.tell([play(books, f"s{n}", "started", 1) for n in range(number, number + 500)])
    settings, seen = books._config, set()
    database = Database(url := database_url(None, tmp_path))
    again = Audience(settings, database, claim := Claim(url), tmp_path, registry := CollectorRegistry())
    supervisor = Supervisor(registry)
    again.start(supervisor)
    for _ in range(400):
        seen.add(figure(again, "radio_sessions_started_total", **WHERE))
        if again.store_problem is None:
            break
        await asyncio.sleep(0)
    while again.store_problem:
        await asyncio.sleep(0.01)
        seen.add(figure(again, "radio_sessions_started_total", **WHERE))
    seen.add(figure(again, "radio_sessions_started_total", **WHERE))
    await again.stop()
    await supervisor.stop()
    await database.close()
    claim.release()
    assert len(seen) == 2, seen
    assert None in seen


async def test_more_than_the_queue_holds_expires_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("recorder", "intake"):
        monkeypatch.setattr(f"exporter.audience.{module}.LARGEST_GROUP", 100)
    monkeypatch.setattr("exporter.audience.intake.LONGEST_QUEUE", 150)
    async with audience(tmp_path, audience={"idle_after": "1s"}) as books:
        for first in range(0, 400, 100):
            await books.tell([play(books, f"s{n}", "started", 1) for n in range(first, first + 100)])
        while figure(books, "radio_sessions_active", **WHERE):
            await asyncio.sleep(0.05)
        assert figure(books, "radio_sessions_closed_total", **WHERE, reason="expired") == 400


async def test_what_is_older_than_what_is_kept_is_not_counted_again(tmp_path: Path) -> None:
    async with audience(tmp_path, retention={"sessions": "1d"}) as books:
        old = play(books, "a", "started", -2 * 86400)
        await books.tell([old])
        assert figure(books, "radio_ingest_duplicates_total", sender="test") == 1
        assert figure(books, "radio_sessions_started_total", **WHERE) is None


async def test_channels_are_bounded_with_their_servers(tmp_path: Path) -> None:
    async with audience(tmp_path, audience={"max_channels": 3}) as books:
        found = {
            (who.server, who.channel)
            for number in range(9)
            for who in [books.listener(server=f"s{number // 3}", channel=f"c{number % 3}", protocol="hls", address="", agent="", at=0)]
        }  # fmt: skip
    assert found == {("s0", "c0"), ("s0", "c1"), ("s0", "c2"), ("s1", "other"), ("s2", "other")}
