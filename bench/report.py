"""Turns what was measured into tables, and sets it beside the aims."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.earhorn import version
from bench.figures import late, mb, ms, times, verdict
from bench.simultaneous import SCRAPES
from bench.stage import BARE, CODINGS, EARHORN, OURS, Outcome
from bench.table import table
from bench.timings import Timing

MOST_BESIDE_BARE = 1.5
LEAST_BESIDE_EARHORN = 10
MOST_MEMORY = {10: 60e6, 1000: 80e6}
LONGEST_BLOCK = 0.05

INTRODUCTION = """\
/metrics on loopback in text format, asked in turn by one client and timed to the last byte. Meanwhile radio-exporter
polls Icecast every 5 s; earhorn {earhorn} asks it at each scrape; the bare aiohttp handler returns the bytes that
radio-exporter returned. Ratios are to the bare handler (bare) and to radio-exporter (ours)."""


@dataclass(frozen=True, slots=True)
class Fetches:
    """Requests to Icecast that 20 scrapes at once caused; None = could not be counted."""

    extra_while_polled: int | None = None
    on_scrape: int | None = None


def report(outcomes: Sequence[Outcome], fetches: Fetches) -> str:
    """The whole result."""
    parts = (
        INTRODUCTION.format(earhorn=version()),
        _latencies(outcomes),
        "\n".join(line for outcome in outcomes for line in _remarks(outcome)),
        "Peak memory of each process (VmHWM)",
        _memory(outcomes),
        "Aims",
        table(("", "aim", "measured", ""), list(aims(outcomes, fetches)), left=4),
    )
    return "\n\n".join(parts)


def aims(outcomes: Sequence[Outcome], fetches: Fetches) -> Iterator[tuple[str, str, str, str]]:
    """Each aim: of what, how much, what was measured, and whether that is as good."""
    for outcome in outcomes:
        if outcome.mounts == 1000:
            yield from _latency_aims(outcome)
    for outcome in outcomes:
        if outcome.mounts in MOST_MEMORY:
            memory, most = outcome.memory[OURS], MOST_MEMORY[outcome.mounts]
            yield f"peak memory, {outcome.mounts:,} mounts", f"<= {mb(most)}", mb(memory), verdict(memory <= most)
    for outcome in outcomes:
        yield from _lag_aims(outcome)
    yield from _fetch_aims(fetches)


def _latency_aims(outcome: Outcome) -> Iterator[tuple[str, str, str, str]]:
    for coding in CODINGS:
        what = f"median, {outcome.mounts:,} mounts, {coding}"
        slower = _ratio(outcome, OURS, BARE, coding, _median)
        good = None if slower is None else slower <= MOST_BESIDE_BARE
        yield what, f"<= {MOST_BESIDE_BARE} x {BARE}", times(slower), verdict(good)
        faster = _ratio(outcome, EARHORN, OURS, coding, _median)
        good = None if faster is None else faster >= LEAST_BESIDE_EARHORN
        yield what, f">= {LEAST_BESIDE_EARHORN} x faster than {EARHORN}", times(faster), verdict(good)


def _lag_aims(outcome: Outcome) -> Iterator[tuple[str, str, str, str]]:
    if outcome.calm is None:
        return
    lag = outcome.calm.lag
    measured = f"longest block <= {ms(lag.longest_block)}"
    what = f"event loop, {outcome.mounts:,} mounts"
    yield what, f"<= {ms(LONGEST_BLOCK)}", measured, verdict(lag.longest_block <= LONGEST_BLOCK)


def _fetch_aims(fetches: Fetches) -> Iterator[tuple[str, str, str, str]]:
    for when, aim, counted in (
        ("polled every 5 s", 0, fetches.extra_while_polled),
        ("interval: 0s", 1, fetches.on_scrape),
    ):
        extra = "extra " if aim == 0 else ""
        measured = "not run" if counted is None else f"{counted} {extra}fetched"
        good = None if counted is None else counted <= aim
        yield f"{SCRAPES} scrapes at once, {when}", f"{aim} {extra}fetched", measured, verdict(good)


def _latencies(outcomes: Sequence[Outcome]) -> str:
    head = ("mounts", "coding", "who", "requests", "KB", "median ms", "p99 ms")
    beside = ("median/bare", "p99/bare", "median/ours")
    rows = [
        (
            f"{outcome.mounts:,}",
            coding,
            who,
            f"{timing.count:,}",
            f"{timing.size / 1000:,.1f}",
            f"{1000 * timing.median:.2f}",
            f"{1000 * timing.p99:.2f}",
            times(_ratio(outcome, who, BARE, coding, _median)),
            times(_ratio(outcome, who, BARE, coding, _p99)),
            times(_ratio(outcome, who, OURS, coding, _median)),
        )
        for outcome in outcomes
        for coding in CODINGS
        for who in (OURS, EARHORN, BARE)
        if (timing := outcome.timings.get((who, coding)))
    ]
    return table((*head, *beside), rows, left=3)


def _remarks(outcome: Outcome) -> Iterator[str]:
    at = f"{outcome.mounts:,} mounts:"
    if (EARHORN, CODINGS[0]) in outcome.timings:
        yield f"{at} of earhorn's time, Icecast's answer is {ms(outcome.upstream)} (median)."
    if calm := outcome.calm:
        yield (
            f"{at} scraped every 5 s with gzip, each time the first after a poll, {OURS} answered in "
            f"{ms(calm.scrapes.median)} (median of {calm.scrapes.count}), {ms(calm.scrapes.p99)} at most."
        )
        yield f"{at} its event loop meanwhile woke a sleeper {late(calm.lag)};"
        yield f"{at} an idle process on this machine was woken {late(calm.idle)}."
    if outcome.hammered:
        yield f"{at} while it was scraped without a pause, the event loop woke a sleeper {late(outcome.hammered)}."


def _memory(outcomes: Sequence[Outcome]) -> str:
    rows = [
        (who, *(mb(outcome.memory[who]) if who in outcome.memory else "not run" for outcome in outcomes))
        for who in (OURS, EARHORN, BARE)
    ]
    return table(("", *(f"{outcome.mounts:,} mounts" for outcome in outcomes)), rows)


def _ratio(outcome: Outcome, who: str, other: str, coding: str, of: Callable[[Timing], float]) -> float | None:
    one, two = outcome.timings.get((who, coding)), outcome.timings.get((other, coding))
    return of(one) / of(two) if one and two else None


def _median(timing: Timing) -> float:
    return timing.median


def _p99(timing: Timing) -> float:
    return timing.p99
