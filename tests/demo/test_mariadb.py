"""The demo's own MariaDB: it starts, it is closed to others, it goes away and comes back, it ends."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from demo.credentials import make_passwords
from demo.errors import DemoError, ProgramEndedError
from demo.mariadb import MariaDB, mariadb
from demo.readiness import accepts
from tests.services import need

pytestmark = pytest.mark.integration


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that every account may pass through, which pytest's own is not."""
    need("mariadbd|mysqld", "mariadb-install-db|mysql_install_db")
    path = Path(tempfile.mkdtemp(prefix="demo-mariadb-", dir="/tmp"))
    make_passwords(path)
    yield path
    shutil.rmtree(path)


def ask(server: MariaDB, statement: str, password: str | None = None) -> list[tuple]:
    address = server.address
    password = address.password if password is None else password
    with (
        pymysql.connect(
            host=address.host, port=address.port, user="root", password=password, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return list(cursor.fetchall())


async def test_it_keeps_what_it_has_and_lets_in_nobody_without_the_password(folder):
    async with mariadb(folder / "mariadb", folder) as (server, task):
        ask(server, "CREATE DATABASE kept")
        for password in ("", "guessed"):
            with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
                ask(server, "SELECT 1", password)
        assert not task.done()
    assert not await accepts(server.address.host, server.address.port)
    async with mariadb(folder / "mariadb", folder) as (server, _):
        assert ("kept",) in ask(server, "SHOW DATABASES")


async def test_it_can_be_held_down_and_comes_back(folder):
    async with mariadb(folder / "mariadb", folder) as (server, task):
        held = asyncio.create_task(server.hold_down(3))
        async with asyncio.timeout(60):
            while await accepts(server.address.host, server.address.port):
                await asyncio.sleep(0.05)
            await held
            while not await accepts(server.address.host, server.address.port):
                await asyncio.sleep(0.05)
        assert ask(server, "SELECT 1") == [(1,)]
        assert not task.done()


async def test_an_end_by_itself_is_told(folder):
    async with mariadb(folder / "mariadb", folder) as (server, task):
        ask(server, "SHUTDOWN")
        with pytest.raises(ProgramEndedError, match="MariaDB ended by itself"):
            await asyncio.wait_for(task, 60)


async def test_what_is_missing_is_named(folder, monkeypatch):
    def nothing(*names: str) -> str:
        raise DemoError(f"{names[0]} is not installed")

    monkeypatch.setattr("demo.mariadb.find_program", nothing)
    with pytest.raises(DemoError, match="mariadbd is not installed"):
        async with mariadb(folder / "mariadb", folder):
            pytest.fail("the block must not be entered")
