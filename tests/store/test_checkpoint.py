"""Checkpoints, journal and steps of the tables, on every database that is here."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from exporter.errors import StoreFailed
from exporter.store import journal, sketches
from exporter.store.checkpoint import CHANGING, Checkpoint, CheckpointWriter, People, erasures
from exporter.store.database import Database
from exporter.store.migrations import STEPS, migrate
from exporter.store.schema import erasure, quarter, quarter_people, session, total
from tests.store.stores import KINDS, store, url_of

QUARTER = 1_763_942_400_000


def row(key: bytes, seen: int, address: bytes = b"a" * 16) -> tuple[Any, ...]:
    return (
        key, "flussonic", "s1", "jäzz 🎷", "hls", b"i" * 16, address, "DE", "Köln", 50.94, 6.96, "VLC", "desktop", True,
        None, True, QUARTER, seen, None, False, "", 0, False, b"\x00\x01\x02\x03\x04\x05",
    )  # fmt: skip


def people(names: range, peak: int = 0) -> People:
    sketch = sketches.empty()
    for name in names:
        sketches.add(sketch, name.to_bytes(8, "big") * 2)
    return People(peak, sketch, None)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


def test_sums_are_added_and_rows_replaced(database: Database) -> None:
    writer = CheckpointWriter(database.dialect)
    one = Checkpoint(
        3,
        [row(bytes([n]) * 16, QUARTER + n) for n in range(3)],
        (),
        (),
        {("sessions_started", "s1\x1fjäzz"): 3},
        {(QUARTER, "jäzz 🎷", "DE"): [3, 0, 5, 0, 3, 0, 0, 0]},
        {(QUARTER, ""): people(range(5), peak=3)},
    )
    seen = [(bytes([n]) * 16, QUARTER + 1000 + n, 7, b"\x07" * 6) for n in range(3)]
    other = replace(one, sequence=4, sessions=[], seen=seen, people={(QUARTER, ""): people(range(3, 9), peak=2)})
    for checkpoint in (one, other, other):  # the last one is written already
        database.write_now(lambda connection, checkpoint=checkpoint: writer.write(connection, checkpoint))

    def found(connection: Connection) -> Any:
        kept = connection.execute(select(quarter_people)).one()
        return (
            [tuple(r) for r in connection.execute(select(session.c.channel, session.c.seen, session.c.sent, session.c.latitude).order_by(session.c.seen))],
            [tuple(r) for r in connection.execute(select(total))],
            [tuple(r) for r in connection.execute(select(quarter))],
            (kept.peak, sketches.count(sketches.unpack(kept.listeners)), kept.qualified_listeners),
            journal.position(connection),
        )  # fmt: skip

    rows, totals, quarters, everyone, position = database.read_now(found)
    assert rows == [("jäzz 🎷", QUARTER + 1000 + n, 7, 50.94) for n in range(3)]
    assert totals == [("sessions_started", "s1\x1fjäzz", 6)]
    assert quarters == [(QUARTER, "jäzz 🎷", "DE", 6, 0, 10, 0, 6, 0, 0, 0)]
    assert everyone == (3, 9, None)
    assert position == 4


def test_a_session_that_is_there_changes(database: Database) -> None:
    writer, key = CheckpointWriter(database.dialect), b"1" * 16
    ended = (key, True, QUARTER - 5, QUARTER + 9, QUARTER + 9, True, "left", 12, True, b"\x01" * 6)
    for checkpoint in (
        Checkpoint(1, [row(key, QUARTER), row(b"2" * 16, QUARTER)]),
        Checkpoint(2, changed=[ended, (b"3" * 16, *ended[1:])]),  # the third was forgotten meanwhile
    ):
        database.write_now(lambda connection, checkpoint=checkpoint: writer.write(connection, checkpoint))
    names = ("session_key", *CHANGING, "city")
    query = select(*(session.c[name] for name in names)).order_by(session.c.session_key)
    rows = database.read_now(lambda connection: [tuple(found) for found in connection.execute(query)])
    assert rows == [
        (*ended, "Köln"),
        (b"2" * 16, True, QUARTER, QUARTER, None, False, "", 0, False, b"\x00\x01\x02\x03\x04\x05", "Köln"),
    ]


def test_many_rows_are_touched_in_parts(database: Database) -> None:
    writer = CheckpointWriter(database.dialect)
    keys = [number.to_bytes(16, "big") for number in range(1203)]
    first = Checkpoint(1, [row(key, QUARTER) for key in keys])
    then = Checkpoint(2, seen=[(key, QUARTER + number, number, b"") for number, key in enumerate(keys)])
    for checkpoint in (first, then):
        database.write_now(lambda connection, checkpoint=checkpoint: writer.write(connection, checkpoint))
    sums = select(func.count(), func.sum(session.c.seen - QUARTER), func.sum(session.c.sent))
    found = database.read_now(lambda connection: connection.execute(sums).one())
    assert tuple(map(int, found)) == (1203, sum(range(1203)), sum(range(1203)))


def test_the_journal_goes_as_far_as_the_checkpoint(database: Database) -> None:
    writer = CheckpointWriter(database.dialect)
    for sequence in range(1, 6):
        database.write_now(
            lambda connection, sequence=sequence: journal.append(connection, sequence, bytes([sequence]))
        )
    database.write_now(lambda connection: writer.write(connection, Checkpoint(3)))
    rest = database.read_now(lambda connection: journal.behind(connection, journal.position(connection)))
    assert [(sequence, bytes(facts)) for sequence, facts in rest] == [(4, b"\x04"), (5, b"\x05")]


def test_channels_that_differ_in_case_or_accents_are_two(database: Database) -> None:
    names = ["jazz", "Jazz", "jäzz", "jàzz"]
    sums = {(QUARTER, name, "DE"): [1] * 8 for name in names}
    database.write_now(lambda c: CheckpointWriter(database.dialect).write(c, Checkpoint(1, quarters=sums)))
    assert set(database.read_now(lambda c: c.scalars(select(quarter.c.channel)).all())) == set(names)


def test_the_forgotten_are_not_written_again(database: Database) -> None:
    writer = CheckpointWriter(database.dialect)
    database.write_now(lambda connection: connection.execute(erasure.insert().values(at=QUARTER, address=b"x" * 16)))
    checkpoint = Checkpoint(1, [row(b"1" * 16, QUARTER, b"x" * 16), row(b"2" * 16, QUARTER)])
    erased = database.write_now(lambda connection: writer.write(connection, checkpoint))
    assert erased.includes(b"x" * 16, b"", 0)
    assert not erased.includes(b"a" * 16, b"i" * 16, 0)
    assert database.read_now(lambda c: c.scalars(select(session.c.session_key)).all()) == [b"2" * 16]
    assert not database.read_now(lambda connection: erasures(connection, erased.latest)).addresses


def test_tables_of_a_newer_exporter_are_left_alone(database: Database) -> None:
    database.write_now(migrate)  # a second time: nothing is left to do
    database.write_now(
        lambda connection: connection.exec_driver_sql(f"UPDATE schema_version SET version = {len(STEPS) + 1}")
    )
    with pytest.raises(StoreFailed, match="made by a newer exporter"):
        database.write_now(migrate)
