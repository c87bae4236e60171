"""`radio-exporter events clear`: beside a running exporter, and without one."""

import asyncio
import time
from pathlib import Path

import pytest

from exporter.cli import main
from exporter.store import event_find, events
from exporter.store.database import Database, database_url
from exporter.store.event_find import Wanted
from exporter.web import keys
from tests.events.happenings import event
from tests.running import config, exporter
from tests.store.stores import KINDS, given, store

DAY = 86_400_000


def written(folder: Path, url: str | None = None) -> str:
    file = folder / "exporter.yaml"
    more = f"store: {{url: '{url}'}}\n" if url else ""
    file.write_text(f"icecast: [{{name: main, url: 'http://127.0.0.1:9'}}]\nstate_dir: {folder}\n{more}")
    return f"--config.file={file}"


def days(database: Database) -> list[int]:
    """How many days old each event of the log is."""
    now = time.time_ns() // 1_000_000
    kept = database.read_now(lambda c: event_find.find(c, Wanted(0, now + 1000, categories=("audio",)), 10_000))
    return sorted({(now - one.event.at) // DAY for one in kept})


def aged() -> list[tuple]:
    now = time.time_ns() // 1_000_000
    return [
        (event(now - age * DAY - number, message=f"{age}"), False)
        for age in (0, 5, 29, 31, 80)
        for number in range(300)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_older_goes_and_is_counted(kind: str, tmp_path: Path, request, capsys) -> None:
    url = given(kind, request)
    with store(database_url(url, tmp_path)) as database:
        database.write_now(lambda c: events.add(c, aged()))
        for said, left in (("600", [0, 5, 29]), ("0", [0, 5, 29])):
            assert main(["events", "clear", "--older-than=30d", written(tmp_path, url)]) == 0
            assert capsys.readouterr().out == f"removed: {said} events\n"
            assert days(database) == left


async def test_beside_a_running_exporter(tmp_path: Path, capsys) -> None:
    async with exporter(
        config(icecast=[{"name": "main", "url": "http://127.0.0.1:9"}], state_dir=str(tmp_path))
    ) as client:
        log = client.app[keys.EVENTS]
        await client.app[keys.AUDIENCE].loaded()
        await client.app[keys.DATABASE].write(lambda c: events.add(c, aged()))
        command = ["events", "clear", "--older-than=4d12h", written(tmp_path)]
        clearing = asyncio.create_task(asyncio.to_thread(main, command))
        pushed = 0
        while not clearing.done():
            pushed += await log.take([event(time.time_ns() // 1_000_000, message=f"meanwhile {pushed}")], [False])
            await asyncio.sleep(0.01)
        assert await clearing == 0
        assert capsys.readouterr().out == "removed: 1,200 events\n"
        assert pushed > 3, "the exporter went on"
        assert days(client.app[keys.DATABASE]) == [0]


@pytest.mark.parametrize("older", ["30", "x", "-1d", ""])
def test_what_is_no_duration(older: str, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as error:
        main(["events", "clear", f"--older-than={older}", written(tmp_path)])
    assert error.value.code == 2
    assert "is not a duration: write a number with a unit" in capsys.readouterr().err


def test_where_there_is_nothing(tmp_path: Path, capsys) -> None:
    assert main(["events", "clear", "--older-than=1d", written(tmp_path)]) == 1
    assert "holds nothing of an exporter" in capsys.readouterr().err
