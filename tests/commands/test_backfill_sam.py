"""`radio-exporter backfill sam`, as an operator runs it: a real MariaDB, and at the end a real Prometheus."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from demo.ports import free_port
from demo.process import Program, find_program, running
from demo.readiness import answers
from exporter.cli import main
from tests.mariadb import MariaDB
from tests.sam.samdb import PASSWORD, SamDb, studio
from tests.services import need

DAY = 86_400
COMMAND = ["backfill", "sam", "--server=studio"]


@pytest.fixture
def db(mariadb: MariaDB) -> Iterator[SamDb]:
    with studio(mariadb) as database:
        yield database


def configuration(folder: Path, db: SamDb, more: str = "") -> str:
    """The flag."""
    path = folder / "exporter.yaml"
    path.write_text(
        f"sam: [{{name: studio, host: 127.0.0.1, port: {db.server.port}, database: {db.name}, user: {db.user},"
        f" password: {PASSWORD}, timezone: UTC}}]\nstate_dir: {folder / 'state'}\n{more}"
    )
    return f"--config.file={path}"


def backfill(folder: Path, db: SamDb, *arguments: str, more: str = "") -> int:
    return main([*COMMAND, configuration(folder, db, more), f"--openmetrics={folder / 'out.om'}", *arguments])


def samples(folder: Path) -> dict[tuple[str, str], list[tuple[int, float]]]:
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for family in text_string_to_metric_families((folder / "out.om").read_text()):
        for sample in family.samples:
            assert sample.labels["server"] == "studio"
            label = sample.labels.get("songtype") or sample.labels.get("outcome") or ""
            found.setdefault((sample.name, label), []).append((int(float(sample.timestamp)), sample.value))
    return found


def history(db: SamDb, plays: int, days: int = 365) -> None:
    """One that ends an hour ago, with requests."""
    every = days * DAY // plays
    began = datetime.now(UTC).replace(microsecond=0, tzinfo=None) - timedelta(seconds=plays * every + 3600)
    db.plays(plays, str(began), every)
    db.run(
        "INSERT INTO requestlist (songID, t_stamp, code, status, host) SELECT 1 + seq MOD 500,"
        " %s + INTERVAL seq * %s SECOND, ELT(1 + seq MOD 5, 200, 200, 601, 602, 805),"
        " ELT(1 + seq MOD 5, 'played', 'ignored', 'ignored', 'ignored', 'ignored'), '192.0.2.99' FROM seq_1_to_%s",
        str(began), every * 10, plays // 10,
    )  # fmt: skip


def test_the_end_is_what_sql_counts(tmp_path: Path, db: SamDb, capsys) -> None:
    history(db, 20_000, days=20)
    assert backfill(tmp_path, db, "--label=job=radio") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("studio: 20,000 plays and 2,000 requests (")
    found = samples(tmp_path)
    assert f"  {tmp_path / 'out.om'}: {sum(map(len, found.values())):,} samples up to " in said[1]
    last = {key: series[-1][1] for key, series in found.items()}
    for kind, plays in db.run("SELECT songtype, COUNT(*) FROM historylist GROUP BY songtype"):
        assert last["sam_plays_total", kind] == plays
    counts = dict(db.run("SELECT code, COUNT(*) FROM requestlist GROUP BY code"))
    assert last["sam_requests_total", "accepted"] == counts[200]
    assert last["sam_requests_total", "song_recently_played"] == counts[601]
    assert last["sam_requests_total", "web_script"] == counts[805]
    assert last["sam_track_listeners", ""] == db.run("SELECT listeners FROM historylist ORDER BY ID DESC LIMIT 1")[0][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exporter.yaml", "out.om"], "nothing is left behind"
    text = (tmp_path / "out.om").read_text()
    assert 'job="radio"' in text
    assert "192.0.2.99" not in text


def test_from_and_until_are_in_the_stations_zone(tmp_path: Path, db: SamDb) -> None:
    """Midnight in Kolkata is 18:30 of the day before in Greenwich."""
    for minute in range(60):
        db.play(f"2026-01-01 18:{minute:02}:00", songtype="S", duration=60_000)
    zone = "station: {timezone: Asia/Kolkata}\n"
    assert backfill(tmp_path, db, "--from=2026-01-01T23:45", "--until=2026-01-02", more=zone) == 0
    plays = samples(tmp_path)["sam_plays_total", "S"]
    at = int(datetime(2026, 1, 1, 18, 15, tzinfo=UTC).timestamp())
    assert plays == [(at, 16), (at + 900, 31)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--server=other"], "command line: --server: is no name under `sam:` in the configuration: studio"),
        (["--until=yesterday"], "command line: --until: is no time: write one such as 2026-11-21T02:00"),
        (["--from=2026-01-02", "--until=2026-01-01"], "command line: --from: is not before the end"),
        (["--label=songtype=S"], "command line: --label: is no label to add: write NAME=VALUE, such as job=radio-exporter (server, songtype and outcome are set)"),
        (["--label=9"], "command line: --label: is no label to add"),
        (["--openmetrics=/nowhere/out.om"], "/nowhere/out.om: cannot be written (No such file or directory)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, db: SamDb, capsys, arguments: list[str], said: str) -> None:
    assert backfill(tmp_path, db, *arguments) == 1
    assert capsys.readouterr().err.startswith(f"radio-exporter: {said}")
    assert not (tmp_path / "out.om").exists()


def test_a_database_that_refuses_is_said_and_nothing_is_written(tmp_path: Path, db: SamDb, capsys) -> None:
    db.run(f"ALTER USER {db.user} IDENTIFIED BY 'another'")
    assert backfill(tmp_path, db) == 1
    assert capsys.readouterr().err.startswith("radio-exporter: studio: ")
    assert [path.name for path in tmp_path.iterdir()] == ["exporter.yaml"]


def test_a_history_that_may_not_be_read_is_no_empty_one(tmp_path: Path, db: SamDb, capsys) -> None:
    db.run(f"REVOKE SELECT ON {db.name}.historylist FROM {db.user}")
    assert backfill(tmp_path, db) == 1
    assert "history cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out.om").exists()


def test_without_requests_there_are_plays(tmp_path: Path, db: SamDb) -> None:
    db.play("2026-01-01 12:00:00")
    db.run("DROP TABLE requestlist")
    assert backfill(tmp_path, db) == 0
    found = samples(tmp_path)
    assert found["sam_plays_total", "S"][-1][1] == 1
    assert not [key for key in found if key[0] == "sam_requests_total"]


def test_an_empty_database_is_an_empty_file(tmp_path: Path, db: SamDb, capsys) -> None:
    assert backfill(tmp_path, db) == 0
    assert samples(tmp_path) == {}
    assert capsys.readouterr().out.startswith("studio: 0 plays and 0 requests")


@pytest.mark.integration
def test_interrupted_it_leaves_nothing(tmp_path: Path, db: SamDb) -> None:
    history(db, 20_000)
    argv = [
        sys.executable,
        "-m",
        "exporter",
        *COMMAND,
        configuration(tmp_path, db),
        f"--openmetrics={tmp_path / 'out.om'}",
    ]
    with closing(db.connect(db.name)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES requestlist WRITE")  # it cannot come to its end
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while not db.run(
                "SELECT 1 FROM information_schema.processlist WHERE user = %s AND state LIKE 'Waiting%%'", db.user
            ):
                assert process.poll() is None
                time.sleep(0.05)
            assert any(path.name.startswith(".out.om.") for path in tmp_path.iterdir())
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=20)
    assert (process.returncode, said, errors) == (130, "interrupted: nothing was written\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["exporter.yaml"]


async def ask(web: aiohttp.ClientSession, port: int, query: str, at: int) -> dict[str, float]:
    """Values by songtype or outcome at a moment."""
    reply = await web.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query, "time": str(at)})
    found = json.loads(await reply.text())["data"]["result"]
    return {one["metric"].get("songtype") or one["metric"].get("outcome", ""): float(one["value"][1]) for one in found}


@pytest.mark.integration
async def test_a_real_prometheus_answers_for_last_year_as_sql_does(tmp_path: Path, db: SamDb, capfd) -> None:
    need("prometheus", "promtool")
    history(db, 50_000)
    assert by_itself(tmp_path, db) == 0
    data = tmp_path / "data"
    make_blocks(capfd.readouterr().out, data)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"global": {"scrape_interval": "1h"}}))
    port = free_port()
    program = Program(
        "Prometheus",
        [
            find_program("prometheus"), f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=3y",
        ],
        tmp_path / "prometheus.log",
        folder=tmp_path,
    )  # fmt: skip
    end = (int(time.time()) - 300 * DAY) // 900 * 900
    serving = running(program, ready=lambda: answers(f"http://127.0.0.1:{port}/-/ready"), within=60)
    async with serving, aiohttp.ClientSession() as web:
        plays = await ask(web, port, "increase(sam_plays_total[30d])", end)
        aired = await ask(web, port, "increase(sam_play_duration_seconds_total[30d])", end)
        requests = await ask(web, port, "increase(sam_requests_total[30d])", end)
        listeners = await ask(web, port, "sam_track_listeners", end)
    first, last = (f"FROM_UNIXTIME({moment})" for moment in (end - 30 * DAY, end))
    db.run("SET time_zone = '+00:00'")
    within = f"date_played > {first} AND date_played <= {last}"
    sql = dict(db.run(f"SELECT songtype, COUNT(*) FROM historylist WHERE {within} GROUP BY songtype"))
    assert sum(sql.values()) > 4000
    assert plays == pytest.approx(sql, rel=1e-4)
    seconds = {
        kind: float(value)
        for kind, value in db.run(
            f"SELECT songtype, SUM(duration) / 1000 FROM historylist WHERE {within} GROUP BY songtype"
        )
    }
    assert aired == pytest.approx(seconds, rel=1e-2)
    codes = dict(
        db.run(f"SELECT code, COUNT(*) FROM requestlist WHERE t_stamp > {first} AND t_stamp <= {last} GROUP BY code")
    )
    assert requests["song_recently_played"] == pytest.approx(codes[601], rel=1e-4)
    assert requests["accepted"] == pytest.approx(codes[200], rel=1e-4)
    newest = db.run(f"SELECT listeners FROM historylist WHERE date_played <= {last} ORDER BY ID DESC LIMIT 1")
    assert listeners == {"": newest[0][0]}


def make_blocks(said: str, data: Path) -> None:
    """As the command says that it is done."""
    command = said.splitlines()[-1].partition("next: ")[2]
    assert command.startswith("promtool tsdb create-blocks-from openmetrics ")
    subprocess.run(command.replace("DIRECTORY", str(data)).split(), check=True, capture_output=True)


def by_itself(folder: Path, db: SamDb) -> int:
    """As a command of its own: it has an event loop of its own."""
    argv = [sys.executable, "-m", "exporter", *COMMAND, configuration(folder, db), f"--openmetrics={folder / 'out.om'}"]
    return subprocess.run(argv, check=False).returncode
