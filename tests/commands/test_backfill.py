"""`radio-exporter backfill access-log`, as an operator runs it."""

import asyncio
import gzip
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from exporter.cli import main
from exporter.store.schema import erasure, quarter, quarter_people, session, total
from exporter.store.sketches import count, unpack
from tests.audience.books import audience, play
from tests.backfill.logs import BEGAN, VLC, backfill, configuration, line, log, opened, rows
from tests.mmdb import city, write
from tests.reports.listening import Session, row

NOW = int(time.time())
PROGRAM = [sys.executable, "-m", "exporter", "backfill", "access-log", "--server=main"]
ADDRESS = "198.51.100.77"


def figures(folder: Path) -> list[object]:
    return [rows(folder, table) for table in (session, quarter, quarter_people, total)]


def test_lines_become_sessions_and_quarter_hours(tmp_path: Path, capsys) -> None:
    at = NOW - 86_400 - NOW % 900
    lines = [
        line(at + 60, 60, "192.0.2.1"),
        line(at + 90, 30, "192.0.2.2", "-", "/a%26b.mp3?x=1"),
        line(at + 1000, 990, "2001:db8::1"),
        line(at + 1001, 5, "192.0.2.1"),
        line(at + 1002, 0),
        line(at + 1002, 50, agent="Icecast 2.4.4"),
        line(at + 1002, 50, method="SOURCE"),
        line(at + 1002, 50, status=404),
        "broken",
        line(NOW + 86_400, 50),
    ]
    path = log(tmp_path / "access.log", lines)
    assert backfill(tmp_path, path) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("main: 4 sessions, 4 of them new, in 10 lines (")
    assert said[1:] == [
        "  a relay or a bot: 1", "  broken: 2 (access.log:9, access.log:10)", "  no listening: 1", "  over at once: 1",
        "  refused: 1",
    ]  # fmt: skip
    found = sorted(rows(tmp_path, session), key=lambda one: (one["ended"], one["channel"]))
    assert [(one["started"] // 1000 - at, one["ended"] // 1000 - at) for one in found] == [
        (0, 60),
        (60, 90),
        (10, 1000),
        (996, 1001),
    ]
    assert [one["channel"] for one in found] == ["/live.mp3", "/a&b.mp3", "/live.mp3", "/live.mp3"]
    assert {(one["sender"], one["server"], one["reason"], one["player"]) for one in found[2:]} == {
        ("access_log", "main", "left", "VLC")
    }
    assert [one["is_returning"] for one in found] == [False, False, False, True]
    whole = {
        name: sum(one[name] for one in rows(tmp_path, quarter))
        for name in ("started", "ended", "listened", "sent", "new_listeners")
    }
    assert whole == {"started": 4, "ended": 4, "listened": 1_085_000, "sent": 1085 * 16_000, "new_listeners": 3}
    station = [one for one in rows(tmp_path, quarter_people) if not one["channel"]]
    assert [(one["peak"], count(unpack(one["listeners"]))) for one in station] == [(2, 3), (2, 2)]
    assert rows(tmp_path, total) == [], "counters stand for what was watched"


def test_twice_adds_nothing_and_rotated_files_may_overlap(tmp_path: Path, capsys) -> None:
    lines = [line(NOW - 90_000 + n * 7, 1 + n % 50, f"192.0.2.{n % 200}") for n in range(3000)]
    first, second = log(tmp_path / "access.log.1", lines[:2000]), tmp_path / "access.log"
    second.write_bytes(gzip.compress("\n".join(lines[1500:]).encode()))
    assert backfill(tmp_path, first) == 0
    assert backfill(tmp_path, second, first) == 0
    assert "main: 3,500 sessions, 1,000 of them new" in capsys.readouterr().out
    once = figures(tmp_path)
    assert backfill(tmp_path, first, second) == 0
    assert ", 0 of them new" in capsys.readouterr().out
    assert figures(tmp_path) == once
    assert len(once[0]) == 3000


def test_a_listener_is_the_same_as_on_the_air(tmp_path: Path) -> None:
    database = write(tmp_path / "geo.mmdb", {"198.51.100.0/24": city("DE", "Berlin", 52.5, 13.4)})
    more = f"geoip: {{database: {database}}}\n"
    assert backfill(tmp_path, log(tmp_path / "log", [line(NOW - 900, 300, ADDRESS, "VLC/3.0")]), more=more) == 0

    async def live():
        async with audience(tmp_path / "state", geoip={"database": str(database)}) as books:
            return books.listener(
                server="main", channel="/live.mp3", protocol="icecast", address=ADDRESS, agent="VLC/3.0", at=NOW * 1000
            )

    expected, (found,) = asyncio.run(live()), rows(tmp_path, session)
    for name in ("server", "channel", "protocol", "identity", "address", "country", "city", "latitude", "longitude", "player", "player_class", "person"):  # fmt: skip
        assert found[name] == getattr(expected, name), name


def test_what_the_exporter_watched_is_not_taken_again(tmp_path: Path, capsys) -> None:
    seam = NOW - 7200
    watched = [
        row(Session(at * 1000, (at + 600) * 1000, who=str(at))) | {"server": name}
        for at, name in ((seam - 600, "main"), (seam + 60, "main"), (seam - 40_000, "other"))
    ]
    assert backfill(tmp_path, log(tmp_path / "none", [])) == 0
    with opened(tmp_path) as database:
        database.write_now(lambda c: c.execute(session.insert(), watched))
    path = log(
        tmp_path / "access.log", [line(seam + at, 600, f"192.0.2.{n}") for n, at in enumerate((-90, -1, 0, 1, 90))]
    )
    capsys.readouterr()
    assert backfill(tmp_path, path) == 0
    said = capsys.readouterr().out
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seam))
    assert "main: 2 sessions, 2 of them new, in 5 lines" in said
    assert f"  watched by the exporter itself: 3 (ended at {when} or later)" in said
    until = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seam + 1))
    assert backfill(tmp_path, path, f"--until={until}") == 0
    assert "main: 3 sessions, 1 of them new, in 5 lines" in capsys.readouterr().out


def test_until_is_in_the_stations_zone(tmp_path: Path, capsys) -> None:
    """Midnight of the new year in Kolkata is 18:30 of the day before in Greenwich."""
    ends = [BEGAN - 5.5 * 3600 + late for late in (-1, 0)]
    path = log(tmp_path / "access.log", [line(at, 60) for at in ends])
    assert backfill(tmp_path, path, "--until=2026-01-01", more="station: {timezone: Asia/Kolkata}\n") == 0
    assert "main: 1 sessions, 1 of them new, in 2 lines" in capsys.readouterr().out


def test_only_some_mounts_and_no_more_channels_than_allowed(tmp_path: Path, capsys) -> None:
    lines = [line(NOW - 900 + n, 5, mount=mount) for n, mount in enumerate(["/a1", "/a2", "/b", "/a3", "/a1"])]
    more = "audience: {max_channels: 2}\n"
    assert backfill(tmp_path, log(tmp_path / "log", lines), "--mount-prefix=/a", more=more) == 0
    assert "  of other mounts: 1" in capsys.readouterr().out
    assert sorted(one["channel"] for one in rows(tmp_path, session)) == ["/a1", "/a1", "/a2", "other"]
    assert (
        backfill(
            tmp_path,
            log(tmp_path / "log2", [line(NOW - 800, 5, mount="/a2"), line(NOW - 800, 5, mount="/c")]),
            more=more,
        )
        == 0
    )
    assert sorted(one["channel"] for one in rows(tmp_path, session)) == ["/a1", "/a1", "/a2", "/a2", "other", "other"]


def test_who_was_forgotten_is_not_brought_back(tmp_path: Path, capsys) -> None:
    path = log(tmp_path / "log", [line(NOW - 9000, 60, ADDRESS), line(NOW - 8000, 60), line(NOW - 100, 60, ADDRESS)])
    assert backfill(tmp_path, log(tmp_path / "log0", [line(NOW - 9999, 60, ADDRESS)])) == 0
    (known,) = rows(tmp_path, session)
    gone = {"id": 1, "at": (NOW - 5000) * 1000, "address": known["address"]}
    with opened(tmp_path) as database:
        database.write_now(lambda c: c.execute(erasure.insert().values(gone)))
    capsys.readouterr()
    assert backfill(tmp_path, path) == 0
    said = capsys.readouterr().out
    assert "main: 2 sessions, 2 of them new" in said
    assert "  of somebody who was forgotten: 1" in said


def test_daily_keys(tmp_path: Path, capsys) -> None:
    lines = [line(NOW - day * 86_400, 60, ADDRESS) for day in (20, 3, 0)]
    path = log(tmp_path / "log", [*lines, lines[1]])
    for new in (3, 0):
        assert backfill(tmp_path, path, more="privacy: {mode: daily}\n") == 0
        assert f", {new} of them new" in capsys.readouterr().out
    assert len({one["identity"] for one in rows(tmp_path, session)}) == 3
    assert sum(one["new_listeners"] + one["returning_listeners"] for one in rows(tmp_path, quarter)) == 0
    assert not (tmp_path / "state/identity.key").exists()


def test_no_address_is_left_anywhere(tmp_path: Path, capsys) -> None:
    path = log(
        tmp_path / "access.log", [line(NOW - 900, 300, ADDRESS), f"{ADDRESS} broken", line(NOW - 800, 60, ADDRESS)]
    )
    assert backfill(tmp_path, path, f"--openmetrics={tmp_path / 'state/out.om'}") == 0
    said = capsys.readouterr()
    kept = [said.out.encode(), said.err.encode(), *(file.read_bytes() for file in (tmp_path / "state").iterdir())]
    assert len(kept) >= 5
    for form in (ADDRESS.encode(), bytes(map(int, ADDRESS.split(".")))):
        assert all(form not in content for content in kept)


def test_standard_input(tmp_path: Path) -> None:
    lines = "".join(f"{line(NOW - 9000 + n, 60, f'192.0.2.{n}')}\n" for n in range(9))
    argv = [*PROGRAM, configuration(tmp_path), "-"]
    done = subprocess.run(argv, input=gzip.compress(lines.encode()), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"main: 9 sessions, 9 of them new, in 9 lines")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_half_way_the_same_command_completes_it(tmp_path: Path, number: signal.Signals) -> None:
    lines = [
        line(NOW - 2_000_000 + n * 50, 1 + n % 3000, f"192.0.{n % 7}.{n % 250}", f"{VLC} {n % 40}")
        for n in range(30_000)
    ]
    path = log(tmp_path / "access.log", lines)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "state").mkdir()
        (folder / "state/identity.key").write_bytes(b"k" * 32)
    assert backfill(whole, path) == 0
    most = "".join(f"{one}\n" for one in lines[:20_000]).encode()
    for _ in range(2):
        with subprocess.Popen(
            [*PROGRAM, configuration(killed), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            process.stdin.write(most)  # and no end: it waits for more
            process.stdin.flush()
            while not _some(killed):
                assert process.poll() is None
                time.sleep(0.02)
            assert _ended(process, number) == (130 if number == signal.SIGINT else -signal.SIGKILL)
            assert (b"interrupted" in process.stdout.read()) == (number == signal.SIGINT)
    assert len(rows(killed, session)) > 0
    assert backfill(killed, path) == 0
    (sessions, *sums), (expected, *expected_sums) = figures(killed), figures(whole)
    assert sessions == expected
    assert sums[0] == expected_sums[0]
    assert [_people(one) for one in sums[1]] == [_people(one) for one in expected_sums[1]]


def _ended(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    """How it ends by a signal. Python may overlook one that comes as it begins to wait for input: it comes again."""
    for _ in range(6):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(5)
    return pytest.fail("it goes on")


def _some(folder: Path) -> bool:
    """Whether a batch is written."""
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{folder}/state/radio.db?mode=ro", uri=True)) as there,
    ):
        return bool(there.execute("SELECT 1 FROM session LIMIT 1").fetchone())
    return False  # it is not there yet, or has no tables


def _people(one: dict[str, object]) -> tuple[object, ...]:
    return one["start"], one["channel"], one["peak"], count(unpack(one["listeners"])), bool(one["qualified_listeners"])


async def test_beside_a_running_exporter(tmp_path: Path) -> None:
    lines = [line(NOW - 2_000_000 + n * 20, 60, f"192.0.2.{n % 250}") for n in range(20_000)]
    argv = [*PROGRAM, configuration(tmp_path), str(log(tmp_path / "access.log", lines))]
    async with audience(tmp_path / "state") as books:
        process = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
        told, longest = 0, 0.0
        while process.returncode is None:
            began = time.monotonic()
            await books.tell([play(books, f"s{told}", "closed", 0, channel="/now", lasted=60_000)])
            told, longest = told + 1, max(longest, time.monotonic() - began)
            await asyncio.sleep(0.01)
        said = await process.stdout.read()
    assert b"main: 20,000 sessions, 20,000 of them new" in said
    assert told > 10
    assert longest < 5, "the exporter never waits for long"
    found = rows(tmp_path, session)
    assert sum(one["channel"] == "/now" for one in found) == told
    assert sum(one["sender"] == "access_log" for one in found) == 20_000
    sums = rows(tmp_path, quarter)
    assert sum(one["started"] for one in sums) == told + 20_000


def test_a_server_that_is_not_configured_is_said(tmp_path: Path, capsys) -> None:
    assert backfill(tmp_path, log(tmp_path / "log", []), server="mian") == 0
    assert (
        capsys.readouterr().err.splitlines()[-1]
        == "radio-exporter: no server of the configuration is called mian: main"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/missing/access.log"], "/missing/access.log: cannot be read (No such file or directory): check path and permissions"),
        (["--until=soon", "-"], "command line: --until: is no time: write one such as 2026-11-21T02:00"),
        (["--label=server=x", "-"], "command line: --label: is no label to add: write NAME=VALUE, such as job=radio-exporter (server, mount and channel are set)"),
        (["--label=x", "-"], "command line: --label: is no label to add: write NAME=VALUE, such as job=radio-exporter (server, mount and channel are set)"),
        (["--openmetrics=/missing/out", "-"], "/missing/out: cannot be written (No such file or directory)"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_line(arguments: list[str], said: str, tmp_path: Path, capsys) -> None:
    assert backfill(tmp_path, *arguments) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"radio-exporter: {said}"


def test_without_a_server_it_is_a_wrong_command_line(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["backfill", "access-log", "x"])
    assert ended.value.code == 2
    assert "--server" in capsys.readouterr().err
