"""History, end to end: a real Icecast's own log into the store, and into a real Prometheus."""

import asyncio
import json
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest
import yaml

from demo.icecast import icecast
from demo.ports import free_port
from demo.process import Program, find_program, running
from demo.programme import Feed, Mount
from demo.readiness import answers, says, until
from demo.sources import playing
from exporter.store.schema import quarter_people, session
from tests.backfill.logs import VLC, backfill, line, log, rows
from tests.services import need

pytestmark = pytest.mark.integration

LIVE = Feed("/a&b.mp3", "Live", "Talk", "sine=frequency=440")
NOW = int(time.time())


async def listen(host: str, port: int, source: str, agent: str, seconds: float) -> float:
    """Listen for a while from one of loopback's many addresses; how long it was."""
    reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0))
    began = time.monotonic()
    writer.write(f"GET /a%26b.mp3?from=web HTTP/1.1\r\nHost: x\r\nUser-Agent: {agent}\r\n\r\n".encode())
    while time.monotonic() - began < seconds:
        try:
            await asyncio.wait_for(reader.read(65536), 0.2)
        except TimeoutError:
            continue
    writer.close()
    return time.monotonic() - began


async def test_what_a_real_icecast_wrote_is_what_happened(tmp_path: Path, capsys) -> None:
    need("icecast2", "ffmpeg")
    async with icecast(tmp_path / "icecast", mounts=[Mount(LIVE.mount)]) as server:
        async with playing(LIVE, server.host, server.port, server.passwords.source, tmp_path / "source.log"):
            async with asyncio.timeout(20):
                await until(lambda: says(f"{server.url}/status-json.xsl", "listenurl"))
            people = [(f"127.0.0.{2 + n % 4}", VLC if n % 2 else 'a "quoted" player', 3.3 + n % 3) for n in range(12)]
            lasted = await asyncio.gather(*(listen(server.host, server.port, *person) for person in people))
            bot = await listen(server.host, server.port, "127.0.0.9", "Icecast 2.4.4", 1.5)
            await asyncio.sleep(1)
        await asyncio.sleep(1.5)
    assert backfill(tmp_path, tmp_path / "icecast/access.log") == 0
    said = capsys.readouterr().out
    assert "main: 12 sessions, 12 of them new" in said, said
    assert "  a relay or a bot: 1" in said
    assert bot > 1
    found = rows(tmp_path, session)
    assert {row["channel"] for row in found} == {"/a&b.mp3"}
    assert sum(row["ended"] - row["started"] for row in found) / 1000 == pytest.approx(sum(lasted), abs=len(lasted))
    assert len({row["address"] for row in found}) == 4
    assert {row["player"] for row in found} >= {"VLC"}
    assert max(row["peak"] for row in rows(tmp_path, quarter_people)) in (11, 12)


def make_blocks(out: Path, data: Path) -> None:
    argv = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(out), str(data)]
    subprocess.run(argv, check=True, capture_output=True)


async def ask(web: aiohttp.ClientSession, port: int, query: str, at: int) -> dict[str, float]:
    """Values by channel or mount at a moment."""
    reply = await web.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query, "time": str(at)})
    found = json.loads(await reply.text())["data"]["result"]
    return {one["metric"].get("channel") or one["metric"]["mount"]: float(one["value"][1]) for one in found}


async def test_a_real_prometheus_serves_the_history(tmp_path: Path) -> None:
    need("prometheus", "promtool")
    noon = NOW - NOW % 900 - 2 * 86_400
    lines = [line(noon + 60 + n * 100, 1900, f"192.0.2.{n}", mount="/a" if n % 2 else "/b") for n in range(100)]
    out = tmp_path / "history.om"
    assert backfill(tmp_path, log(tmp_path / "access.log", lines), f"--openmetrics={out}", "--label=job=radio") == 0
    data = tmp_path / "data"
    make_blocks(out, data)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"global": {"scrape_interval": "1h"}}))
    port = free_port()
    argv = [
        find_program("prometheus"), f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=1y",
    ]  # fmt: skip
    program = Program("Prometheus", argv, tmp_path / "prometheus.log", folder=tmp_path)
    at = noon + 3600
    serving = running(program, ready=lambda: answers(f"http://127.0.0.1:{port}/-/ready"), within=60)
    async with serving, aiohttp.ClientSession() as web:
        there = await ask(web, port, 'radio_sessions_active{server="main",job="radio"}', at)
        listeners = await ask(web, port, 'icecast_mount_listeners{server="main"}', at)
        started = await ask(web, port, "increase(radio_sessions_started_total[6h])", noon + 5 * 3600)
        seconds = await ask(web, port, "max_over_time(radio_listening_seconds_total[6h])", noon + 5 * 3600)
    spans = [(noon + 60 + n * 100 - 1900, noon + 60 + n * 100, "/a" if n % 2 else "/b") for n in range(100)]
    truth = {name: sum(start <= at < end for start, end, mount in spans if mount == name) for name in ("/a", "/b")}
    assert there == truth == listeners
    assert started == pytest.approx({"/a": 50, "/b": 50}, rel=0.1)
    assert seconds == {"/a": 95_000, "/b": 95_000}
