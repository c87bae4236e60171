"""One stream against a server that behaves and misbehaves: what the reading says, and how often the server is bothered."""

import asyncio
import logging
from itertools import pairwise

import pytest

from exporter.audience.players import Players
from exporter.config.schema_probe import ListenProbe
from exporter.polling.resolve import Resolver
from exporter.probe import connection, decoder, hearing, probe
from exporter.probe.faults import REASONS
from exporter.probe.head import AGENT
from exporter.probe.hearing import Hearing
from exporter.probe.wanted import Stream
from tests.probe.station import OK, probing, station, until

BREATH = probe.BREATH


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(probe, "LONGEST_JITTER", 0.0)
    monkeypatch.setattr(probe, "BREATH", 0.01)
    monkeypatch.setattr(probe, "FIRST_PAUSE", 0.1)


async def test_it_listens_as_a_player_and_is_nobody():
    async with station() as server, probing(server.url, "/live stream.mp3") as listener:
        server.pieces, server.stays = [b"x" * 1000] * 3, True
        reading = await until(listener, lambda reading: reading.received == 3000)
        assert reading.up
        assert (reading.connections, reading.nominal, sum(reading.failures.values())) == (1, 16000.0, 0)
        assert 0 < reading.first_byte < 1
    (request,) = server.requests
    line, *headers = request.split("\r\n")
    assert line == "GET /live%20stream.mp3 HTTP/1.0"
    assert f"User-Agent: {AGENT}" in headers
    assert not any(header.lower().startswith("icy-metadata") for header in headers)
    assert Players().of(AGENT).person is False


async def test_time_to_the_first_byte_ends_with_sound_not_with_the_head():
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.stays = True
        await asyncio.sleep(0.5)
        assert not listener.reading().up
        server.more.set()
        reading = await until(listener, lambda reading: reading.up)
        assert reading.first_byte >= 0.4


async def test_the_start_of_ffmpeg_is_no_delay_of_the_server(monkeypatch):
    begin = Hearing.begin

    async def slowly(self):
        await asyncio.sleep(1.5)
        await begin(self)

    monkeypatch.setattr(Hearing, "begin", slowly)
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.pieces, server.stays = [b"sound"] * 2, True
        reading = await until(listener, lambda reading: reading.received == 10)
        assert reading.first_byte < 0.4


async def test_nothing_is_left_when_ffmpeg_cannot_begin(monkeypatch):
    async def broken(_):
        raise RuntimeError("a bug")

    hung_up, close = [], connection.Connection.close

    async def noted(self):
        await close(self)
        hung_up.append(self.head.nominal)

    monkeypatch.setattr(Hearing, "begin", broken)
    monkeypatch.setattr(connection.Connection, "close", noted)
    async with station() as server:
        server.pieces, server.stays = [b"sound"], True
        listener = probe.Probe(Stream("main", "/live.mp3", server.url, ("/live.mp3",), ListenProbe()), Resolver())
        with pytest.raises(RuntimeError, match="a bug"):
            await listener.run()
        assert hung_up == [16000.0]
        assert not listener.reading().up
        assert not listener.counted


async def test_a_fast_stream_is_not_held_up(monkeypatch):
    """20 Mbit/s: a FLAC of 24 bits at 96 kHz has 5, a video more."""
    monkeypatch.setattr(probe, "BREATH", BREATH)
    async with station() as server, probing(server.url, "/live.flac") as listener:
        server.pieces, server.stays = [b"x" * 20_000_000], True
        await until(listener, lambda reading: reading.up)
        before = listener.reading().received
        await asyncio.sleep(2)
        assert (listener.reading().received - before) * 8 / 2 >= 20e6


async def test_a_burst_is_not_too_much_for_a_busy_ffmpeg(monkeypatch, tmp_path):
    """A stand-in that takes nothing, as on a machine that has no time for it now."""
    monkeypatch.setenv("PATH", str(tmp_path))
    stand_in = tmp_path / "ffmpeg"
    stand_in.write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    stand_in.chmod(0o755)
    most = 3 * connection.PIECE + (1 << 18)  # a reader holds two and what the socket gave last; we hold one
    assert most <= decoder.MOST_WAITING
    async with station() as server, probing(server.url, "/live.flac", decode="always") as listener:
        server.pieces, server.stays = [b"x" * most], True
        reading = await until(listener, lambda reading: reading.received == most)
        assert reading.failures["decoder"] == 0


WRONG = {
    "no such mount": (b"HTTP/1.0 404 File Not Found\r\n\r\n", "http"),
    "a password": (b"HTTP/1.0 401 Authentication Required\r\n\r\n", "auth"),
    "elsewhere": (b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.2/\r\n\r\n", "http"),
    "full": (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", "http"),
    "a login page": (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "parse"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "http"),
    "a head without end": (b"HTTP/1.0 200 OK\r\n" + b"x" * 300_000, "http"),
    "nothing": (b"", "connection"),
    "a head and no sound": (OK, "ended"),
}


@pytest.mark.parametrize(("head", "reason"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_counted_by_its_reason(head, reason):
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.head = head
        reading = await until(listener, lambda reading: sum(reading.failures.values()))
        assert {name for name in REASONS if reading.failures[name]} == {reason}
        assert not reading.up
        assert reading.sound is None


async def test_no_answer_and_nobody_there(monkeypatch, unused_tcp_port):
    monkeypatch.setattr(connection, "PATIENCE", 0.3)
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.head = None
        await until(listener, lambda reading: reading.failures["timeout"])
    async with probing(f"http://127.0.0.1:{unused_tcp_port}", "/live.mp3") as listener:
        await until(listener, lambda reading: reading.failures["connection"])


async def test_it_is_counted_as_long_as_a_reading_of_the_server_may_count_it(monkeypatch):
    monkeypatch.setattr(probe, "FIRST_PAUSE", 100)
    async with station() as server, probing(server.url, "/live.mp3", lingers=2) as listener:
        assert not listener.counted
        server.pieces = [b"sound"]
        await until(listener, lambda reading: reading.counted and reading.up)
        await until(listener, lambda reading: reading.failures["ended"])
        assert listener.counted
        await until(listener, lambda reading: not reading.counted, within=10)


async def test_who_is_turned_away_is_not_counted():
    async with station() as server, probing(server.url, "/live.mp3", lingers=5) as listener:
        server.head = b"HTTP/1.0 404 File Not Found\r\n\r\n"
        reading = await until(listener, lambda reading: reading.failures["http"])
        assert not reading.counted


async def test_a_server_that_hangs_up_at_once_is_not_hammered(caplog, monkeypatch):
    monkeypatch.setattr(probe, "FIRST_PAUSE", 0.1)
    async with station() as server, probing(server.url, "/live.mp3"):
        async with asyncio.timeout(30):
            while len(server.arrivals) < 5:
                await asyncio.sleep(0.02)
    gaps = [after - before for before, after in pairwise(server.arrivals)]
    assert all(gap > 0.8 * 0.1 * 2**number for number, gap in enumerate(gaps)), gaps
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_a_stall_is_counted_once_and_is_not_up(monkeypatch):
    monkeypatch.setattr(probe, "STALLED_AFTER", 1.0)
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.pieces, server.stays = [b"sound"], True
        await until(listener, lambda reading: reading.up)
        await asyncio.sleep(2.5)
        stalled = listener.reading()
        assert (stalled.up, stalled.stalls, stalled.connections) == (False, 1, 1)
        server.more.set()
        again = await until(listener, lambda reading: reading.up)
        assert (again.stalls, again.connections) == (1, 1)


async def test_a_connection_that_stays_dead_is_given_up(monkeypatch):
    monkeypatch.setattr(probe, "STALLED_AFTER", 0.2)
    monkeypatch.setattr(probe, "HANG_UP_AFTER", 0.5)
    async with station() as server, probing(server.url, "/live.mp3") as listener:
        server.pieces, server.stays = [b"sound"], True
        reading = await until(listener, lambda reading: reading.connections == 2)
        assert reading.failures["stalled"] == 1


async def test_it_finds_the_path_of_an_old_shoutcast():
    async with station() as server, probing(server.url, "/stream/1/", "/;") as listener:
        server.head = b"ICY 404 Resource Not Found\r\n\r\n"
        await until(listener, lambda reading: reading.failures["http"])
        server.head, server.pieces, server.stays = b"ICY 200 OK\r\nicy-br:64\r\n\r\n", [b"sound"], True
        reading = await until(listener, lambda reading: reading.up)
        assert reading.nominal == 8000
    paths = [request.split(" ")[1] for request in server.requests]
    assert paths[:2] == ["/stream/1/", "/;"]


async def test_a_shoutcast_that_is_down_is_said_once_for_each_of_its_paths(caplog, monkeypatch):
    monkeypatch.setattr(probe, "LONGEST_PAUSE", 0.1)
    async with station() as server, probing(server.url, "/stream/1/", "/;") as listener:
        server.heads = {"/stream/1/": b"ICY 404 Resource Not Found\r\n\r\n", "/;": b"ICY 503 Unavailable\r\n\r\n"}
        await until(listener, lambda reading: reading.failures["http"] >= 6)
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == 2, said
        server.heads["/;"] = b"ICY 500 Worse\r\n\r\n"
        before = listener.reading().failures["http"]
        await until(listener, lambda reading: reading.failures["http"] >= before + 4)
        assert len(caplog.records) == 3
        assert "HTTP 500" in caplog.records[-1].getMessage()


async def test_without_ffmpeg_bytes_are_counted_all_the_same(monkeypatch):
    monkeypatch.setenv("PATH", "")
    async with station() as server:
        server.pieces, server.stays = [b"sound"] * 2, True
        async with probing(server.url, "/live.mp3", decode="auto") as listener:
            reading = await until(listener, lambda reading: reading.received == 10)
            assert (reading.up, reading.decoding, reading.failures["decoder"]) == (True, None, 0)
        async with probing(server.url, "/live.mp3", decode="always") as listener:
            reading = await until(listener, lambda reading: reading.received == 10)
            assert (reading.up, reading.decoding, reading.failures["decoder"]) == (True, False, 1)


async def test_an_ffmpeg_that_dies_is_started_again_but_not_at_once(monkeypatch, tmp_path):
    """A stand-in that ends at once, as on a stream that it cannot decode."""
    monkeypatch.setattr(hearing, "FIRST_PAUSE", 0.5)
    monkeypatch.setenv("PATH", str(tmp_path))
    stand_in = tmp_path / "ffmpeg"
    stand_in.write_text("#!/bin/sh\nexit 1\n")
    stand_in.chmod(0o755)
    async with station() as server:
        server.pieces, server.stays = [b"sound"] * 100, True
        async with probing(server.url, "/live.mp3", decode="auto") as listener:
            first = await until(listener, lambda reading: reading.failures["decoder"] == 1)
            assert first.up
            await asyncio.sleep(0.2)
            assert listener.reading().failures["decoder"] == 1
            second = await until(listener, lambda reading: reading.failures["decoder"] == 2)
            assert second.sound is None
            # It took a connection of its own, which is no failure to listen.
            assert {name: count for name, count in second.failures.items() if count} == {"decoder": 2}
            assert second.connections == 2
