"""Samples of a history: against counting one by one, against the format."""

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.audience.facts import QUARTER
from exporter.backfill.sam_span import Span
from exporter.backfill.sam_spool import Spool
from exporter.sam.families import AIRED, PLAYS, TRACK_LISTENERS

START = 1_900_000 * QUARTER
UNTIL = START + 40 * QUARTER + 61_000
Samples = dict[tuple[str, str], list[tuple[float, float]]]


def written(events: list[tuple[str, int]], since: int | None = None, **more: str) -> str:
    """The file of plays at these moments."""
    span = Span(since, UNTIL, UNTIL)
    with TemporaryDirectory() as folder:
        spool, file = Spool(Path(folder), span, "studio", more), StringIO()
        for songtype, moment in sorted(events, key=lambda event: event[1]):
            spool.add(PLAYS, songtype, 1, moment)
            spool.add(AIRED, songtype, 1500, moment)
            spool.show(TRACK_LISTENERS, None if songtype == "J" else moment % 97, moment)
        spool.write((PLAYS, AIRED, TRACK_LISTENERS), file)
        assert spool.samples == sum(line[0] != "#" for line in file.getvalue().splitlines())
        spool.close()
    return file.getvalue()


def parsed(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, sample.labels.get("songtype", "")
            found.setdefault(key, []).append((float(sample.timestamp) * 1000, sample.value))
    return found


events = st.lists(st.tuples(st.sampled_from("SIJ"), st.integers(START, UNTIL)), min_size=1, max_size=30)


@settings(deadline=None)  # files are written
@given(events, st.one_of(st.none(), st.integers(START // 1000, UNTIL // 1000 - 1).map(lambda second: second * 1000)))
def test_as_counted(drawn: list[tuple[str, int]], since: int | None) -> None:
    found = parsed(written(drawn, since))
    for songtype in {songtype for songtype, _ in drawn}:
        here = sorted(moment for kind, moment in drawn if kind == songtype)
        plays = found["sam_plays_total", songtype]
        times = [at for at, _ in plays]
        assert plays == [(at, sum(moment <= at for moment in here)) for at in times]
        assert found["sam_play_duration_seconds_total", songtype] == [(at, value * 1.5) for at, value in plays]
        assert plays[-1] == (UNTIL, len(here))
        assert times[:-1] == [times[0] + number * QUARTER for number in range(len(times) - 1)]
        assert all(at % QUARTER == 0 for at in times[:-1])
        if since is None:
            assert plays[0][1] == 0
            assert here[0] - QUARTER <= times[0] < here[0]
        else:
            assert times[0] >= since
            assert plays[0][1] == 0 or times[0] - QUARTER < since


@settings(deadline=None)  # files are written
@given(events)
def test_listeners_are_those_of_the_newest_play(drawn: list[tuple[str, int]]) -> None:
    plays = sorted(drawn, key=lambda event: event[1])
    for at, value in parsed(written(drawn)).get(("sam_track_listeners", ""), []):
        songtype, moment = next(play for play in reversed(plays) if play[1] <= at)
        assert songtype != "J"
        assert value == moment % 97


def test_families_stand_together_with_their_labels() -> None:
    text = written([("S", START), ("I", START + 1)], job="radio")
    names = [line.partition("{")[0] for line in text.splitlines() if not line.startswith("#")]
    assert names == sorted(
        names, key=["sam_plays_total", "sam_play_duration_seconds_total", "sam_track_listeners"].index
    )
    assert f'sam_plays_total{{server="studio",songtype="I",job="radio"}} 0 {START // 1000}\n' in text
    assert text.endswith("\n# EOF\n")
    assert text.count("# TYPE") == 3


def test_an_empty_history_is_an_empty_exposition() -> None:
    assert parsed(written([])) == {}
