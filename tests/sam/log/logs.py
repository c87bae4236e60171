"""A log of plays to look into, at the clock of Berlin."""

from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs
from sqlalchemy import text

from exporter.sam.log.plays import PlayLog
from exporter.sam.log.timeline import Listeners
from exporter.store.database import Database
from tests.sam.rows import CONFIG

BERLIN = ZoneInfo("Europe/Berlin")


async def opened(database: Database, listeners: Listeners = lambda at: None, **config: Any) -> PlayLog:
    log = PlayLog(database, structs.replace(CONFIG, **config), BERLIN, listeners)
    await log.open()
    return log


async def rows_of(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda connection: [tuple(row) for row in connection.execute(text(sql))])
