import random

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from demo.titles import LIBRARY, announce, playlist


def test_the_library_holds_the_titles_that_broke_exporters():
    assert {"-", "1979"} <= set(LIBRARY)
    assert any("а" <= letter <= "я" for title in LIBRARY for letter in title)


def test_a_playlist_plays_everything_before_anything_again():
    titles = playlist(random.Random(1))
    first, second = ([next(titles) for _ in LIBRARY] for _ in range(2))
    assert first == list(LIBRARY)
    assert sorted(second) == sorted(LIBRARY)
    assert second != first


async def test_a_title_is_announced_as_utf_8_by_the_source():
    seen = {}

    async def metadata(request: web.Request) -> web.Response:
        seen.update(request.query, authorization=request.headers["Authorization"])
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/admin/metadata", metadata)
    async with TestServer(app) as server, ClientSession() as session:
        assert await announce(session, str(server.make_url("")).rstrip("/"), "/live.mp3", "Лунный ветер", "secret")
    assert seen == {
        "mode": "updinfo",
        "mount": "/live.mp3",
        "song": "Лунный ветер",
        "charset": "UTF-8",
        "authorization": "Basic c291cmNlOnNlY3JldA==",
    }


async def test_a_server_that_is_away_costs_a_title_and_no_more(unused_tcp_port):
    async with ClientSession() as session:
        assert not await announce(session, f"http://127.0.0.1:{unused_tcp_port}", "/live.mp3", "-", "secret")
