"""A studio's connection, in the one thread it lives in, so that no database can hold up anything but itself."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from aiohttp.abc import ResolveResult

from exporter.config.schema_sam import SamDatabase
from exporter.errors import ConnectionFailed, PollTimeout
from exporter.polling.resolve import Resolver
from exporter.sam.database.faults import unreached
from exporter.sam.database.link import CONNECT, Link, idle_time, open_link

T = TypeVar("T")
Addresses = Sequence[ResolveResult]

CLOSE_WITHIN = 1.0
"""Seconds to take leave of the server."""


class Connection:
    """Opened on first use, and again on the next use after any error.

    A thread cannot be cancelled: when the deadline is over its socket is shut, which ends whatever it waits for.
    """

    def __init__(self, config: SamDatabase) -> None:
        self._config = config
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sam-{config.name}")
        self._resolver = Resolver()
        self._turn = asyncio.Lock()
        self._job: Future[Any] | None = None
        self._link: Link | None = None
        self._handle: socket.socket | None = None
        self._cut_off = False
        self._used = 0.0
        self._closed = False

    async def run(self, work: Callable[[Link], T]) -> T:
        """Do `work` in the thread, within the poll's deadline; raises PollError, and whatever is a bug of `work`."""
        try:
            async with asyncio.timeout(self._config.deadline) as limit, self._turn:
                return await self._do(work)
        except TimeoutError:
            if not limit.expired():
                raise
            raise PollTimeout(f"no whole answer from the database within {self._config.deadline:g} s") from None

    async def close(self) -> None:
        """End thread and connection, also one that hangs."""
        if self._closed:
            return
        self._closed = True
        if self._under_way:
            self._cut()
        last = self._thread.submit(self._drop)
        self._thread.shutdown(wait=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await asyncio.wrap_future(last)

    @property
    def _under_way(self) -> bool:
        return self._job is not None and not self._job.done()

    @property
    def _usable(self) -> bool:
        """Whether it is open, and the server has no reason yet to have dropped it."""
        return (
            self._link is not None and not self._cut_off and time.monotonic() - self._used < idle_time(self._config) / 2
        )

    async def _do(self, work: Callable[[Link], T]) -> T:
        if self._under_way:
            raise PollTimeout("the query before has not ended yet")
        addresses = () if self._usable else await self._addresses()
        if self._closed:
            raise ConnectionFailed("this connection was closed")
        self._cut_off = False
        job = self._job = self._thread.submit(self._work, work, addresses)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:  # the deadline is over, or whoever asked does not want to know any more
            self._cut()
            raise

    async def _addresses(self) -> Addresses:
        try:
            return await self._resolver.resolve(self._config.host, self._config.port, socket.AF_UNSPEC)
        except OSError:
            raise ConnectionFailed("the host name cannot be resolved: check `host` and the DNS") from None

    def _cut(self) -> None:
        """End what the thread waits for. The connection is of no use then, even if the answer had come just before."""
        self._cut_off = True
        if self._handle is not None:
            with suppress(OSError):  # it is not connected (any more)
                self._handle.shutdown(socket.SHUT_RDWR)

    def _work(self, work: Callable[[Link], T], addresses: Addresses) -> T:
        """In the thread."""
        try:
            return work(self._opened(addresses))
        except BaseException:
            self._drop()
            raise
        finally:
            self._used = time.monotonic()

    def _opened(self, addresses: Addresses) -> Link:
        if self._link is None or addresses:
            self._drop()
            self._link = open_link(self._config, self._reach(addresses))
        return self._link

    def _reach(self, addresses: Addresses) -> socket.socket:
        """A connected socket, to the first address that answers."""
        failure = OSError()
        for address in addresses:
            if self._cut_off:  # nobody waits for it any more
                break
            reached = socket.socket(address["family"], socket.SOCK_STREAM)
            self._handle = reached.dup()  # TLS takes the socket itself away
            try:
                reached.settimeout(CONNECT * self._config.deadline)
                reached.connect((address["host"], address["port"]))
            except OSError as error:
                failure = error
                reached.close()
                self._let_go()
            else:
                reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return reached
        raise unreached(failure)

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
        self._let_go()

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()
