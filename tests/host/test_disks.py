"""Disks by purpose, beside what df says; one that is missing, one that hangs, one that is filled."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from exporter.host.disks import Disks
from exporter.host.reading import Reading
from tests.host.reading import host, page
from tests.small_disk import small_disk

LABELS = {"purpose": "recordings"}


def df(path: Path) -> tuple[int, int]:
    """Size and free room."""
    command = ["df", "--block-size=1", "--output=size,avail", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    size, free = said.stdout.splitlines()[1].split()
    return int(size), int(free)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks GNU df")
async def test_size_and_room_are_those_of_df(tmp_path) -> None:
    found = page(await host(tmp_path).read())
    size, free = df(tmp_path)
    labels = {"path": str(tmp_path), "purpose": "state"}
    assert found.get("radio_host_disk_up", **labels) == 1
    assert found.get("radio_host_disk_size_bytes", **labels) == size
    assert found.get("radio_host_disk_free_bytes", **labels) == pytest.approx(free, abs=2**30)  # others write meanwhile


@pytest.fixture
def recordings(tmp_path) -> Iterator[Path]:
    with small_disk(tmp_path / "recordings", "2000000000") as folder:
        yield folder


async def test_a_disk_that_is_filled(recordings) -> None:
    watched = host("/", disks=[{"path": str(recordings), "purpose": "recordings"}])
    labels = LABELS | {"path": str(recordings)}
    before = page(await watched.read())
    assert before.get("radio_host_disk_free_bytes", **labels) == df(recordings)[1] > 1.9e9
    with (recordings / "recording.wav").open("wb") as recording:
        os.posix_fallocate(recording.fileno(), 0, 1_100_000_000)
    after = page(await watched.read())
    assert after.get("radio_host_disk_free_bytes", **labels) == df(recordings)[1] < 1e9
    assert after.get("radio_host_disk_size_bytes", **labels) == before.get("radio_host_disk_size_bytes", **labels)


async def test_a_disk_that_is_not_there_is_down_and_said_once(tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, logger="exporter.polling")
    path = tmp_path / "not mounted"
    watched = host(tmp_path, enabled=False, disks=[{"path": str(path), "purpose": "recordings"}])
    for _ in range(3):
        found = page(await watched.read())
    assert found.get("radio_host_disk_up", path=str(path), **LABELS) == 0
    assert found.labels("radio_host_disk_free_bytes") == [{"path": str(tmp_path), "purpose": "state"}]
    assert caplog.messages == [f"the disk of {path} cannot be read: No such file or directory"]
    path.mkdir()
    assert page(await watched.read()).get("radio_host_disk_up", path=str(path), **LABELS) == 1
    assert caplog.messages[1:] == [f"the disk of {path} can be read again"]


async def test_a_disk_that_hangs_costs_itself_alone(tmp_path, caplog) -> None:
    released, asked = threading.Event(), []

    def usage(path: str):
        asked.append(path)
        if path == "/dead":
            released.wait(30)
        return psutil.disk_usage(str(tmp_path))

    disks = Disks([("/dead", "recordings"), ("/live", "recordings"), ("/dead", "library")], usage)
    seen, took = [], []
    for _ in range(3):
        began = time.monotonic()
        seen.append(page(Reading(None, await disks.read(2), ())))
        took.append(time.monotonic() - began)
    for found in seen:
        assert found.get("radio_host_disk_up", path="/live", **LABELS) == 1
        assert found.get("radio_host_disk_free_bytes", path="/live", **LABELS)
        assert found.get("radio_host_disk_up", path="/dead", **LABELS) == 0
        assert found.get("radio_host_disk_up", path="/dead", purpose="library") == 0
        assert found.get("radio_host_disk_free_bytes", path="/dead", **LABELS) is None
    assert took[0] >= 2
    assert (asked.count("/dead"), asked.count("/live")) == (1, 3)
    assert caplog.messages == ["the disk of /dead cannot be read: it does not answer: is a file server away?"]
    released.set()
    async with asyncio.timeout(30):
        while not all(disk.space for disk in await disks.read(2)):
            await asyncio.sleep(0.01)


async def test_a_path_with_odd_characters_is_one_series(tmp_path) -> None:
    folder = tmp_path / 'a "b" \\c'
    folder.mkdir()
    found = page(await host(tmp_path, disks=[{"path": str(folder), "purpose": "library"}]).read())
    assert found.get("radio_host_disk_up", path=str(folder), purpose="library") == 1


async def test_the_state_directory_named_by_hand_is_there_once(tmp_path) -> None:
    found = page(await host(tmp_path, disks=[{"path": str(tmp_path), "purpose": "state"}]).read())
    assert found.labels("radio_host_disk_up") == [{"path": str(tmp_path), "purpose": "state"}]
