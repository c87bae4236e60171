"""`POST /api/v1/events`: what is acknowledged is kept; bad pushes get a clear answer."""

import asyncio
import time
from typing import Any

import aiohttp
import bcrypt
import pytest
from sqlalchemy import Connection, select

from exporter.store.database import Database
from exporter.store.schema import event
from exporter.web import keys
from exporter.web.web_config import WebConfig
from tests.running import config, exporter
from tests.web.doors.pushing import TOKEN, Client, pushed_to, rejections, samples, sent

PATH = "/api/v1/events"
PLAIN = {"event": "deck_loaded", "message": "Deck A is loaded.", "category": "audio"}


async def kept(client: Client, query: str = "") -> list[dict[str, Any]]:
    """The pushed events of the log, newest first."""
    async with client.get(f"{PATH}?limit=1000&{query}") as reply:
        assert reply.status == 200, await reply.text()
        return [row for row in (await reply.json())["rows"] if row["source"].startswith("pushed")]


async def counted(client: Client, name: str) -> dict[tuple[str, ...], float]:
    found = await samples(client, name)
    return {tuple(value for _, value in sorted(labels)): value for (_, labels), value in found.items() if value}


async def test_kept_when_answered_and_counted() -> None:
    async with pushed_to() as client:
        more = {
            "level": "warn",
            "deck": "A",
            "song_id": 7,
            "encoder_id": "mp3",
            "metadata": {"fill": 0.2},
            "source": "s",
        }
        assert await sent(client, PATH, [PLAIN, PLAIN | more]) == (200, {"accepted": 2, "ignored": 0})
        second, first = await kept(client)
        assert (first["message"], first["level"], first["source"]) == ("Deck A is loaded.", "info", "pushed")
        assert (second["level"], second["source"], second["metadata"]) == ("warning", "pushed/s", {"fill": 0.2})
        assert (second["deck"], second["song_id"], second["encoder_id"]) == ("A", 7, "mp3")
        assert second["id"] > first["id"]
        found = await counted(client, "radio_events_total")
        assert (found["audio", "deck_loaded", "info"], found["audio", "deck_loaded", "warning"]) == (1, 1)


async def test_a_push_that_is_repeated_is_kept_once() -> None:
    """Who got no answer sends again: with a time it is known to be the same."""
    dated = PLAIN | {"time": time.time()}
    async with pushed_to() as client:
        answers = [await sent(client, PATH, [dated, PLAIN]) for _ in range(3)]
        assert [answer["accepted"] for _, answer in answers] == [2, 1, 1]
        assert len(await kept(client)) == 4
        assert await counted(client, "radio_events_duplicates_total") == {(): 2}


async def test_at_once_from_many() -> None:
    async with pushed_to() as client:
        bodies = [[PLAIN | {"message": f"{who} {number}"} for number in range(20)] for who in range(20)]
        answers = await asyncio.gather(*(sent(client, PATH, body) for body in bodies))
        assert {status for status, _ in answers} == {200}
        rows = await kept(client)
        assert len({row["id"] for row in rows}) == len({row["message"] for row in rows}) == 400


@pytest.mark.parametrize(
    ("body", "status", "reason", "said"),
    [
        (b'{"event":"x","message":"y","category":"audio","song_id":NaN}', 400, "json", "the body is no JSON (byte 56)"),
        ({"event": "x", "message": "y" * 1_000_000, "category": "audio"}, 413, "too_large", "at most 262144 bytes"),
        (PLAIN | {"category": "weather"}, 400, "type", "audio, stream, scheduler, gateway, scripting, database, system"),
        (PLAIN | {"event": "<script>"}, 400, "type", "must be a name"),
        ([PLAIN] * 1001, 400, "type", "at most 1000 events"),
        ([[PLAIN]], 400, "type", "[0] must be an object"),
    ],
)  # fmt: skip
async def test_bad_pushes_are_refused_and_counted(body: Any, status: int, reason: str, said: str) -> None:
    async with pushed_to() as client:
        found, answer = await sent(client, PATH, body)
        assert (found, said in answer["error"]) == (status, True), answer
        assert await kept(client) == []
        assert (await rejections(client))["events", reason] == 1


async def test_what_the_database_does_not_take_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a PostgreSQL that was made with LATIN1 does not take a Polish letter."""
    write = Database.write_now

    def latin(database: Database, work: Any) -> Any:
        def then(connection: Connection) -> Any:
            found = work(connection)
            for (message,) in connection.execute(select(event.c.message)):
                message.encode("latin-1")
            return found

        return write(database, then)

    async with pushed_to() as client:
        monkeypatch.setattr(Database, "write_now", latin)
        status, answer = await sent(client, PATH, [PLAIN, PLAIN | {"message": "Łódź"}])
        assert (status, "does not take" in answer["error"]) == (422, True)
        assert await rejections(client) == {("events", "content"): 1}
        assert await kept(client) == []
        assert (await sent(client, PATH, PLAIN))[0] == 200


async def test_what_can_be_put_right_is_and_is_counted() -> None:
    ahead, old = time.time() + 86_400, time.time() - 91 * 86_400
    pushes = [
        PLAIN | {"message": "<b onclick='x()'>&amp;</b>"}, PLAIN | {"message": "long " * 1000},
        PLAIN | {"message": "ahead", "time": ahead}, PLAIN | {"message": "old", "time": old},
    ]  # fmt: skip
    async with pushed_to() as client:
        assert await sent(client, PATH, pushes) == (200, {"accepted": 3, "ignored": 1})
        rows = {row["message"][:5]: row for row in await kept(client)}
        assert rows["<b on"]["message"] == "<b onclick='x()'>&amp;</b>"
        assert len(rows["long "]["message"]) <= 1000
        assert rows["ahead"]["time"] < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60))
        assert await counted(client, "radio_ingest_clamped_total") == {("events",): 2}
        assert await rejections(client) == {("events", "stale"): 1}


async def test_thousands_of_names_are_one_other() -> None:
    async with pushed_to() as client:
        for start in range(0, 3000, 1000):
            body = [PLAIN | {"event": f"minted_{number}"} for number in range(start, start + 1000)]
            assert (await sent(client, PATH, body))[0] == 200
        found = await counted(client, "radio_events_total")
        assert len(found) < 240
        assert found["audio", "other", "info"] > 2700


async def test_shut_and_opened() -> None:
    async with pushed_to(ingest={}, listens={"sources": {"a": "http://127.0.0.1:1/a"}}) as client:
        assert (await sent(client, PATH, PLAIN, headers={}))[0] == 403
    async with pushed_to() as client:
        assert (await sent(client, PATH, PLAIN, headers={}))[0] == 401
        assert (await sent(client, PATH, PLAIN, headers={"Authorization": "Bearer wrong"}))[0] == 401


async def test_beside_basic_auth_and_a_read_token() -> None:
    """Who pushes shows the token of `ingest`, who reads that of `api`; neither needs the web's password."""
    web = WebConfig(basic_auth_users={"ali": bcrypt.hashpw(b"open", bcrypt.gensalt(4)).decode()})
    settings = config(ingest={"token": "open-sesame"}, api={"token": "a-token-to-read-with"})
    reads = {"Authorization": "Bearer a-token-to-read-with"}
    async with exporter(settings, web=web) as client:
        async with asyncio.timeout(30):
            while (await sent(client, PATH, PLAIN))[0] == 503:
                await asyncio.sleep(0.02)
        for headers, path, status in (
            (reads, PATH, 200), (TOKEN, PATH, 401), ({}, PATH, 401), (reads, f"{PATH}/live", 426), ({}, f"{PATH}/live", 401),
        ):  # fmt: skip
            async with client.get(path, headers=headers) as reply:
                assert reply.status == status, (headers, path)
    async with exporter(config(ingest={"token": "open-sesame"}), web=web) as client:
        async with client.get(PATH) as reply:
            assert reply.status == 401
        async with client.get(PATH, headers={"Authorization": aiohttp.encode_basic_auth("ali", "open")}) as reply:
            assert reply.status in (200, 503)


async def test_nothing_is_acknowledged_that_cannot_be_kept() -> None:
    async with pushed_to() as client:
        await sent(client, PATH, PLAIN)
        await client.app[keys.DATABASE].write(lambda c: c.exec_driver_sql("ALTER TABLE event RENAME TO away"))
        status, answer = await sent(client, PATH, PLAIN)
        assert (status, "/-/ready" in answer["error"]) == (503, True)
        await client.app[keys.DATABASE].write(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO event"))
        async with asyncio.timeout(30):
            while (await sent(client, PATH, PLAIN))[0] != 200:
                await asyncio.sleep(0.05)
        assert len(await kept(client)) == 2
