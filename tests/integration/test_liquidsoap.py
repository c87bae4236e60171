"""The script of docs/playout.md in a real Liquidsoap, where there is one: its page is read, its buffer shown.

Nothing else here needs Liquidsoap, so `make setup` does not install it, and without it this is skipped.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from demo.ports import free_port
from demo.process import Program, find_program, running
from demo.readiness import answers
from tests.running import config, exporter, scrape
from tests.services import need

pytestmark = pytest.mark.integration

PAGE = (Path(__file__).parents[2] / "docs/playout.md").read_text(encoding="utf-8")


@pytest.fixture
async def metrics(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a Liquidsoap's page; its input is fed by ffmpeg."""
    if shutil.which("liquidsoap") is None:
        pytest.skip("liquidsoap is not installed")
    need("ffmpeg")
    harbor, port = free_port(), free_port()
    script = re.findall(r"^```liquidsoap\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    script = script.replace("port=8005", f"port={harbor}").replace("port=9097", f"port={port}").replace("…", "")
    root = "settings.init.allow_root.set(true)\n" if os.geteuid() == 0 else ""
    (tmp_path / "studio.liq").write_text(root + script, encoding="utf-8")
    liquidsoap = Program("Liquidsoap", ["liquidsoap", str(tmp_path / "studio.liq")], tmp_path / "liquidsoap.log")
    sine = ["-re", "-f", "lavfi", "-i", "sine", "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"]
    feed = [find_program("ffmpeg"), "-nostdin", "-loglevel", "error", *sine]
    feed.append(f"icecast://source:PASSWORD@127.0.0.1:{harbor}/studio")
    url = f"http://127.0.0.1:{port}/metrics"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(liquidsoap, ready=lambda: answers(url), within=60))
        await stack.enter_async_context(running(Program("ffmpeg", feed, tmp_path / "ffmpeg.log"), ready=_at_once))
        yield url


async def _at_once() -> bool:
    return True


async def test_the_script_in_the_manual_shows_a_buffer_that_fills(metrics: str) -> None:
    engine = {"engine": "studio-b", "url": metrics, "mapping": "liquidsoap", "interval": "500ms"}
    async with exporter(config(playout=[engine])) as client, asyncio.timeout(30):
        deck = {"engine": "studio-b", "deck": "studio"}
        while not (fill := (page := await scrape(client)).get("radio_deck_buffer_fill_ratio", **deck)):
            await asyncio.sleep(0.2)
    assert 0 < fill <= 1
    assert page.get("radio_deck_buffer_seconds", **deck) > 0
    assert page.get("radio_encoder_up", engine="studio-b", encoder="mp3-128") == 1
    assert page.get("radio_playout_warnings_total", engine="studio-b") == 0
