"""The database's file while the exporter runs: it comes, changes, breaks and goes."""

import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.audience import geo as module
from exporter.audience.geo import Geo, Place
from tests import mmdb

NETWORKS = {"203.0.113.0/24": mmdb.city("DE", "Berlin", 52.520007, 13.404954)}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return mmdb.write(tmp_path / "city.mmdb", NETWORKS)


@pytest.fixture
def geo(database: Path) -> Iterator[Geo]:
    known = Geo(database)
    yield known
    known.close()


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings so far."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_when_it_was_built(geo: Geo, database: Path, caplog) -> None:
    caplog.set_level(logging.INFO)
    assert geo.built == pytest.approx(database.stat().st_mtime, abs=5)
    Geo(database)
    assert re.search(rf"countries come from {database} \(GeoLite2-City, built on \d{{4}}-\d\d-\d\d\)", caplog.text)


def test_a_missing_file_is_warned_of_once_and_taken_up_when_it_comes(tmp_path: Path, caplog) -> None:
    geo = Geo(tmp_path / "city.mmdb")
    geo.refresh()
    assert geo.place("203.0.113.7", "nl").country == "NL"
    assert geo.built is None
    assert said(caplog) == [
        f"{tmp_path}/city.mmdb cannot be found: listeners' countries are unknown until it is mended"
    ]
    mmdb.write(tmp_path / "city.mmdb", NETWORKS)
    geo.refresh()
    assert geo.place("203.0.113.7", "nl").country == "DE"
    (tmp_path / "city.mmdb").unlink()
    geo.refresh()
    geo.refresh()
    assert geo.place("203.0.113.7") == Place("unknown")
    assert geo.built is None
    assert len(said(caplog)) == 2


def test_a_replaced_file_is_taken_up(geo: Geo, database: Path) -> None:
    mmdb.write(database, {"203.0.113.0/24": mmdb.country("NL")})
    assert geo.place("203.0.113.7").country == "DE"  # until it is looked at
    geo.refresh()
    assert geo.place("203.0.113.7").country == "NL"


def test_an_unchanged_file_is_not_opened_again(geo: Geo) -> None:
    reader = geo._reader
    geo.refresh()
    assert geo._reader is reader


@pytest.mark.parametrize("broken", ["empty", "page", "cut", "no end"])
def test_a_broken_file_is_warned_of_once_until_it_changes(database: Path, broken: str, caplog) -> None:
    whole = database.read_bytes()
    contents = {
        "empty": b"",
        "page": b"<html>login</html>" * 1000,
        "cut": whole[: len(whole) // 2],
        "no end": whole[:-9],
    }
    draft = database.with_suffix(".new")
    draft.write_bytes(contents[broken])
    geo = Geo(database)
    draft.replace(database)
    geo.refresh()
    geo.refresh()
    assert geo.place("203.0.113.7") == Place("unknown")
    assert said(caplog) == [
        f"{database} is no whole MaxMind database: listeners' countries are unknown until it is mended"
    ]
    draft.write_bytes(b"something else")
    draft.replace(database)
    geo.refresh()
    assert len(said(caplog)) == 2
    mmdb.write(database, NETWORKS)
    geo.refresh()
    assert geo.place("203.0.113.7").country == "DE"
    assert len(said(caplog)) == 2


def test_a_folder_is_no_database(tmp_path: Path, caplog) -> None:
    assert Geo(tmp_path).place("203.0.113.7") == Place("unknown")
    assert len(said(caplog)) == 1


def test_a_failing_disk_is_tried_again(database: Path, monkeypatch, caplog) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(module.maxminddb, "open_database", refuse)
        geo = Geo(database)
        geo.refresh()
    assert [text for text in said(caplog) if "cannot be read (Input/output error)" in text] == said(caplog)
    assert len(said(caplog)) == 1
    geo.refresh()
    assert geo.place("203.0.113.7").country == "DE"


def test_a_file_damaged_inside_is_warned_of_once_and_shows_no_address(database: Path, tmp_path: Path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    whole = database.read_bytes()
    damaged = tmp_path / "damaged.mmdb"
    damaged.write_bytes(b"\xff" * 600 + whole[600:])  # the search tree leads nowhere
    geo = Geo(damaged)
    assert [geo.place(f"203.0.113.{number}", "nl").country for number in range(50)] == ["NL"] * 50
    assert said(caplog) == [f"{damaged} is damaged: listeners' countries are unknown until it is mended"]
    assert "203.0.113" not in caplog.text


def test_look_ups_go_on_while_it_is_replaced(geo: Geo, database: Path) -> None:
    stop, seen = threading.Event(), set()

    def replace() -> None:
        for number in range(1000):
            mmdb.write(database, {"203.0.113.0/24": mmdb.country("NL" if number % 2 else "BE")})
            geo.refresh()
            if number >= 29 and number % 2 and len(seen) > 1:
                break
        stop.set()

    replacing = threading.Thread(target=replace)
    replacing.start()
    while not stop.is_set():
        seen.add(geo.place("203.0.113.7").country)
    replacing.join()
    assert geo.place("203.0.113.7").country == "NL"
    assert seen <= {"DE", "NL", "BE"}
    assert len(seen) > 1


def test_a_private_copy_survives_a_file_overwritten_in_place(tmp_path: Path, caplog) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    records = {f"203.0.{number}.0/24": mmdb.city("DE", f"Town {number}", 50.0, 10.0) for number in range(200)}
    database = mmdb.write(tmp_path / "city.mmdb", records)
    geo = Geo(database, copies)
    with database.open("r+b") as file:
        file.truncate(0)  # mapped directly, the next look-up would be the process' last
    assert geo.place("203.0.150.7").city == "Town 150"
    assert list(copies.iterdir()) == []
    geo.refresh()
    assert geo.place("203.0.150.7") == Place("unknown")
    mmdb.write(database, NETWORKS)
    geo.refresh()
    assert geo.place("203.0.113.7").city == "Berlin"
    assert len(said(caplog)) == 1


def test_without_room_for_a_copy_the_file_itself_is_used(database: Path, tmp_path: Path, caplog) -> None:
    geo = Geo(database, tmp_path / "absent")
    assert geo.place("203.0.113.7").country == "DE"
    assert said(caplog) == []


def test_closed_it_knows_nothing(geo: Geo) -> None:
    geo.close()
    assert geo.place("203.0.113.7", "nl").country == "NL"
    assert geo.built is None
