"""No address of a listener and no agent is anywhere: not in the store, the log, the figures, or what is answered.

Listeners come in through every door there is, in order and in error, and the exporter is killed while they do.
"""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest

import demo.icecast
from demo.ports import free_port
from tests.integration.truth import doors, seen, station
from tests.integration.truth.doors import AGENT, LISTENING, PUSHED, SEARCH, Visitor
from tests.integration.truth.exporter_process import TOKEN, Exporter, exporting, stored
from tests.services import need

pytestmark = pytest.mark.integration


def sections(server: demo.icecast.Icecast) -> dict[str, Any]:
    watched = {"name": "main", "url": server.url, "password_file": str(server.admin_password_file), "interval": "1s"}
    mapping = {"name": "wowza", "events": {"started": ["connect"]}, "time_unit": "s"}
    return {
        "icecast": [{**watched, "listeners": {"interval": "1s"}}],
        "web": {"trusted_proxies": ["127.0.0.0/8"]},
        "ingest": {"token": TOKEN, "password": station.PASSWORD, "mappings": [mapping], "max_body": "64KiB"},
        "listens": {"sources": {"live": "http://radio.example/live.mp3"}, "allow_origins": ["https://radio.example"]},
    }


def searched(exporter: Exporter) -> dict[str, set[str]]:
    """What is found in its files and in its log."""
    files = {path.name: path.read_bytes() for path in [*stored(exporter), exporter.log]}
    assert len(files["exporter.log"]) > 300
    assert sum(len(content) for name, content in files.items() if name.startswith("radio.db")) > 10_000
    return {name: SEARCH.found(content) for name, content in files.items()}


NOTHING: set[str] = set()


async def test_no_address_and_no_agent_is_anywhere(tmp_path: Path) -> None:
    need("icecast2", "ffmpeg")
    port, plain = free_port(), demo.icecast.configuration
    async with AsyncExitStack() as stack:
        with patch.object(demo.icecast, "configuration", lambda given: station.with_authentication(plain(given), port)):
            server = await station.on_air(stack, tmp_path)
        exporter = await stack.enter_async_context(exporting(tmp_path / "exporter", port, **sections(server)))
        await exporter.ready()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        visitor = Visitor(exporter, session)
        enough = asyncio.Event()
        listening = [asyncio.create_task(listen(server, address, enough)) for address in LISTENING]
        await doors.told_by_every_door(visitor)
        await doors.told_badly(visitor)
        await doors.asked_badly(visitor)
        await doors.told_while_the_store_is_locked(visitor, exporter)
        visitor.heard["knock"] = await doors.knock(exporter)
        async with asyncio.timeout(60):
            while await sessions_started(exporter) < len(PUSHED) + len(LISTENING):
                await asyncio.sleep(0.5)
        await doors.asked_well(visitor, exporter)
        enough.set()
        await asyncio.gather(*listening)
        await doors.told_by_every_door(visitor)  # so that the journal holds something
        await exporter.kill()

        assert (exporter.state / "radio.db-wal").stat().st_size > 10_000
        assert searched(exporter) == dict.fromkeys(searched(exporter), NOTHING)
        await exporter.start()
        await exporter.ready()
        await doors.asked_well(visitor, exporter)
        await exporter.stop()
    assert searched(exporter) == dict.fromkeys(searched(exporter), NOTHING)
    assert {name: found for name, said in visitor.heard.items() if (found := SEARCH.found(said))} == {}
    # The search finds what is there: Icecast itself writes down who listened.
    assert set(LISTENING) <= SEARCH.found((tmp_path / "icecast" / "access.log").read_bytes())


async def sessions_started(exporter: Exporter) -> float:
    """So far."""
    return seen.total(await exporter.scrape(), "radio_sessions_started_total")


async def listen(server: demo.icecast.Icecast, address: str, enough: asyncio.Event) -> None:
    """Listen until it is enough."""
    reader, writer = await asyncio.open_connection(server.host, server.port, local_addr=(address, 0))
    writer.write(f"GET /live.mp3 HTTP/1.0\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    heard = asyncio.ensure_future(enough.wait())
    while not heard.done() and await reader.read(65536):
        pass
    heard.cancel()
    writer.close()


def test_the_search_finds_addresses_in_every_form() -> None:
    """Else the test above could not fail."""
    four, six = ip_address(PUSHED[4]), ip_address(PUSHED[35])
    for planted in (str(four), four.packed.hex(), str(int(four)), six.exploded.upper(), six.packed.hex()):
        assert SEARCH.found(b"x" + planted.encode() + b"y"), planted
    for packed in (six.packed, six.packed[:8], four.packed + ip_address(PUSHED[5]).packed):
        assert SEARCH.found(b"x" + packed + b"y"), packed
    assert not SEARCH.found(b"127.0.0.1 192.0.2.1 " + four.packed)
