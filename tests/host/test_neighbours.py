"""`enabled: auto`: on, unless another exporter of the machine answers."""

import logging
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from demo.ports import free_port
from exporter.host import neighbours
from tests.host.reading import host, page

NODE = '# TYPE go_info gauge\ngo_info{version="go1.22"} 1\nnode_exporter_build_info{version="1.8.0"} 1\n'
MACHINE = {
    "radio_host_memory_bytes",
    "radio_host_memory_available_bytes",
    "radio_host_boot_timestamp_seconds",
}
NAMED = {"radio_host_disk_up", "radio_host_disk_free_bytes", "radio_host_disk_size_bytes", "radio_process_up"}


@asynccontextmanager
async def answering(port: int, text: str = NODE, status: int = 200):
    """Something that answers there; the stand-in of an exporter."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status)

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def names(watched) -> set[str]:
    return page(await watched.read()).names()


async def test_a_node_exporter_is_found_and_left_its_figures(tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, logger="exporter.host")
    port = free_port()
    watched = host(tmp_path, {port: "node_exporter"}, processes=["radio-none"])
    async with answering(port):
        found = await names(watched)
        await names(watched)
    assert not found & MACHINE
    assert found >= NAMED  # of these nobody else knows what they are for
    assert caplog.messages == [
        f"host.enabled is auto, and node_exporter answers on port {port}: CPU, memory and network are left to it"
    ]


async def test_without_one_the_figures_are_read_here(tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, logger="exporter.host")
    one, two = free_port(), free_port()
    watched = host(tmp_path, {one: "node_exporter", two: "windows_exporter"}, processes=["radio-none"])
    found = await names(watched)
    await names(watched)
    assert found >= MACHINE | NAMED
    assert caplog.messages == [
        f"host.enabled is auto, and no node_exporter (port {one}) or windows_exporter (port {two}) answers: CPU, memory and network are read here"
    ]


@pytest.mark.parametrize(
    ("text", "status"),
    [(NODE, 401), (NODE, 500), ("", 200), ("<html>", 200), ('up{job="node_exporter_build_info"} 1\n', 200)],
    ids=["wants a password", "is broken", "is empty", "is a web page", "is another exporter"],
)
async def test_what_is_not_recognised_does_not_count(text, status, tmp_path) -> None:
    port = free_port()
    async with answering(port, text, status):
        assert await names(host(tmp_path, {port: "node_exporter"})) >= MACHINE


async def test_a_page_that_comes_in_pieces_is_recognised(tmp_path) -> None:
    port = free_port()
    for length in range(65_520, 65_560):  # so that the sign lies across the border of two
        async with answering(port, "#" * length + "\n" + NODE.splitlines()[2]):
            watched = neighbours.Neighbours({port: "node_exporter"})
            assert await watched.there()


async def test_one_that_comes_later_or_goes_is_noticed(tmp_path, caplog, monkeypatch) -> None:
    caplog.set_level(logging.INFO, logger="exporter.host")
    monkeypatch.setattr(neighbours, "ASK_AGAIN", 0)
    port = free_port()
    watched = host(tmp_path, {port: "node_exporter"})
    assert await names(watched) >= MACHINE
    async with answering(port):
        assert not await names(watched) & MACHINE
    assert await names(watched) >= MACHINE
    assert len(caplog.messages) == 3


@pytest.mark.parametrize("enabled", [True, False])
async def test_who_has_decided_is_not_asked_about(enabled, tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, logger="exporter.host")
    port = free_port()
    async with answering(port):
        found = await names(host(tmp_path, {port: "node_exporter"}, enabled=enabled, processes=["radio-none"]))
    assert (found & MACHINE == MACHINE) is enabled
    assert found >= NAMED
    assert not caplog.messages
