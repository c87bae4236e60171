"""The tables that `make bench` prints."""

from bench.lag import Lag
from bench.report import Fetches, aims, report
from bench.stage import BARE, CODINGS, EARHORN, OURS, Calm, Outcome
from bench.table import table
from bench.timings import Timing


def outcome(mounts: int, *, ours: float = 0.001, lag: float = 0.025) -> Outcome:
    medians = {OURS: ours, EARHORN: 0.05, BARE: 0.001}
    return Outcome(
        mounts,
        timings={
            (who, coding): Timing(1000, median, 2 * median, 50_000)
            for who, median in medians.items()
            for coding in CODINGS
        },
        memory={OURS: 61_000_000, EARHORN: 70_000_000, BARE: 40_000_000},
        upstream=0.002,
        calm=Calm(Timing(12, 0.004, 0.006, 50_000), Lag(lag, 0, 3000), Lag(0.001, 0, 3000)),
    )


def test_columns_line_up() -> None:
    assert table(("a", "bb"), [("xxx", "1"), ("y", "10")]) == "a    bb\n---  --\nxxx   1\ny    10"


def test_aims_that_are_met_and_missed() -> None:
    verdicts = {
        (what, aim): verdict for what, aim, _, verdict in aims([outcome(1000, ours=0.002, lag=0.05)], Fetches(0, 2))
    }
    assert verdicts == {
        ("median, 1,000 mounts, identity", "<= 1.5 x bare aiohttp"): "MISSED",
        ("median, 1,000 mounts, identity", ">= 10 x faster than earhorn"): "met",
        ("median, 1,000 mounts, gzip", "<= 1.5 x bare aiohttp"): "MISSED",
        ("median, 1,000 mounts, gzip", ">= 10 x faster than earhorn"): "met",
        ("peak memory, 1,000 mounts", "<= 80 MB"): "met",
        ("event loop, 1,000 mounts", "<= 50 ms"): "MISSED",
        ("20 scrapes at once, polled every 5 s", "0 extra fetched"): "met",
        ("20 scrapes at once, interval: 0s", "1 fetched"): "MISSED",
    }


def test_the_memory_of_a_small_station_has_its_own_limit() -> None:
    found = [row for row in aims([outcome(10)], Fetches()) if row[0].startswith("peak memory")]
    assert found == [("peak memory, 10 mounts", "<= 60 MB", "61 MB", "MISSED")]


def test_what_could_not_be_run_is_said() -> None:
    alone = outcome(1000)
    for coding in CODINGS:
        del alone.timings[EARHORN, coding]
    del alone.memory[EARHORN]
    text = report([alone], Fetches())
    assert not alone.complete
    assert text.count("not run") == 2 * 2 + 1 + 2 * 2


def test_the_report_has_everyone_beside_each_other() -> None:
    line = next(line for line in report([outcome(1000)], Fetches(0, 1)).splitlines() if "earhorn  " in line)
    assert " ".join(line.split()) == "1,000 identity earhorn 1,000 50.0 50.00 100.00 50.00 x 50.00 x 50.00 x"
