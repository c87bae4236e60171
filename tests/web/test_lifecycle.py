"""Health, readiness, discovery and reload."""

import asyncio
import os
import signal
from pathlib import Path

import bcrypt
import pytest
from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestClient, TestServer

from exporter.app import create_app
from exporter.config.load import load
from exporter.errors import ConfigError
from exporter.reload import Settings
from exporter.web.web_config import WebConfig
from tests.faulty import faulty_icecast
from tests.running import config, exporter, icecast, scrape


async def test_health_and_readiness() -> None:
    async with (
        faulty_icecast() as server,
        exporter(config(icecast=[icecast(server.url, interval="20s", timeout="20s")])) as client,
    ):
        server.delay = 1  # however soon the first poll begins
        for path in ("/health", "/-/healthy"):
            async with client.get(path) as reply:
                assert (reply.status, await reply.text()) == (200, "ok\n")
        async with client.get("/-/ready") as reply:
            assert reply.status == 503
            assert "waiting for the first poll of: main\n" in await reply.text()
        for _ in range(400):
            async with client.get("/-/ready") as reply:
                if reply.status == 200:
                    return
            await asyncio.sleep(0.05)
        pytest.fail("never ready")


async def test_who_cannot_store_is_not_ready_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "radio.db").mkdir()
    setup = config(icecast=[{"name": "main", "url": "http://127.0.0.1:9"}], state_dir=str(tmp_path))
    async with exporter(setup) as client:
        for _ in range(100):
            async with client.get("/-/ready") as reply:
                said = await reply.text()
            if "cannot be opened" in said:
                break
            await asyncio.sleep(0.05)
        assert reply.status == 503
        assert (
            "nothing can be stored: the database file cannot be opened: check state_dir and its permissions\n" in said
        )
        assert (await scrape(client)).get("radio_exporter_store_up") == 0


async def test_discovery_names_a_probe_for_each_target() -> None:
    async with (
        exporter(config(icecast=[icecast("http://127.0.0.1:1")])) as client,
        client.get("/sd", headers={"Host": "radio:10880"}) as reply,
    ):
        assert await reply.json() == [
            {
                "targets": ["radio:10880"],
                "labels": {
                    "__metrics_path__": "/probe",
                    "__param_target": "main",
                    "__meta_radio_source": "icecast",
                    "__meta_radio_server": "main",
                },
            }
        ]


class Station:
    """An exporter whose configuration is a file that can be rewritten."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "exporter.yaml"

    def write(self, *servers: tuple[str, str], extra: str = "") -> None:
        lines = [f"- {{name: {name}, url: '{url}', interval: 500ms, password: x}}" for name, url in servers]
        self.file.write_text("icecast:\n" + "\n".join(lines) + f"\n{extra}", encoding="utf-8")

    def load(self) -> Settings:
        return Settings(load(self.file))


async def test_a_reload_swaps_the_whole_and_keeps_what_did_not_change(tmp_path: Path) -> None:
    station = Station(tmp_path)
    async with faulty_icecast() as one, faulty_icecast() as two:
        station.write(("one", one.url), ("two", two.url))
        async with exporter(station.load(), station.load) as client:
            while len((await scrape(client)).labels("icecast_up")) < 2:
                await asyncio.sleep(0.05)
            hits = one.hits["/admin/stats"]
            station.write(("one", one.url), ("three", two.url))
            async with client.post("/-/reload") as reply:
                assert (reply.status, await reply.text()) == (200, "reloaded\n")
            page = await scrape(client)
            assert page.get("icecast_up", server="one") == 1  # known from before: nothing was forgotten
            assert page.get("icecast_up", server="two") is None
            assert page.get("radio_exporter_task_restarts_total", task="icecast/two") is None
            async with asyncio.timeout(30):
                while (await scrape(client)).get("icecast_up", server="three") != 1:
                    await asyncio.sleep(0.05)
                while one.hits["/admin/stats"] == hits:  # it is still polled
                    await asyncio.sleep(0.05)


async def test_a_failed_reload_changes_nothing_and_says_why(tmp_path: Path, caplog) -> None:
    station = Station(tmp_path)
    async with faulty_icecast() as one:
        station.write(("one", one.url))
        async with exporter(station.load(), station.load) as client:
            station.write(("one", one.url), ("two", one.url), extra="speed: 3\n")
            async with client.post("/-/reload") as reply:
                said = await reply.text()
                assert reply.status == 500
            assert "exporter.yaml:4: speed: unknown key" in said
            assert "exporter.yaml:4: speed: unknown key" in caplog.text
            page = await scrape(client)
            assert page.get("radio_exporter_config_last_reload_successful") == 0
            assert page.get("radio_exporter_task_restarts_total", task="icecast/two") is None
            station.write(("one", one.url))
            async with client.post("/-/reload") as reply:
                assert reply.status == 200
            assert (await scrape(client)).get("radio_exporter_config_last_reload_successful") == 1


async def test_a_reload_that_hits_a_bug_says_so_and_changes_nothing(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.write(("one", "http://127.0.0.1:1"))
    async with exporter(station.load(), lambda: 1 / 0) as client:
        async with client.post("/-/reload") as reply:
            assert reply.status == 500
            assert "a bug of the exporter" in await reply.text()
        page = await scrape(client)
        assert page.get("radio_exporter_config_last_reload_successful") == 0
        assert page.get("radio_exporter_task_restarts_total", task="icecast/one") == 0


async def test_a_reload_takes_users_over_and_what_cannot_be_taken_over_stops_it_before_anything_changed(
    tmp_path: Path,
) -> None:
    station, hashes = Station(tmp_path), [bcrypt.hashpw(word, bcrypt.gensalt(4)).decode() for word in (b"old", b"new")]
    users = {"ali": hashes[0]}
    refused: list[ConfigError] = []

    def settings() -> Settings:
        return Settings(load(station.file), WebConfig(basic_auth_users=dict(users)))

    def before_reload(_: Settings) -> None:
        if refused:
            raise refused[0]

    station.write(("one", "http://127.0.0.1:1"))
    app = create_app(settings(), settings, before_reload=before_reload)
    async with TestClient(TestServer(app, access_log=None)) as client:

        async def status(password: str, method: str = "GET", path: str = "/sd") -> tuple[int, str]:
            headers = {"Authorization": encode_basic_auth("ali", password)}
            async with client.request(method, path, headers=headers) as reply:
                return reply.status, await reply.text()

        users["ali"] = hashes[1]
        station.write(("one", "http://127.0.0.1:1"), ("two", "http://127.0.0.1:1"))
        refused.append(ConfigError("web.yaml", "no such certificate"))
        assert await status("old", "POST", "/-/reload") == (
            500,
            "the running configuration is kept: web.yaml: no such certificate\n",
        )
        assert "two" not in (await status("old"))[1]
        assert (await status("new"))[0] == 401
        refused.clear()
        assert (await status("old", "POST", "/-/reload"))[0] == 200
        assert (await status("old"))[0] == 401
        assert "two" in (await status("new"))[1]


async def test_hang_up_reloads(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.write(("one", "http://127.0.0.1:1"))
    async with exporter(station.load(), station.load) as client:
        for text, outcome in (("broken: [", 0), ("icecast: [{name: b, url: 'http://127.0.0.1:1'}]", 1)):
            station.file.write_text(text, encoding="utf-8")
            os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(40):
                await asyncio.sleep(0.05)
                if (await scrape(client)).get("radio_exporter_config_last_reload_successful") == outcome:
                    break
            else:
                pytest.fail("the signal did nothing")
        async with client.get("/sd") as reply:
            assert [entry["labels"]["__param_target"] for entry in await reply.json()] == ["b"]


async def test_reload_is_no_get() -> None:
    async with exporter(config(icecast=[icecast("http://127.0.0.1:1")])) as client, client.get("/-/reload") as reply:
        assert reply.status == 405


def test_a_configuration_error_names_file_line_place(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.write(("a b", "http://x"))
    with pytest.raises(ConfigError, match=r"exporter\.yaml:2: icecast\[0\]\.name: 'a b' is no name"):
        station.load()
