"""History for Prometheus: against counting one by one, against promtool, against the format."""

import subprocess
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.audience.facts import QUARTER
from exporter.backfill.openmetrics import Exposition
from tests.services import need

Stay = tuple[str, int, int]
SECONDS = QUARTER // 1000


def shown(stays: list[Stay], **more: str) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Values and times by sample name and channel, read by the official parser."""
    exposition, file = Exposition("main", more), StringIO()
    for stay in stays:
        exposition.take(*stay)
    exposition.write(file)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for family in text_string_to_metric_families(file.getvalue()):
        for sample in family.samples:
            channel = sample.labels.get("channel") or sample.labels["mount"]
            found.setdefault((sample.name, channel), []).append((float(sample.timestamp), sample.value))
    return found


stays = st.lists(
    st.tuples(st.sampled_from(["/a", '/b"\\\n']), st.integers(10, 4000), st.integers(1, 3000)).map(
        lambda drawn: (drawn[0], drawn[1] * 1000, (drawn[1] + drawn[2]) * 1000)
    ),
    min_size=1,
    max_size=20,
)


@given(stays)
def test_as_counted(drawn: list[Stay]) -> None:
    found = shown(drawn)
    for channel in {stay[0] for stay in drawn}:
        here = [(start / 1000, end / 1000) for name, start, end in drawn if name == channel]
        series = found["radio_sessions_active", channel]
        assert found["icecast_mount_listeners", channel] == series
        first = int(min(start for start, _ in here) // SECONDS)
        assert series[0][0] <= first * SECONDS
        assert [at for at, _ in series] == [series[0][0] + n * SECONDS for n in range(len(series))]
        assert series == [(at, sum(start <= at < end for start, end in here)) for at, _ in series]
        started, listened = (
            found[f"radio_{name}_total", channel] for name in ("sessions_started", "listening_seconds")
        )
        assert started == [(at, sum(start <= at for start, _ in here)) for at, _ in series]
        for at, value in listened:
            assert value == pytest.approx(sum(max(0, min(end, at) - start) for start, end in here))
        assert series[-1][1] == 0
        assert started[-1][1] == len(here)


def test_more_labels() -> None:
    file = StringIO()
    exposition = Exposition("main", {"job": "radio", "instance": "a:1"})
    exposition.take("/a", 0, 60_000)
    exposition.write(file)
    assert 'radio_sessions_active{server="main",channel="/a",job="radio",instance="a:1"} 1 0\n' in file.getvalue()
    assert 'icecast_mount_listeners{server="main",mount="/a",job="radio",instance="a:1"} 0 900\n' in file.getvalue()
    assert file.getvalue().endswith("\n# EOF\n")
    assert file.getvalue().count("# TYPE") == 4


def test_nobody_at_all_is_an_empty_exposition() -> None:
    file = StringIO()
    Exposition("main", {}).write(file)
    assert next(iter(text_string_to_metric_families(file.getvalue()))).samples == []
    assert file.getvalue().endswith("# EOF\n")


@pytest.mark.integration
def test_promtool_makes_blocks_of_it(tmp_path: Path) -> None:
    need("promtool")
    exposition = Exposition("main", {})
    for number in range(600):
        exposition.take("/a", number * 600_000, number * 600_000 + 1_800_000)
    with (tmp_path / "history.om").open("w") as file:
        exposition.write(file)
    made = subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "history.om", "blocks"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    blocks = [path for path in (tmp_path / "blocks").iterdir() if (path / "meta.json").exists()]
    assert len(blocks) > 40, "four days in blocks of two hours"
