"""What was measured of the audience as tables, beside the limits of the same run and the aims."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import access_log, crowded, webhooks
from bench.access_log import AccessLog
from bench.crowd import CHANGING
from bench.crowded import Crowded
from bench.figures import late, mb, ms, verdict
from bench.play_events import BATCH
from bench.table import table
from bench.webhooks import Run, Webhooks

LEAST_FACTS, LONGEST_ANSWER = 20_000, 0.1
MOST_MEMORY = 200e6
MOST_PROCESSOR, LONGEST_LAG, LONGEST_SCRAPE = 1.0, 0.05, 0.005

Aim = tuple[str, str, str, str]
"""Of what, how much, what was measured, and whether that is as good."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What was run; None = it was not, or could not be."""

    webhooks: Webhooks | None = None
    crowded: Crowded | None = None
    access_log: AccessLog | None = None


def report(found: Audience) -> str:
    """The whole result."""
    parts: list[str] = []
    if found.webhooks:
        parts += _webhooks(found.webhooks)
    if found.crowded:
        parts += _crowded(found.crowded)
    if found.access_log:
        parts += _access_log(found.access_log)
    parts += ["Aims", table(("", "aim", "measured", ""), list(aims(found)), left=4)]
    return "\n\n".join(parts)


def aims(found: Audience) -> Iterator[Aim]:
    """Each aim of what was run."""
    if hooks := found.webhooks:
        best = hooks.best
        yield (
            "play events acknowledged", f">= {LEAST_FACTS:,}/s", f"{best.rate:,.0f}/s",
            verdict(best.rate >= LEAST_FACTS),
        )  # fmt: skip
        answer = best.sent.answers.p99
        yield "answer to 100 of them, p99", f"<= {ms(LONGEST_ANSWER)}", ms(answer), verdict(answer <= LONGEST_ANSWER)
        most = hooks.memory_open
        what = f"memory, {webhooks.OPEN_SESSIONS:,} open sessions"
        yield what, f"<= {mb(MOST_MEMORY)}", mb(most), verdict(most <= MOST_MEMORY)
    if crowd := found.crowded:
        yield from _crowded_aims(crowd)


def _crowded_aims(found: Crowded) -> Iterator[Aim]:
    what = f"{crowded.LISTENERS:,} listeners,"
    yield (
        f"{what} processor time a round", f"< {MOST_PROCESSOR:g} s", f"{found.processor:.2f} s",
        verdict(found.processor < MOST_PROCESSOR),
    )  # fmt: skip
    lag = found.lag.longest
    yield f"{what} event loop", f"<= {ms(LONGEST_LAG)}", f"at most {ms(lag)} late", verdict(lag <= LONGEST_LAG)
    scrape = found.scrapes.median
    yield f"{what} /metrics, median", f"<= {ms(LONGEST_SCRAPE)}", ms(scrape), verdict(scrape <= LONGEST_SCRAPE)


def _webhooks(found: Webhooks) -> Iterator[str]:
    best = found.best
    yield (
        f"Play events of a streaming server over HTTP with a token, {BATCH} in a request, every connection asking again"
        " as\nsoon as it is answered; client and exporter share the machine. An answer comes when its events are"
        " committed.\n"
        f"{webhooks.OPEN_SESSIONS:,} sessions are open all the time; the others start, go on and end, a third each."
    )
    rows = [_run(f"opening {webhooks.OPEN_SESSIONS:,} sessions", found.opening, best)]
    rows += [_run("radio-exporter", run, best) for run in found.tried]
    rows.append(_run(f"radio-exporter, for longer: {best.facts:,} events", best, best))
    rows.append(_run("bare aiohttp handler", found.bare, best))
    rows += [(what, "", f"{rate:,.0f}", "", "", "", f"{rate / best.rate:.2f} x") for what, rate in found.limits.items()]
    yield table(("who", "connections", "events/s", "p50 ms", "p99 ms", "CPU us/event", "beside ours"), rows)
    yield (
        f"Memory: {mb(found.memory_before)} before any session, {mb(found.memory_open)} with"
        f" {webhooks.OPEN_SESSIONS:,} open ones, {mb(found.memory_most)} at most in all of this."
    )


def _run(who: str, run: Run, best: Run) -> tuple[str, ...]:
    answers = run.sent.answers
    return (
        who, f"{run.connections}", f"{run.rate:,.0f}", f"{1000 * answers.median:.1f}", f"{1000 * answers.p99:.1f}",
        f"{1e6 * run.processor / run.facts:.1f}", f"{run.rate / best.rate:.2f} x",
    )  # fmt: skip


def _crowded(found: Crowded) -> Iterator[str]:
    yield (
        f"{crowded.LISTENERS:,} listeners on one mount, whose list is read every {crowded.WALK_EVERY} s; one in"
        f" {CHANGING} changes from list to list, everybody\nelse just stays. Processor time of the exporter for"
        f" one round: mean of {found.rounds}, scrapes and all else included."
    )
    rows = [
        (what, f"{seconds:.3f}", f"{seconds / found.processor:.2f} x")
        for what, seconds in (("radio-exporter, a round", found.processor), *found.limits.items())
    ]
    rows.insert(1, ("radio-exporter, start and first round", f"{found.first:.3f}", ""))
    yield table(("", "CPU s", "beside ours"), rows)
    scrapes = found.scrapes
    yield (
        f"/metrics meanwhile, every {crowded.SCRAPE_EVERY:g} s, identity: {ms(scrapes.median)} (median of"
        f" {scrapes.count}), {ms(scrapes.p99)} (p99), {scrapes.size / 1000:.1f} KB.\n"
        f"Its event loop woke a sleeper {late(found.lag)}: {_steps(found)}.\n"
        f"Memory behind the last round: {mb(found.memory)}."
    )


def _steps(found: Crowded) -> str:
    return ", ".join(f"{looks:,} <= {ms(bound)}" for bound, looks in found.steps.items())


def _access_log(found: AccessLog) -> Iterator[str]:
    yield (
        f"An access.log of {found.lines:,} lines into the store, by `radio-exporter backfill access-log`: every line a"
        f" session of its own, over {access_log.DAYS} days."
    )
    ours = found.lines / found.seconds
    rows = [
        (what, f"{rate:,.0f}", f"{found.lines / rate:.1f}", f"{rate / ours:.1f} x")
        for what, rate in (("radio-exporter", ours), *found.limits.items())
    ]
    yield table(("", "lines/s", "s for all", "beside ours"), rows)
