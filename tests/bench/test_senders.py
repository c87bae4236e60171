"""The benchmark's senders of webhooks, against a real server of aiohttp."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from bench.errors import BenchError
from bench.senders import requests, send


@contextmanager
def taking(answer: int, taken: list[bytes]) -> Iterator[int]:
    """The port of a server in a thread of its own that answers every POST with this status."""
    started, port, loop = threading.Event(), [0], asyncio.new_event_loop()
    stop: list[asyncio.Event] = []

    async def hook(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        taken.append(await request.read())
        return web.json_response({"accepted": 1}, status=answer)

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/hook", hook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port[0] = runner.addresses[0][1]
        stop.append(asyncio.Event())
        started.set()
        await stop[0].wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(5)
    yield port[0]
    loop.call_soon_threadsafe(stop[0].set)
    thread.join(5)
    loop.close()


def test_everything_is_sent_once_over_connections_that_are_kept() -> None:
    taken: list[bytes] = []
    bodies = [b"[%d]" % number for number in range(200)]
    with taking(200, taken) as port:
        sent = send(port, requests(port, "/hook", "secret", bodies), 5)
    assert sorted(taken) == sorted(bodies)
    assert (sent.requests, sent.answers.count) == (200, 200)
    assert 0 < sent.answers.median <= sent.answers.p99 <= sent.seconds


def test_an_answer_that_is_no_yes_is_an_error() -> None:
    with taking(503, []) as port, pytest.raises(BenchError, match="answered 503"):
        send(port, requests(port, "/hook", "secret", [b"[]"]), 2)
