"""What the studios play, over HTTP."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import hdrs
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from exporter.store.schema import play
from tests.reports.airplay import MINUTE, Song, air, ask, studio_section
from tests.web.api.figures import Client, at, database, get, listened

NOW, SONG = "/api/v1/music/now", "/api/v1/music/song"
MARCH = f"{SONG}?server=studio-a&song_id=7&from=2026-03-01&to=2026-04-01"
NOON = at("2026-03-10T12:00")


def played(connection: Connection) -> None:
    """Three plays of a song, and one of a studio that is watched no more."""
    for number in range(3):
        air(connection, number, NOON + number * MINUTE, request_id=number)
    air(connection, 9, NOON, Song(server="studio-z"))
    ask(connection, 1, NOON)


@asynccontextmanager
async def studios(*names: str, **sections: Any) -> AsyncIterator[Client]:
    """A client of an exporter with these studios and what they played."""
    async with listened(sam=[studio_section(name) for name in names], **sections) as client:
        await database(client).write(played)
        yield client


async def test_what_each_studio_plays_now() -> None:
    began = time.time_ns() // 1_000_000 - MINUTE
    async with studios("studio-a", "studio-b", "studio-c") as client:
        more = {"aired": None, "skipped": None, "nominal": 5 * MINUTE, "request_id": 8}
        await database(client).write(lambda c: air(c, 10, began, Song(3, "Ida", "Jetzt", server="studio-b"), **more))
        found = await get(client, NOW)
        assert (await get(client, f"{NOW}?server=studio-b"))["rows"][0]["title"] == "Jetzt"
        assert (await get(client, f"{NOW}?server=studio-c"))["rows"] == [], "it has played nothing yet"
        error = "`server` is an unknown word; allowed: studio-a, studio-b, studio-c"
        assert await get(client, f"{NOW}?server=studio-z", 400) == {"error": error}
    assert found["timezone"] == "Europe/Berlin"
    assert [row["server"] for row in found["rows"]] == ["studio-a", "studio-b"], "those that are watched"
    over, now = found["rows"]
    assert (over["started"], over["left"], over["requested"]) == ("2026-03-10T12:02:00+01:00", 0, True)
    assert 235 < now["left"] <= 240
    assert (now["artist"], now["nominal"], now["listeners"], now["song_id"]) == ("Ida", 300, 10, 3)


async def test_the_history_of_a_song_page_by_page() -> None:
    async with studios("studio-a", "studio-b") as client:
        whole = await get(client, MARCH)
        first = await get(client, f"{MARCH}&limit=2")
        async with client.get(f"{MARCH}&limit=2") as reply:
            assert reply.headers[hdrs.LINK] == f'<{first["next"]}>; rel="next"'
            assert reply.headers[hdrs.CACHE_CONTROL] == "private, max-age=300"
            known = reply.headers[hdrs.ETAG]
        async with client.get(f"{MARCH}&limit=2", headers={hdrs.IF_NONE_MATCH: known}) as reply:
            assert reply.status == 304
        second = await get(client, first["next"])
        assert (await get(client, f"{MARCH}&offset=7"))["rows"] == []
    assert (whole["artist"], whole["title"], whole["plays"], whole["requests"]) == ("Die Käfer", "Hallo", 3, 1)
    assert (whole["from"], whole["to"]) == ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")
    assert [row["started"][11:16] for row in whole["rows"]] == ["12:02", "12:01", "12:00"]
    assert first["rows"] + second["rows"] == whole["rows"]
    assert whole["rows"][0] == {
        "started": "2026-03-10T12:02:00+01:00", "aired": 180, "nominal": 180, "skipped": False, "listeners_before": 10,
        "listeners_after": 12, "requested": True,
    }  # fmt: skip
    assert (whole["next"], second["next"]) == (None, None)


async def test_a_song_of_the_only_studio_in_the_last_year() -> None:
    async with listened(sam=[studio_section("studio-a")]) as client:
        now = time.time_ns() // 1_000_000
        for number, days in enumerate((1, 364, 366)):
            await database(client).write(lambda c, n=number, d=days: air(c, n, now - d * 86_400_000))
        found = await get(client, f"{SONG}?song_id=7")
        assert (found["server"], found["plays"]) == ("studio-a", 2)
        assert (await get(client, f"{SONG}?song_id=8"))["rows"] == []


async def test_a_studio_that_is_watched_no_more_has_its_history() -> None:
    async with studios("studio-a") as client:
        found = await get(client, MARCH.replace("studio-a", "studio-z"))
    assert found["plays"] == 1


async def test_without_studios() -> None:
    nothing = {"error": "`server` can be nothing: no studio is configured (`sam`)"}
    async with listened() as client:
        assert await get(client, NOW) == {"timezone": "Europe/Berlin", "rows": []}
        assert await get(client, f"{NOW}?server=a", 400) == nothing
        assert await get(client, f"{SONG}?song_id=7", 400) == nothing


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("song_id=7", "`server` is missing; allowed: studio-a, studio-b, studio-z"),
        ("song_id=7&server=x", "`server` is an unknown word; allowed: studio-a, studio-b, studio-z"),
        ("server=studio-a", "`song_id` is missing; allowed: a whole number from 1 to 999999999"),
        ("server=studio-a&song_id=0", "`song_id` is a number out of range; allowed: 1 to 999999999"),
        ("song_id=x", "`song_id` is a text of another kind; allowed: a whole number from 1 to 999999999"),
        ("song_id=7&limit=10001", "`limit` is a number out of range; allowed: 1 to 10000"),
        ("song_id=7&offset=100001", "`offset` is a number out of range; allowed: 0 to 100000"),
        (
            "song_id=7&from=2010-01-01&to=2026-01-01",
            "`from` and `to` are too far apart; allowed: 3660 days at most",
        ),
        (
            "song=7",
            "`song` is no parameter here; allowed: `server`, `song_id`, `from`, `to`, `limit`, `offset`",
        ),
    ],
)
async def test_what_is_wrong_is_named(query: str, error: str) -> None:
    async with studios("studio-a", "studio-b") as client:
        assert await get(client, f"{SONG}?{query}", 400) == {"error": error}


@pytest.fixture
async def asked() -> AsyncIterator[Client]:
    async with studios("studio-a") as client:
        yield client


NAMES = st.sampled_from(["server", "song_id", "from", "to", "limit", "offset"])
VALUES = st.text(max_size=8) | st.integers().map(str) | st.dates().map(str) | st.just("studio-a")


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([NOW, SONG]), pairs=st.lists(st.tuples(NAMES, VALUES), max_size=4))
async def test_no_query_is_an_error_of_ours(asked: Client, path: str, pairs: list[tuple[str, str]]) -> None:
    async with asked.get(f"{path}?{urlencode(pairs, errors='replace')}") as reply:
        assert reply.status in (200, 400), await reply.text()
        if reply.status == 400:
            assert set(await reply.json()) == {"error"}


@pytest.mark.parametrize("path", [NOW, MARCH])
async def test_the_read_token(path: str) -> None:
    async with studios("studio-a", api={"token": "a-token-to-read-with"}) as client:
        assert set(await get(client, path, 401)) == {"error"}
        assert await get(client, path, Authorization="Bearer a-token-to-read-with")


@pytest.mark.parametrize("path", [NOW, MARCH])
async def test_a_store_that_fails_is_503_and_says_why(path: str) -> None:
    async with studios("studio-a") as client:
        await database(client).write(play.drop)
        async with client.get(path) as reply:
            assert reply.status == 503, await reply.text()
            assert reply.headers["Retry-After"] == "5"
            assert "error" in await reply.json()
