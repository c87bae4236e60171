"""The landing page says what is watched and what is wrong, in words."""

import asyncio
import time
from html.parser import HTMLParser
from types import SimpleNamespace

from exporter.playout import engines
from tests.captures import capture
from tests.faulty import faulty_icecast
from tests.running import config, exporter, icecast, scrape
from tests.web.doors.pushing import pushed_to, sent
from tests.web.doors.test_playout import WHOLE

REPORT = WHOLE | {
    "decks": WHOLE["decks"] | {"a": {"fill": 0.07, "seconds": 4.2, "underruns": 3, "decoder_latency_seconds": 0.012}},
    "encoders": WHOLE["encoders"] | {"ogg": {"up": False}},
}


class Words(HTMLParser):
    """The visible words of a page, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


async def landing(client) -> Words:
    async with client.get("/") as reply:
        assert reply.content_type == "text/html"
        return Words(await reply.text())


async def polled(client, count: int) -> None:
    while len((await scrape(client)).labels("icecast_up")) < count:
        await asyncio.sleep(0.05)


async def test_a_sound_station() -> None:
    async with faulty_icecast() as server:
        server.document = capture("kh22/stats.many")
        watched = config(
            station={"name": "Asteroid <Radio>", "timezone": "Europe/Berlin"}, icecast=[icecast(server.url)]
        )
        async with exporter(watched) as client:
            await polled(client, 1)
            page = await landing(client)
            assert "Asteroid <Radio>" in page.words
            assert "2 streams on air" in page.words
            assert page.words.count("on air") == 2
            assert "/k1.mp3" in page.words
            assert any("CET" in word or "CEST" in word for word in page.words)
            for link in page.links:
                async with client.get(f"/{link}") as reply:
                    assert reply.status == 200, link


async def test_what_is_wrong_is_said_in_words() -> None:
    async with faulty_icecast() as sound, faulty_icecast() as broken:
        broken.fault = "401"
        async with exporter(config(icecast=[icecast(sound.url), icecast(broken.url, name="studio")])) as client:
            await polled(client, 2)
            page = await landing(client)
            assert "1 server cannot be read: studio" in page.words
            assert "The server refused the credentials (HTTP 401): check username and password." in page.words
            assert "off air" in page.words  # the ghost among the captured mounts


async def test_an_idle_relay_is_no_fault() -> None:
    async with faulty_icecast() as server:
        idle = b'<source mount="/r.mp3"><listener_peak>0</listener_peak><listeners>0</listeners><public>0</public></source></icestats>'
        server.document = capture("2.4.4/stats.one").replace(b"</icestats>", idle)
        async with exporter(config(icecast=[icecast(server.url)])) as client:
            await polled(client, 1)
            page = await landing(client)
            assert "idle" in page.words
            assert "1 stream on air" in page.words


async def test_it_loads_nothing_and_runs_nothing() -> None:
    async with exporter(config(icecast=[icecast("http://127.0.0.1:1")])) as client, client.get("/") as reply:
        text = await reply.text()
        assert reply.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert "<style>" in text
        assert "<script" not in text
        assert "//" not in text.replace("<!DOCTYPE", "")


async def test_markup_in_a_title_is_text() -> None:
    async with faulty_icecast() as server:
        server.document = capture("2.4.4/stats.many").replace(b"Ogg Title", b"&lt;script&gt;alert(1)&lt;/script&gt;")
        async with exporter(config(icecast=[icecast(server.url)])) as client:
            await polled(client, 1)
            async with client.get("/") as reply:
                assert "<script>" not in await reply.text()
            assert "Ogg Artist - <script>alert(1)</script>" in (await landing(client)).words


async def test_an_engine_with_its_decks_and_encoders_and_that_it_fell_silent(monkeypatch) -> None:
    async with pushed_to(playout=[{"engine": "studio-a"}, {"engine": "studio-b"}]) as client:
        page = await landing(client)
        assert page.words.count("has not reported yet") == 2
        assert "0 streams on air" in page.words
        await sent(client, "/api/v1/playout/health", REPORT)
        page = await landing(client)
        assert after(page, "a", 4) == ["7%", "7%", "4.2 s of audio, decoding takes 12 ms, ran empty 3 times", "b"]
        assert after(page, "b", 1) == ["92%"]
        assert after(page, "mp3-128", 2) == ["runs", "128 kbit/s"]
        assert after(page, "ogg", 1) == ["stopped"]
        itself = "connected to its streaming server, not connected to its database, CPU 12%, memory 250 MB"
        assert itself in page.words
        assert "0 streams on air" in page.words
        monkeypatch.setattr(engines, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 16))
        page = await landing(client)
        assert "2 playout engines silent: studio-a, studio-b" in page.words
        assert after(page, "playout engine", 1)[0].startswith("silent, reported ")
        assert "7%" not in page.words


async def test_an_engine_that_was_never_heard_of_is_silent_and_why_is_said() -> None:
    asked = {"engine": "studio-a", "url": "http://127.0.0.1:1/metrics", "ttl": "1s", "interval": "500ms"}
    async with exporter(config(playout=[asked])) as client:
        async with asyncio.timeout(30):
            while "has never reported" not in (page := await landing(client)).words:
                await asyncio.sleep(0.1)
        assert "1 playout engine silent: studio-a" in page.words
        assert any("Connection refused" in word for word in page.words)


def after(page: Words, word: str, count: int) -> list[str]:
    """The words that follow the first such word."""
    at = page.words.index(word) + 1
    return page.words[at : at + count]
