"""The recorder writes sound under its own name, and its mishaps leave everything as it was."""

import asyncio
import random
from contextlib import suppress

import psutil
import pytest

from demo import recorder
from demo.recorder import NAME, Recorder, recording
from tests.services import need

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    need("ffmpeg")
    for name, seconds in (("DEAD", 0.5), ("AWAY", 0.5), ("RESTART", 0.1)):
        monkeypatch.setattr(recorder, name, seconds)


def running(folder) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == NAME and str(folder) in " ".join(process.cmdline()):
                found.append(process)
    return found


async def until(holds) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.05)


async def test_it_records_dies_loses_its_disk_and_goes_on(tmp_path):
    told: list[str] = []
    one = Recorder(tmp_path, told.append, random.Random(1))
    async with recording(one, mishaps=False):
        for mishap in (one.dies, one.loses_its_disk):
            await until(lambda: running(tmp_path) and list(one.recordings.glob("*.mp3")))
            task = asyncio.create_task(mishap())
            await until(lambda: not running(tmp_path))
            if mishap == one.loses_its_disk:
                await until(lambda: not one.recordings.exists())
            await task
        await until(lambda: running(tmp_path))
        assert one.recordings.is_dir()
    assert not running(tmp_path)
    assert [line.split(";")[0].split(" for ")[0] for line in told] == [
        "the recorder dies",
        "the recorder is back",
        "the recordings' disk is away",
        "the recordings' disk is back",
    ]
