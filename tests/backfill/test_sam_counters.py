"""Where the history for Prometheus ends, the exporter's own counters go on: they are the same."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.backfill import sam_plays, sam_requests
from exporter.backfill.sam_plays import Plays
from exporter.backfill.sam_requests import Requests
from exporter.backfill.sam_span import Span
from exporter.backfill.sam_spool import Spool
from exporter.config.schema_sam import SamDatabase
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.log.timeline import Rules
from exporter.sam.reading import HistoryRow, RequestRow, Song
from exporter.store.database import database_url
from tests.store.stores import store

BERLIN = ZoneInfo("Europe/Berlin")
NOW = 1_795_000_000_000
TYPES = "SSSSSIJAPNVXC?"
FAMILIES = (*sam_plays.FAMILIES, *sam_requests.FAMILIES)


def history(means: str, dice: random.Random) -> list[HistoryRow]:
    """Rows up to now with every oddity: skips, silence, zero dates, effects over songs, a clock that was wrong."""
    rows, at = [], datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(hours=40)
    for number in range(1, 3000):
        nominal = dice.choice((0, 4000, 25_000, 180_000, 240_000))
        lasted = timedelta(milliseconds=dice.choice((nominal, nominal, 5000, nominal // 3)))
        lasted += timedelta(minutes=30) if number % 100 == 0 else timedelta()
        moment = at + lasted if means == "end" else at
        moment -= timedelta(hours=3) if number in (150, 151) else timedelta()
        moment += timedelta(days=4000) if number == 300 else timedelta()
        played = None if number % 61 == 1 else moment.astimezone(BERLIN).replace(tzinfo=None, microsecond=0)
        rows.append(
            HistoryRow(
                number, played, nominal, dice.choice(TYPES), Song(number % 50, "A", f"T{number % 50}"),
                request_id=number // 9 if number % 9 == 0 else 0, listeners=dice.randrange(90), overlay=number % 43 == 5,
            )
        )  # fmt: skip
        at += lasted
        if at.timestamp() * 1000 > NOW - 600_000:
            break
    return rows


def asked(rows: Sequence[HistoryRow], dice: random.Random) -> list[RequestRow]:
    """Requests of every code and status; some of them were played."""
    times = [row.played for row in rows[9::9]]
    return [
        RequestRow(
            number, number % 50, None if time is None or number % 17 == 0 else time - timedelta(seconds=dice.randrange(-60, 4000)),
            "192.0.2.1", dice.choice((0, 200, 200, 601, 602, 603, 604, 605, 606, 609, 801, 777)),
            dice.choice(("new", "pending", "played", "ignored")),
        )
        for number, time in enumerate(times, start=1)
    ]  # fmt: skip


def backfilled(config: SamDatabase, span: Span, rows: Sequence[HistoryRow], requests: Sequence[RequestRow], batch: int):
    """Samples by family and label: time and value."""
    rules = Rules(BERLIN, config.date_played_means, 30_000, lambda _: None)
    with TemporaryDirectory() as folder:
        spool, file = Spool(Path(folder), span, "studio", {}), StringIO()
        plays = Plays(rules, span, spool)
        wishes = Requests(BERLIN, 86_400_000, plays.fulfilled, span, spool)
        for start in range(0, len(rows), batch):
            plays.take(rows[start : start + batch])
        for start in range(0, len(requests), batch):
            wishes.take(requests[start : start + batch])
        wishes.end()
        spool.write(FAMILIES, file)
        spool.close()
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for family in text_string_to_metric_families(file.getvalue()):
        for sample in family.samples:
            label = sample.labels.get("songtype") or sample.labels.get("outcome") or ""
            found.setdefault((sample.name, label), []).append((int(float(sample.timestamp)), sample.value))
    return found


def last(found, family: str) -> dict[str, float]:
    return {label: samples[-1][1] for (name, label), samples in found.items() if name == family and samples[-1][1]}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("means", ["start", "end"])
async def test_they_end_as_the_exporters_own(tmp_path: Path, means, batch: int, seed: int) -> None:
    dice = random.Random(seed)
    rows = history(means, dice)
    requests = asked(rows, dice)
    config = SamDatabase(name="studio", host="x", user="x", date_played_means=means)
    found = backfilled(config, Span(None, NOW, NOW), rows, requests, batch)
    with store(database_url(None, tmp_path)) as database:
        wishes = RequestLog(database, config, BERLIN, lambda _: None)
        log = PlayLog(database, config, BERLIN, lambda _: None, wishes)
        await log.append(rows, 1)
        await wishes.append(requests, NOW)
        totals, counts = log.totals, wishes.counts
        assert wishes.pending
    assert log.disruptions["clock_back"]
    assert last(found, "sam_plays_total") == {kind: one.plays for kind, one in totals.items() if one.plays}
    assert last(found, "sam_skips_total") == {kind: one.skips for kind, one in totals.items() if one.skips}
    for family, name in (("play", "aired"), ("play_nominal", "nominal")):
        expected = {kind: getattr(one, name) / 1000 for kind, one in totals.items() if getattr(one, name)}
        assert last(found, f"sam_{family}_duration_seconds_total") == expected
    assert last(found, "sam_requests_total") == {word: number for word, number in counts.items() if number}
    assert len(counts) - len(last(found, "sam_requests_total")) <= 2, "nearly every outcome"


@pytest.mark.parametrize("batch", [3, 1000])
@pytest.mark.parametrize("hours", [4, 17.3])
def test_up_to_an_earlier_end_is_the_beginning_of_the_whole(batch: int, hours: float) -> None:
    """The same samples, whatever came later; nothing ever goes back."""
    dice = random.Random(9)
    rows = history("start", dice)
    requests = [request for request in asked(rows, dice) if request.status != "pending"]
    config = SamDatabase(name="studio", host="x", user="x")
    end = NOW - int(hours * 3600) * 1000
    whole = backfilled(config, Span(None, NOW, NOW), rows, requests, batch)
    part = backfilled(config, Span(None, end, NOW), rows, requests, batch)
    assert part
    for key, samples in part.items():
        assert samples[-1][0] == end // 1000
        aligned = [sample for sample in samples if sample[0] % 900 == 0]
        if key[0] != "sam_requests_total":  # what is pending then may be decided later
            assert aligned == whole[key][: len(aligned)], key
        if key[0].endswith("_total"):
            assert all(one <= other for (_, one), (_, other) in pairwise(samples))


def test_from_a_time_on_the_counters_hold_what_was_before() -> None:
    dice = random.Random(2)
    rows = history("start", dice)
    config = SamDatabase(name="studio", host="x", user="x")
    since = NOW - 20 * 3_600_000 + 17_000
    whole = backfilled(config, Span(None, NOW, NOW), rows, [], 50)
    part = backfilled(config, Span(since, NOW, NOW), rows, [], 50)
    for key, samples in part.items():
        assert samples[0][0] * 1000 >= since
        assert samples == whole[key][-len(samples) :]
    assert part["sam_plays_total", "S"][0][1] > 10


def test_a_request_counts_when_something_became_of_it() -> None:
    noon = datetime.fromtimestamp(NOW / 1000 - 3 * 86_400, BERLIN).replace(
        hour=12, minute=0, second=0, tzinfo=None, microsecond=0
    )
    rows = [HistoryRow(1, noon + timedelta(minutes=50), 180_000, "S", Song(1, "A", "T"), request_id=1)]
    requests = [
        RequestRow(1, 1, noon, "", 200, "played"),
        RequestRow(2, 1, noon, "", 200, "pending"),
        RequestRow(3, 1, noon, "", 603, "ignored"),
    ]
    config = SamDatabase(name="studio", host="x", user="x")
    found = backfilled(config, Span(None, NOW, NOW), rows, requests, 10)
    start = int(noon.replace(tzinfo=BERLIN).timestamp())

    def first_seen(outcome: str) -> int:
        return next(at - start for at, value in found["sam_requests_total", outcome] if value)

    assert {word: first_seen(word) for word in ("accepted", "played", "expired", "song_queued")} == {
        "accepted": 0, "played": 3600, "expired": 86_400, "song_queued": 0
    }  # fmt: skip
    assert found["sam_requests_total", "accepted"][-1][1] == 2
