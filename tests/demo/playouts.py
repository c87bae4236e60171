"""A playout on a real MariaDB, with a stand-in for Icecast."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pymysql
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from demo import music
from demo.library import library
from demo.mariadb import Address
from demo.music import MOUNTS
from demo.past import Past
from demo.playout import OnIcecast, Playout
from demo.readiness import until
from demo.sam_tables import DATABASE
from demo.studio import Studio

ITEMS = library()
SONGS = {item.song_id: item for item in ITEMS}
ZONE = ZoneInfo("Europe/Berlin")
PASSWORD = "for the exporter"
STATUS = '{"icestats":{"source":[{"listener_peak":9,"listeners":7,"listenurl":"http://localhost:8000/live.mp3","title": - },{"listeners":5,"listenurl":"http://localhost:8000/live.ogg"},{"listeners":90,"listenurl":"http://localhost:8000/jazz.mp3"}]}}'


class Icecast:
    """What is announced: when, to which mount, and what."""

    def __init__(self) -> None:
        self.titles: list[tuple[float, str, str]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/admin/metadata", self._metadata)
        app.router.add_get("/status-json.xsl", self._status)
        return app

    def of(self, mount: str) -> list[str]:
        return [title for _, path, title in self.titles if path == mount]

    async def _metadata(self, request: web.Request) -> web.Response:
        self.titles.append((time.time(), request.query["mount"], request.query["song"]))
        return web.Response(text="ok")

    async def _status(self, request: web.Request) -> web.Response:
        return web.Response(text=STATUS)


class House:
    """A playout that plays, its Icecast, and its database."""

    def __init__(self, playout: Playout, icecast: Icecast, database: "Tables", told: list[str]) -> None:
        self.playout, self.icecast, self.database, self.told = playout, icecast, database, told


class Tables:
    """What stands in the database."""

    def __init__(self, port: int) -> None:
        self.port = port

    def rows(self, query: str, user: str = "root", password: str = "") -> list[tuple]:
        options = {"host": "127.0.0.1", "port": self.port, "charset": "utf8mb4", "autocommit": True}
        with pymysql.connect(user=user, password=password, **options) as connection, connection.cursor() as cursor:
            cursor.execute(f"USE {DATABASE}")
            cursor.execute(query)
            return list(cursor.fetchall())


def address(port: int, exporter_password: str = PASSWORD) -> Address:
    return Address("127.0.0.1", port, "", exporter_password)


@asynccontextmanager
async def opened(database: Tables, past: Past) -> AsyncIterator[Studio]:
    """The tables with a past."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(music, "invent", lambda *_: past)
        async with music.studio(address(database.port), 240) as studio:
            yield studio


@asynccontextmanager
async def house(database: Tables, speed: float = 1000, past: Past | None = None) -> AsyncIterator[House]:
    icecast, told = Icecast(), []
    async with opened(database, past or Past()) as studio, TestServer(icecast.app()) as server:
        url = str(server.make_url("")).rstrip("/")
        playout = Playout(
            studio, OnIcecast(url, MOUNTS, "secret"), ITEMS, speed=speed, dice=random.Random(4), tell=told.append
        )
        yield House(playout, icecast, database, told)


@asynccontextmanager
async def playing(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.playout.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def soon(holds) -> None:
    async def ask() -> bool:
        return bool(holds())

    async with asyncio.timeout(20):
        await until(ask)
