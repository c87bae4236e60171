"""What history adds to the store is what watching would have added; once, whatever happens."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from exporter.audience.facts import Fact, Listener
from exporter.audience.geo import Place
from exporter.audience.ledger import Ledger
from exporter.audience.players import Player
from exporter.audience.tallies import Tallies
from exporter.backfill.history import History
from exporter.backfill.listeners import Who
from exporter.backfill.peaks import Peaks
from exporter.backfill.sums import Play
from exporter.errors import StoreFailed
from exporter.store import sketches
from exporter.store.schema import quarter, quarter_people, session
from tests.reports.listening import hashed
from tests.store.stores import KINDS, store, url_of

DAY = 86_400_000
FOREVER = 10**6 * DAY


def person(name: str, country: str = "DE") -> Who:
    return Who(hashed(name), hashed(f"address {name}"), Place(country), Player("VLC", "desktop", person=True))


plays = st.lists(
    st.builds(
        lambda mark, channel, name, country, start, lasted, sent: Play(
            mark, channel, person(name, country), start * 1000, (start + lasted) * 1000, sent
        ),
        st.integers(0, 2**64 - 1),
        st.sampled_from(["/a", "/b"]),
        st.sampled_from("pqrstuvw"),
        st.sampled_from(["DE", "US"]),
        st.integers(0, 8000),
        st.integers(1, 4000),
        st.integers(0, 10**9),
    ),
    max_size=25,
    unique_by=lambda play: play.mark,
).map(lambda drawn: sorted(drawn, key=lambda play: play.ended))


def watched(drawn: list[Play]):
    """What the live path makes of the same sessions."""
    ledger = Ledger(lambda: Tallies(("US",), returning=True))
    for play in drawn:
        who = play.who
        listener = Listener("main", play.channel, "icecast", who.identity, who.address, who.place.country)
        key = play.mark.to_bytes(16, "big")
        ledger.apply(
            [Fact("t", "closed", key, play.ended, 0, play.started, None, play.sent, "left", listener=listener)],
            set(),
            0,
        )
    return ledger.gather(1)


def written(database, drawn: list[Play], size: int) -> list[int]:
    history, peaks = History(database, "main", 0, FOREVER, returning=True), Peaks()
    new = []
    for start in range(0, len(drawn), size):
        batch = drawn[start : start + size]
        for play in batch:
            peaks.take(play.channel, play.started, play.ended)
        new.append(history.write(batch, peaks.done()))
    history.write([], peaks.done(whole=True))
    return new


def everything(database) -> list[object]:
    def read(connection):
        sums = {(row.start, row.channel, row.country): tuple(row[3:]) for row in connection.execute(select(quarter))}
        people = {
            (row.start, row.channel): (
                row.peak,
                *(sketches.count(sketches.unpack(one)) if one else 0 for one in row[3:5]),
            )
            for row in connection.execute(select(quarter_people))
        }
        return [sums, people, sorted(map(tuple, connection.execute(select(session))))]

    return database.read_now(read)


@given(plays, st.integers(1, 30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_history_adds_what_watching_adds(drawn: list[Play], size: int) -> None:
    live = watched(drawn)
    with tempfile.TemporaryDirectory() as folder, store(url_of("sqlite", Path(folder), None)) as database:
        assert sum(written(database, drawn, size)) == len(drawn)
        sums, people, rows = everything(database)
    assert sums == {key: tuple(value) for key, value in live.quarters.items()}
    assert {key: found[1:] for key, found in people.items()} == {
        key: (sketches.count(of.listeners), sketches.count(of.qualified) if of.qualified else 0)
        for key, of in live.people.items() if of.listeners is not None
    }  # fmt: skip
    assert sorted(row[-2] for row in rows) == sorted(row[-2] for row in live.sessions), "who returned"


@pytest.mark.parametrize("kind", KINDS)
def test_twice_adds_nothing_and_a_kill_in_between_is_made_good(kind: str, tmp_path: Path, request) -> None:
    drawn = [
        Play(n, "/a" if n % 3 else "/b", person(f"p{n % 7}"), n * 60_000, n * 60_000 + 200_000, 5) for n in range(400)
    ]
    with store(url_of(kind, tmp_path, request)) as database:
        assert written(database, drawn[:150], 50) == [50, 50, 50]
        assert written(database, drawn, 64) == [0, 0, 42, 64, 64, 64, 16]
        once = everything(database)
        assert written(database, drawn, 400) == [0]
        assert everything(database) == once
    sums, people, rows = once
    assert sum(one[0] for one in sums.values()) == 400 == len(rows)
    assert {peak for (_, channel), (peak, *_) in people.items() if not channel} == {4}


def test_a_batch_is_all_or_nothing(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        history = History(database, "main", 0, FOREVER, returning=True)
        database.write_now(lambda c: c.exec_driver_sql("ALTER TABLE quarter_people RENAME TO away"))
        play = Play(1, "/a", person("a"), 0, 60_000, 5)
        with pytest.raises(StoreFailed):
            history.write([play], [])
        database.write_now(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO quarter_people"))
        assert everything(database) == [{}, {}, []]
        assert history.write([play, play], []) == 1


def test_the_same_mark_on_another_server_is_another_session(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        play = Play(1, "/a", person("a"), 0, 60_000, 5)
        assert [History(database, name, 0, FOREVER, returning=True).write([play], []) for name in ("a", "b", "a")] == [
            1,
            1,
            0,
        ]


def test_beyond_their_retention_sessions_are_sums_alone(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        history = History(database, "main", 50 * DAY, 30 * DAY, returning=True)
        old, fresh, again = (
            Play(n, "/a", person("a"), day * DAY, day * DAY + 60_000, 5) for n, day in enumerate((10, 60, 61))
        )
        assert history.write([old, fresh, again], []) == 3
        assert history.write([old, fresh, again], []) == 0
        sums, _, rows = everything(database)
    assert [row[-2] for row in rows] == [False, True], "ten days and sixty are too far apart to be known again"
    assert len(sums) == 3


def test_who_was_stored_by_an_earlier_command_returns(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        first, second, before = (Play(at, "/a", person("a"), at * DAY, at * DAY + 60_000, 5) for at in (5, 6, 4))
        for play in (first, second, before):
            History(database, "main", 0, 30 * DAY, returning=True).write([play], [])
        assert [row[-2] for row in sorted(everything(database)[2], key=lambda row: row[-8])] == [False, False, True]


def test_with_daily_keys_nobody_returns(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        history = History(database, "main", 0, FOREVER, returning=False)
        history.write([Play(n, "/a", person("a"), n * 60_000, n * 60_000 + 1000, 5) for n in range(3)], [])
        sums, _, _ = everything(database)
    assert [value[4:6] for value in sums.values()] == [(0, 0)]
