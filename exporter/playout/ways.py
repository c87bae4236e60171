"""The ways by which an engine is asked: its own page, a folder of textfiles, DesiZone Broadcaster's database."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import aiohttp
from msgspec import Struct

from exporter.clock import milliseconds
from exporter.config.schema_playout import PlayoutEngine
from exporter.errors import PollTimeout
from exporter.event import Event
from exporter.playout import textfile
from exporter.playout.desizone.database import DesiZone
from exporter.playout.page import Mapped
from exporter.playout.reading import Report
from exporter.polling import fetch
from exporter.polling.look import Look

LARGEST_PAGE = 2**20
"""Bytes of an engine's own page: some thousand families."""


class Heard(Struct, frozen=True):
    """What one look gave.

    Attributes:
        reports: oldest first.
        events: of the engine's own log, oldest first.
        mended: files and rows that were passed over.
        log_trouble: why the engine's own log could not be read; None = it could be, or there is none.
        reported: to be called when the reports were taken.
        handed_on: to be called when the events are kept, in a thread, for it may write a file.
    """

    reports: Sequence[Report]
    events: Sequence[Event] = ()
    mended: int = 0
    log_trouble: str | None = None
    reported: Callable[[], None] = lambda: None
    handed_on: Callable[[], None] = lambda: None


class Way(Protocol):
    """How an engine is asked."""

    async def ask(self, within: float) -> Heard:
        """What it says; PollError if it says nothing within so many seconds."""
        ...


class Page:
    """An engine's own Prometheus page."""

    def __init__(self, url: str, mapped: Mapped, session: aiohttp.ClientSession) -> None:
        self._url, self._mapped, self._session = url, mapped, session

    async def ask(self, within: float) -> Heard:
        """Fetch it and read it. It is read in a thread: the library takes a second for a thousand families."""
        try:
            async with asyncio.timeout(within):
                pieces = [piece async for piece in fetch.pieces(self._session, self._url, None, LARGEST_PAGE)]
                return Heard([await asyncio.to_thread(self._mapped.report, b"".join(pieces), milliseconds())])
        except TimeoutError as error:
            raise PollTimeout(f"no whole answer within {within:g} s") from error


class Textfiles:
    """A folder of `*.prom` files."""

    def __init__(self, folder: str, mapped: Mapped, name: str) -> None:
        self._look = Look(f"playout {name}", lambda: textfile.read(Path(folder), mapped, milliseconds()))

    async def ask(self, within: float) -> Heard:
        """Read all of them."""
        try:
            reports, unreadable = await self._look.once(within)
        except TimeoutError as error:
            raise PollTimeout(f"the folder does not answer within {within:g} s") from error
        return Heard(reports, mended=unreadable)


class Database:
    """DesiZone Broadcaster's database."""

    def __init__(self, desizone: DesiZone, name: str) -> None:
        self._desizone, self._look = desizone, Look(f"playout {name}", desizone.read)

    async def ask(self, within: float) -> Heard:
        """Read what is new in it."""
        try:
            found = await self._look.once(within)
        except TimeoutError as error:
            raise PollTimeout(f"the file does not answer within {within:g} s") from error
        return Heard(found.reports, found.events, found.broken, found.log_trouble, found.reported, found.remember)


def way(config: PlayoutEngine, session: aiohttp.ClientSession, state: Path) -> Way | None:
    """How this engine is asked; None if it tells by itself."""
    mapped = Mapped(config.mapping, config.families)
    if config.url is not None:
        return Page(config.url, mapped, session)
    if config.textfile_dir is not None:
        return Textfiles(config.textfile_dir, mapped, config.engine)
    if config.sqlite is not None:
        return Database(DesiZone(Path(config.sqlite), config.engine, state if config.events else None), config.engine)
    return None
