"""Sums by songtype."""

from exporter.sam.log.timeline import Play
from exporter.sam.log.totals import Gain, Sum, grown, totals
from exporter.sam.reading import SONGTYPES
from tests.sam.rows import aired


def test_every_songtype_is_there_from_the_start() -> None:
    assert totals([("J", Sum(3))]) == {songtype: Sum(3 * (songtype == "J")) for songtype in SONGTYPES}


def test_a_batch_adds_its_plays_and_those_it_completed() -> None:
    gain = Gain(latest=4000)
    gain.played(Play(aired(1, "2026-01-10 12:00:00", 200), 1000, 1000, 90_000, False))
    gain.played(Play(aired(2, "2026-01-10 12:00:00", 100), 3000, 3000, 9_000, True))
    gain.played(Play(aired(3, "0000-00-00 00:00:00", 100), None, None))
    gain.played(Play(aired(4, "2026-01-10 12:00:00", 5, "J"), 2000, 2000))
    gain.completed(Play(aired(5, "2026-01-10 12:00:00", 7, "J"), 500, 500, 1_000, True))
    sums = grown(totals([("S", Sum(1, 1_000, 1_000, 0, 5000))]), gain)
    assert sums["S"] == Sum(4, 100_000, 301_000, 1, 5000)
    assert sums["J"] == Sum(1, 1_000, 7_000, 1, 2000)
    assert sums["A"] == Sum()


def test_a_start_far_ahead_counts_and_is_not_the_last() -> None:
    gain = Gain(latest=4000)
    for number, start in enumerate((3999, 4000, 4001), 1):
        gain.played(Play(aired(number, "2026-01-10 12:00:00", 200), start, start))
    gain.played(Play(aired(4, "2026-01-10 12:00:00", 5, "J"), 4001, 4001))
    assert (gain.sums()["S"], gain.sums()["J"]) == (Sum(3, last_play=4000), Sum(1))
