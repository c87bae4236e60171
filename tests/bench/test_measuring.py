"""The arithmetic behind `make bench`: what is timed in which order, and what the figures come to."""

import os
from itertools import count
from math import inf

import pytest

from bench import lag
from bench.errors import BenchError
from bench.interleave import Case, Extent, interleave
from bench.process import seconds_in, size_in
from bench.timings import percentile, timing

HISTOGRAM = """\
# TYPE radio_exporter_event_loop_lag_seconds histogram
radio_exporter_event_loop_lag_seconds_bucket{{le="0.01"}} {0}
radio_exporter_event_loop_lag_seconds_bucket{{le="0.025"}} {1}
radio_exporter_event_loop_lag_seconds_bucket{{le="0.05"}} {2}
radio_exporter_event_loop_lag_seconds_bucket{{le="+Inf"}} {3}
"""


def histogram(*cumulative: float) -> lag.Buckets:
    return lag.buckets(HISTOGRAM.format(*cumulative))


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 201)]
    assert percentile(values, 99) == 198
    assert percentile(values, 100) == 200
    assert percentile([7.0], 99) == 7
    assert timing(values, 12).median == 100.5


def test_every_case_is_asked_to_and_fro() -> None:
    asked: list[str] = []
    cases = [Case(name, "identity", lambda name=name: asked.append(name)) for name in "ABC"]
    ticks = count()
    interleave(cases, Extent(seconds=0, requests=4, slow_requests=0, limit=1000), lambda: float(next(ticks)))
    assert "".join(asked) == "ABCCBAABCCBA"
    assert [len(case.seconds) for case in cases] == [4, 4, 4]


def test_a_slow_case_leaves_time_for_the_others() -> None:
    now = [0.0]

    def take(seconds: float) -> None:
        now[0] += seconds

    quick, slow = Case("quick", "", lambda: take(0.001)), Case("slow", "", lambda: take(0.1), slow=True)
    interleave([quick, slow], Extent(seconds=10, requests=100, slow_requests=10, limit=30), lambda: now[0])
    assert 5.5 < sum(slow.seconds) < 6.5
    assert sum(quick.seconds) > 3.5


def test_what_takes_too_long_is_cut_short() -> None:
    now = [0.0]

    def take() -> None:
        now[0] += 1.0

    case = Case("endless", "", take)
    interleave([case], Extent(seconds=1, requests=1000, slow_requests=0, limit=5), lambda: now[0])
    assert len(case.seconds) == 5


def test_only_what_was_observed_meanwhile_counts_as_lag() -> None:
    found = lag.between(histogram(100, 110, 120, 121), histogram(300, 315, 325, 326))
    assert found == lag.Lag(longest=0.025, late=0, looks=205)
    assert found.longest_block == pytest.approx(0.045)


def test_a_late_look_counts_as_late() -> None:
    found = lag.between(histogram(0, 0, 0, 0), histogram(300, 315, 318, 318))
    assert found == lag.Lag(longest=0.05, late=3, looks=318)


def test_how_often_and_how_late_is_told_step_by_step() -> None:
    found = lag.steps(histogram(100, 110, 120, 121), histogram(300, 315, 325, 327))
    assert found == {0.01: 200, 0.025: 5, inf: 1}


def test_sizes_are_read_in_bytes() -> None:
    status = "VmPeak:\t  9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"
    assert size_in(status, "VmHWM") == 2 * 2**20
    assert size_in(status, "VmRSS") == 1024
    with pytest.raises(BenchError, match="does not tell"):
        size_in("Name:\tpython\n", "VmHWM")


def test_processor_time_is_that_of_the_process_and_of_the_kernel_for_it() -> None:
    fields = ["S", *map(str, range(4, 14)), "150", "50", "7"]
    assert seconds_in(f"42 (a name) with) {' '.join(fields)}") == pytest.approx(200 / os.sysconf("SC_CLK_TCK"))
