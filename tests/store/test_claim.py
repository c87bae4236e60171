"""One exporter a database: who holds it, and how long."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.errors import ConfigError, StoreFailed
from exporter.store.claim import TAKEN, Claim
from exporter.store.database import database_url
from tests.mariadb import MariaDB
from tests.store.stores import KINDS, url_of

HOLD = """
import sys
from exporter.store.claim import Claim
from sqlalchemy import make_url
claim = Claim(make_url(sys.argv[1]))
print(claim.try_take(), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", KINDS)
def test_only_one_has_it_until_it_lets_go(kind: str, tmp_path: Path, request) -> None:
    url = url_of(kind, tmp_path, request)
    first, second = Claim(url), Claim(url)
    assert first.try_take()
    assert first.try_take()
    assert not second.try_take()
    first.release()
    assert second.try_take()
    assert not first.try_take()
    second.release()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_second_exporter_says_so_and_one_that_follows_waits(kind: str, tmp_path: Path, request) -> None:
    url = url_of(kind, tmp_path, request)
    first, second = Claim(url), Claim(url)
    await first.take()
    with pytest.raises(ConfigError, match=r"^store: another exporter is running on the same database: stop it"):
        await second.take(within=0.3)
    asyncio.get_running_loop().call_later(0.5, first.release)
    await second.take(within=5)
    assert not first.try_take()
    second.release()


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_killed_lets_go(kind: str, tmp_path: Path, request) -> None:
    url = url_of(kind, tmp_path, request)
    argv = [sys.executable, "-c", HOLD, url.render_as_string(hide_password=False)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"True\n"
        ours = Claim(url)
        assert not ours.try_take()
        other.kill()
        other.wait()
        for _ in range(50):
            if ours.try_take():
                break
            subprocess.run(["sleep", "0.1"], check=True)
        assert ours.try_take()
        ours.release()


@pytest.mark.integration
def test_two_databases_of_one_server_are_two(mariadb: MariaDB, tmp_path: Path) -> None:
    one, other = (Claim(database_url(mariadb.new(), tmp_path)) for _ in range(2))
    assert one.try_take()
    assert other.try_take()
    one.release()
    other.release()


@pytest.mark.integration
async def test_a_connection_that_was_cut_is_claimed_again(mariadb: MariaDB, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("exporter.store.claim.LOOK_EVERY", 0.05)
    url = database_url(mariadb.new(), tmp_path)
    ours, other = Claim(url), Claim(url)
    await ours.take()
    cut(mariadb, url.database)
    for _ in range(100):  # the server says that it has cut before it has
        if other.try_take():
            break
        await asyncio.sleep(0.1)
    assert other.try_take()  # nobody has it now
    lost: list[str] = []
    keeping = asyncio.create_task(ours.keep(lost.append))
    async with asyncio.timeout(30):
        while not lost:
            await asyncio.sleep(0.05)
    assert set(lost) == {TAKEN}
    other.release()
    for _ in range(50):
        await asyncio.sleep(0.1)
        if not other.try_take():
            break
    assert not other.try_take()
    keeping.cancel()
    ours.release()


def cut(server: MariaDB, name: str | None) -> None:
    for (number,) in server.run(f"SELECT id FROM information_schema.processlist WHERE db = '{name}'"):
        server.run(f"KILL {number}")


async def test_a_database_that_cannot_be_reached_keeps_nobody_from_starting(tmp_path: Path) -> None:
    claim = Claim(database_url("mysql+pymysql://root@127.0.0.1:9/radio", tmp_path))
    await claim.take(within=0.1)
    with pytest.raises(StoreFailed, match=r"^the database server cannot be reached$"):
        claim.try_take()


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="cannot be opened"):
        Claim(database_url(None, tmp_path / "file")).try_take()
