"""The figures over HTTP: shapes, pages, tags, refusals."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest
from aiohttp import hdrs
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from exporter.reload import Settings
from exporter.store.schema import quarter, quarter_people
from tests.reports.listening import Session
from tests.web.api.figures import Client, at, begin, database, get, listened, settings

NIGHT = [
    Session(at("2026-03-28T23:30"), at("2026-03-29T01:30"), "/jazz", "DE", "anna", sent=1000),
    Session(at("2026-03-29T01:30"), at("2026-03-29T03:30"), "/live", "US", "bert", sent=500),
]
PATHS = [f"/api/v1/stats/{name}" for name in ("current", "hourly", "daily", "geo", "export?kind=daily")]


async def test_sessions_of_the_moment_by_every_dimension() -> None:
    async with listened(geoip={"min_cell": 2}) as client:
        for who, channel, city in (("anna", "/jazz", "Berlin"), ("bert", "/jazz", "Berlin"), ("cleo", "/live", "Ulm")):
            await begin(client, who, channel, city=city)
        found = await get(client, "/stats/active")
    assert found["channel"] == [
        {"server": "main", "channel": "/jazz", "sessions": 2},
        {"server": "main", "channel": "/live", "sessions": 1},
    ]
    assert found["country"] == [{"country": "DE", "sessions": 3}]
    assert {row["city"]: row["sessions"] for row in found["city"]} == {"Berlin": 2, "other": 1}
    assert set(found) == {"server", "channel", "country", "city", "protocol", "player", "player_class"}


async def test_the_last_hour_and_today() -> None:
    now = time.time_ns() // 1_000_000
    async with listened([Session(now - 120_000, now, "/jazz", "DE", "anna")]) as client:
        await begin(client, "bert", city="Ulm")
        found = await get(client, "/api/v1/stats/current")
    assert found["sessions"] == 1
    assert "city" not in found["active"]
    assert "Ulm" not in str(found)
    for part in ("last_hour", "today"):
        station, *channels = found[part]
        assert station["channel"] is None
        assert "/jazz" in [row["channel"] for row in channels]
        assert station["complete"] is False
    assert (found["last_hour"][0]["ss"], found["last_hour"][0]["cume"]) == (1, 1)


async def test_hours_over_the_change_of_the_clock() -> None:
    async with listened(NIGHT) as client:
        found = await get(client, "/api/v1/stats/hourly?from=2026-03-29&to=2026-03-29T04:00:00%2B02:00&channel=")
    assert (found["timezone"], found["from"], found["to"], found["periods"]) == (
        "Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-29T04:00:00+02:00", 3,
    )  # fmt: skip
    assert [(row["from"], row["tlh"], row["cume"], row["channel"]) for row in found["rows"]] == [
        ("2026-03-29T00:00:00+01:00", 1.0, 1, None),
        ("2026-03-29T01:00:00+01:00", 1.0, 2, None),
        ("2026-03-29T03:00:00+02:00", 0.5, 1, None),
    ]


async def test_days_weeks_months_and_parts_of_the_day() -> None:
    async with listened(NIGHT) as client:
        asked = "/api/v1/stats/daily?from=2026-03-28&to=2026-03-30&channel=&by="
        found = {by: (await get(client, asked + by))["rows"] for by in ("day", "week", "month", "part")}
    assert [(row["period"], row["tlh"]) for row in found["day"]] == [("2026-03-28", 0.5), ("2026-03-29", 2.5)]
    assert [(row["period"], row["tlh"], row["cume"]) for row in found["week"]] == [("2026-W13", 3.0, 2)]
    assert [(row["period"], row["ss"], row["to"]) for row in found["month"]] == [
        ("2026-03", 2, "2026-04-01T00:00:00+02:00")
    ]
    assert [(row["period"], row["part"], row["tlh"]) for row in found["part"] if row["tlh"]] == [
        ("2026-03-28", "evening", 0.5),
        ("2026-03-29", "night", 2.5),
    ]
    assert len(found["part"]) == 10


async def test_pages_follow_one_another() -> None:
    async with listened(NIGHT) as client:
        path, days, pages = "/api/v1/stats/daily?from=2026-03-20&to=2026-04-01&limit=5", [], 0
        while path:
            async with client.get(path) as reply:
                body = await reply.json()
                assert str(reply.links["next"]["url"].relative() if body["next"] else None) == str(body["next"])
            assert body["periods"] == 12
            days += [row["period"] for row in body["rows"] if row["channel"] is None]
            path, pages = body["next"], pages + 1
    assert (pages, days) == (3, [f"2026-03-{day}" for day in range(20, 32)])


async def test_the_next_page_is_of_the_same_stretch() -> None:
    """Without `from` and `to` the stretch would have moved on when the next page is asked for."""
    async with listened() as client:
        first = await get(client, "/api/v1/stats/hourly?limit=20")
        second = await get(client, first["next"])
    assert "from=" in first["next"]
    assert "to=" in first["next"]
    assert (second["from"], second["to"], second["offset"], second["limit"]) == (first["from"], first["to"], 20, 20)
    assert first["rows"][-1]["to"] == second["rows"][0]["from"]


async def test_a_page_beyond_the_end_is_empty() -> None:
    async with listened(NIGHT) as client:
        found = await get(client, "/api/v1/stats/daily?from=2026-03-20&to=2026-04-01&offset=12")
    assert (found["rows"], found["next"]) == ([], None)


async def test_as_usual_the_last_day_and_the_last_thirty() -> None:
    async with listened() as client:
        hours, days = [await get(client, f"/api/v1/stats/{name}") for name in ("hourly", "daily")]
    assert hours["periods"] in (24, 25)
    assert days["periods"] in (29, 30, 31)  # thirty times 24 hours: where the clocks change, an hour more or less
    assert days["rows"][-1]["complete"] is False
    assert days["rows"][-1]["period"] == datetime.fromisoformat(days["to"]).date().isoformat()


async def test_nothing_of_the_future() -> None:
    async with listened() as client:
        found = await get(client, "/api/v1/stats/daily?from=2050-01-01&to=2050-02-01")
    assert (found["periods"], found["rows"]) == (0, [])


async def test_countries() -> None:
    async with listened(NIGHT) as client:
        found = await get(client, "/api/v1/stats/geo?from=2026-03-28&to=2026-03-30")
        jazz = await get(client, "/api/v1/stats/geo?from=2026-03-28&to=2026-03-30&channel=/jazz")
    assert [(row["country"], row["sessions"], row["tlh"], row["share"]) for row in found["rows"]] == [
        ("DE", 1, 2.0, 0.6667),
        ("US", 1, 1.0, 0.3333),
    ]
    assert [row["country"] for row in jazz["rows"]] == ["DE"]
    assert jazz["channel"] == "/jazz"


async def test_the_zone_of_a_reload_is_honoured() -> None:
    zones = iter(("Asia/Kolkata",))
    zone = "Europe/Berlin"

    def load() -> Settings:
        return Settings(settings(station={"name": "Radio", "timezone": next(zones)}, state_dir=folder))

    async with listened(NIGHT, load=load) as client:
        folder = str(database(client).file.parent)
        for zone, start, tlh in (("Europe/Berlin", "00:00:00+01:00", 2.5), ("Asia/Kolkata", "00:00:00+05:30", 3.0)):
            found = await get(client, "/api/v1/stats/daily?from=2026-03-29&to=2026-03-30&channel=")
            assert (found["timezone"], found["from"]) == (zone, f"2026-03-29T{start}")
            assert found["rows"][0]["tlh"] == tlh
            today = (await get(client, "/api/v1/stats/current"))["today"][0]
            midnight = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
            assert today["from"][-6:] == midnight.isoformat()[-6:]
            if zone == "Europe/Berlin":
                async with client.post("/-/reload") as reply:
                    assert reply.status == 200, await reply.text()


async def test_who_has_it_gets_304() -> None:
    async with listened(NIGHT) as client:
        path = "/api/v1/stats/daily?from=2026-03-28&to=2026-03-30"
        async with client.get(path) as reply:
            tag = reply.headers[hdrs.ETAG]
            assert reply.headers[hdrs.CACHE_CONTROL] == "private, max-age=300"
            assert tag.startswith('"')
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            async with client.get(path, headers={hdrs.IF_NONE_MATCH: known}) as reply:
                assert (reply.status, await reply.read(), reply.headers[hdrs.ETAG]) == (304, b"", tag)
        async with client.get(path, headers={hdrs.IF_NONE_MATCH: '"other"'}) as reply:
            assert reply.status == 200
        await begin(client, "anna")
        async with client.get("/stats/active") as reply:
            before = reply.headers[hdrs.ETAG]
        await begin(client, "bert")
        async with client.get("/stats/active", headers={hdrs.IF_NONE_MATCH: before}) as reply:
            assert reply.status == 200
        async with client.get("/api/v1/stats/daily") as reply:
            assert reply.headers[hdrs.CACHE_CONTROL] == "private, max-age=15"


@pytest.mark.parametrize("path", ["/stats/active", "/api/v1/stats/live", *PATHS])
async def test_the_read_token(path: str) -> None:
    async with listened(api={"token": "a-token-to-read-with"}) as client:
        for shown in ({}, {"Authorization": "Bearer a-token-to-read-wit"}, {"Authorization": "Basic a-token-to-read-with"},
                      {"Authorization": "Bearer ä"}, {"Authorization": "Bearer"}):  # fmt: skip
            async with client.get(path, headers=shown) as reply:
                assert reply.status == 401
                assert reply.headers["WWW-Authenticate"].startswith("Bearer")
                assert set(await reply.json()) == {"error"}
        parted = "&" if "?" in path else "?"
        async with client.get(f"{path}{parted}access_token=a-token-to-read-with") as reply:
            assert reply.status == 401
        async with client.get(path, headers={"Authorization": "bearer a-token-to-read-with"}) as reply:
            assert reply.status == (426 if path.endswith("live") else 200)


async def test_what_is_wrong_is_named() -> None:
    async with listened() as client:
        for path, error in (
            ("/api/v1/stats/hourly?from=2024-01-01&to=2026-01-01", "`from` and `to` are too far apart; allowed: 400 days at most"),
            ("/api/v1/stats/hourly?limit=10001", "`limit` is a number out of range; allowed: 1 to 10000"),
            ("/api/v1/stats/hourly?by=day", "`by` is no parameter here; allowed: `from`, `to`, `channel`, `limit`, `offset`"),
            ("/api/v1/stats/daily?by=hour", "`by` is an unknown word; allowed: day, week, month, part"),
            ("/api/v1/stats/current?x=1", "`x` is no parameter here; allowed: none"),
            ("/api/v1/stats/export", "`kind` is missing; allowed: sessions, hourly, daily, geo, listens, royalty, plays"),
            ("/api/v1/stats/export?kind=daily&format=xlsx", "`format` is an unknown word; allowed: csv, json"),
        ):  # fmt: skip
            assert await get(client, path, 400) == {"error": error}
        async with client.get("/api/v1/stats/daily?from=2016-06-01&to=2026-05-01&limit=1") as reply:
            assert reply.status == 200


TEXTS = (
    st.text(max_size=12)
    | st.integers().map(str)
    | st.dates().map(str)
    | st.sampled_from(["day", "csv", "daily", "2026-01-01"])
)
NAMES = st.sampled_from(["from", "to", "by", "channel", "limit", "offset", "kind", "format", "bom"])


@pytest.fixture
async def asked() -> AsyncIterator[Client]:
    async with listened(NIGHT) as client:
        yield client


# One exporter serves all the examples: it takes longer to start than they to be answered.
@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/stats/active", *PATHS]),
    pairs=st.lists(st.tuples(NAMES | st.text(max_size=3), TEXTS), max_size=3),
)
async def test_no_query_is_an_error_of_ours(asked: Client, path: str, pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs, errors="replace")
    async with asked.get(f"{path}{'&' if '?' in path else '?'}{query}") as reply:
        assert reply.status in (200, 400), await reply.text()
        if reply.status == 400:
            assert set(await reply.json()) == {"error"}


@pytest.mark.parametrize(
    "query",
    ["from=%FF%FE", "channel=%00", "%ED%A0%80=1", "from=" + 4000 * "9", "=&&&=", "channel=" + quote("käse/日本")],
)
async def test_odd_bytes(query: str) -> None:
    async with listened() as client, client.get(f"/api/v1/stats/daily?{query}") as reply:
        assert reply.status in (200, 400)


@pytest.mark.parametrize("path", PATHS)
async def test_a_store_that_fails_is_503_and_says_why(path: str) -> None:
    async with listened() as client:
        for table in (quarter, quarter_people):
            await database(client).write(table.drop)
        async with client.get(path) as reply:
            assert reply.status == 503, await reply.text()
            assert reply.headers["Retry-After"] == "5"
            assert "error" in await reply.json()
        async with client.get("/stats/active") as reply:
            assert reply.status == 200
