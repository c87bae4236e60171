"""A Shoutcast's listeners as an exporter shows them: sessions, where they are, and what goes wrong on the way."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from exporter.config.schema import Config
from tests import mmdb
from tests.running import Scrape, config, exporter, scrape
from tests.shoutcast.dnas import PASSWORD, Dnas, dnas, listener

ADMITTED = {"password": PASSWORD, "version": 2}


def watching(server: Dnas, keys: dict[str, Any], **sections: Any) -> Config:
    entry = {"name": "relay", "url": server.url, "interval": "500ms", "timeout": "400ms"}
    return config(shoutcast=[{**entry, "listeners": {"interval": "200ms"}, **keys}], **sections)


def of(name: str, channel: str = "1", **labels: str) -> Callable[[Scrape], float]:
    return lambda page: page.get(f"radio_{name}", server="relay", channel=channel, **labels) or 0


async def until(client: Any, holds: Callable[[Scrape], bool]) -> Scrape:
    async with asyncio.timeout(30):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.05)
    return page


async def test_sessions_of_two_streams() -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 100), listener(2, 5)], 2: [listener(1, 30)], 3: []}
        async with exporter(watching(server, ADMITTED)) as client:
            page = await until(client, lambda p: of("sessions_active")(p) + of("sessions_active", "2")(p) == 3)
            assert of("listening_seconds_total")(page) == 105
            assert page.get("radio_protocol_sessions_active", protocol="shoutcast") == 3
            assert page.get("radio_player_sessions_active", player="VLC") == 3

            server.streams[1] = [listener(1, 115)]
            page = await until(client, lambda p: of("sessions_active")(p) == 1)
            assert of("sessions_closed_total", reason="gone")(page) == 1
            assert (of("sessions_started_total")(page), of("listening_seconds_total")(page)) == (2, 120)

            server.streams[1] = [listener(1, 2, "192.0.2.9")]
            page = await until(client, lambda p: of("sessions_started_total")(p) == 3)
            assert of("sessions_closed_total", reason="gone")(page) == 2
            assert not any("sid=3" in query for query in server.asked)  # nobody listens: no request


@pytest.mark.parametrize("vanished", ["from the statistics", "in between"])
async def test_a_stream_that_vanishes_takes_its_listeners_along(vanished: str) -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10)], 2: [listener(1, 10)]}
        async with exporter(watching(server, ADMITTED)) as client:
            await until(client, lambda p: of("sessions_active", "2")(p) == 1)
            if vanished == "in between":
                server.gone.add(2)
            else:
                del server.streams[2]
            page = await until(client, lambda p: of("sessions_active", "2")(p) == 0)
            assert of("sessions_closed_total", "2", reason="gone")(page) == 1
            assert of("sessions_active")(page) == 1


@pytest.mark.parametrize(
    "keys", [{"version": 2}, {**ADMITTED, "listeners": {"enabled": False}}, {**ADMITTED, "password": ""}]
)
async def test_without_a_password_or_switched_off_nothing_is_asked(keys: dict[str, Any]) -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10)]}
        async with exporter(watching(server, keys)) as client:
            await until(client, lambda p: p.get("shoutcast_stream_listeners", server="relay", stream="1") == 1)
            await asyncio.sleep(0.5)
            assert "radio_sessions_active" not in (await scrape(client)).names()
        assert not server.asked


async def test_the_version_is_found_first() -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10)]}
        async with exporter(watching(server, {"password": PASSWORD, "interval": "0s"})) as client:
            await until(client, lambda p: of("sessions_active")(p) == 1)


async def test_a_wrong_password_is_said_once_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10, "198.51.100.77")]}
        with caplog.at_level(logging.DEBUG):
            async with exporter(watching(server, {**ADMITTED, "password": "wrong-one"})) as client:
                await until(client, lambda _: server.asked.total() > 3)
                assert (await scrape(client)).get("shoutcast_up", server="relay") == 1
    (said,) = [line for line in caplog.messages if line.startswith("shoutcast/relay")]
    refused = "the server refused the credentials (HTTP 401): check username and password"
    assert said == f"shoutcast/relay: the lists of listeners cannot be read: {refused}"
    assert "wrong-one" not in caplog.text


@pytest.mark.parametrize(
    "instead", [web.Response(status=500), web.Response(text="<html>"), web.Response(text="[1]"), web.Response()]
)
async def test_a_list_that_cannot_be_read_ends_no_session(instead: web.Response) -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10), listener(2, 10)], 2: [listener(1, 10)]}
        async with exporter(watching(server, ADMITTED)) as client:
            await until(client, lambda p: of("sessions_active")(p) + of("sessions_active", "2")(p) == 3)
            server.lists[2] = instead
            server.streams[1].pop()
            asked = server.asked.total()
            await until(client, lambda _: server.asked.total() > asked + 6)
            assert of("sessions_active")(await scrape(client)) == 2
            server.lists.clear()
            page = await until(client, lambda p: of("sessions_active")(p) == 1)
            assert of("sessions_started_total", "2")(page) == 1


async def test_streams_and_numbers_beyond_reason() -> None:
    async with dnas() as server:
        server.streams = {2**40: [listener(1, 10)], 2**31 - 1: [listener(2**64 - 1, 10), listener("nobody", 1)]}
        async with exporter(watching(server, ADMITTED)) as client:
            await until(client, lambda p: of("sessions_active", str(2**31 - 1))(p) == 1)
            assert of("sessions_active", str(2**40))(await scrape(client)) == 0


SEEN = {
    # Where the connection comes from, what its X-Forwarded-For says, and whose country it is.
    "no proxy": ("203.0.113.1", "", "JP"),
    "a stranger may claim anything": ("203.0.113.1", "198.51.100.1", "JP"),
    "a proxy of ours": ("10.0.0.1", "198.51.100.1", "DE"),
    "two proxies of ours": ("10.0.0.1", "203.0.113.1, 198.51.100.1:4711, 10.0.0.2", "DE"),
    "our own proxies alone": ("10.0.0.1", "10.0.0.3,10.0.0.2", "private"),
    "a proxy of ours that says nothing": ("10.0.0.1", "", "private"),
    "a proxy of ours that says no address": ("10.0.0.1", "198.51.100.1, unknown", "unknown"),
    "a name": ("host.example.org", "198.51.100.1", "unknown"),
}


@pytest.mark.parametrize(("host", "forwarded", "country"), SEEN.values(), ids=SEEN)
async def test_whose_country_it_is(tmp_path: Path, host: str, forwarded: str, country: str) -> None:
    places = {"198.51.100.0/24": mmdb.country("DE"), "203.0.113.0/24": mmdb.country("JP")}
    database = mmdb.write(tmp_path / "places.mmdb", places, "GeoLite2-Country")
    sections = {"geoip": {"database": str(database)}, "web": {"trusted_proxies": ["10.0.0.0/8"]}}
    async with dnas() as server:
        server.streams = {1: [listener(1, 10, host, xff=forwarded)]}
        async with exporter(watching(server, ADMITTED, **sections)) as client:
            page = await until(client, lambda p: of("sessions_active")(p) == 1)
            assert page.labels("radio_country_sessions_active") == [{"country": country}]


async def test_behind_a_proxy_everybody_is_somebody() -> None:
    rows = [listener(number, 10, "10.0.0.1", xff=f"198.51.100.{number // 2}") for number in range(40)]
    async with dnas() as server:
        server.streams = {1: rows}
        async with exporter(watching(server, ADMITTED, web={"trusted_proxies": ["10.0.0.1"]})) as client:
            page = await until(client, lambda p: of("sessions_active")(p) == 40)
            assert of("listeners_new_total")(page) == 20


async def test_a_relay_is_no_person_and_no_agent_is_unknown() -> None:
    async with dnas() as server:
        server.streams = {1: [listener(1, 10, useragent="Icecast 2.4.4"), listener(2, 10, useragent="EMPTY")]}
        async with exporter(watching(server, ADMITTED)) as client:
            page = await until(client, lambda p: of("sessions_active")(p) == 1)
            assert page.get("radio_player_sessions_active", player="unknown") == 1
