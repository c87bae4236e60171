"""What was measured of the music as tables, beside the limits of the same run and the aims."""

from bench.figures import mb, ms, verdict
from bench.music import EVERY, SONGS, Caught, Music
from bench.table import table

LONGEST_POLL = 0.02

HEAD = (
    "rows", "seconds", "rows/s", "CPU s", "memory before", "most", "poll, median", "p99", "rows read a poll",
)  # fmt: skip


def report(found: Music) -> str:
    """The whole result."""
    many = found.many
    history = (
        f"A history of SAM Broadcaster in MariaDB (MyISAM, {SONGS:,} songs, a play every {EVERY} s), read by an"
        " exporter that\nknows nothing of it; then polled, while nothing happens."
    )
    parts = [
        history,
        table(HEAD, [_row(one) for one in (found.few, many)]),
        f"What is new is read so (EXPLAIN): {many.plan}.",
        table(("the same rows", "seconds", "beside ours"), [_limit(found, what) for what in found.limits]),
        f"Charts of the log with {many.rows:,} plays, all of a window at once, in a thread:",
        table(("window", "seconds"), [(window, f"{seconds:.2f}") for window, seconds in found.charts.items()]),
        "Aims",
        table(("", "aim", "measured", ""), [_poll_aim(found), _growth(found)], left=4),
    ]
    return "\n\n".join(parts)


def _row(one: Caught) -> tuple[str, ...]:
    return (
        f"{one.rows:,}", f"{one.seconds:.1f}", f"{one.rows / one.seconds:,.0f}", f"{one.processor:.1f}", mb(one.before),
        mb(one.memory), ms(one.polls.median), ms(one.polls.p99), f"{one.reads:.1f}",
    )  # fmt: skip


def _limit(found: Music, what: str) -> tuple[str, ...]:
    return what, f"{found.limits[what]:.1f}", f"{found.limits[what] / found.many.seconds:.2f} x"


def _poll_aim(found: Music) -> tuple[str, str, str, str]:
    median = found.many.polls.median
    return "a poll behind the catch-up, median", f"< {ms(LONGEST_POLL)}", ms(median), verdict(median < LONGEST_POLL)


def _growth(found: Music) -> tuple[str, str, str, str]:
    few, many = found.few.reads, found.many.reads
    return (
        "rows that MySQL reads for a poll",
        f"{few:.1f}, as with {found.few.rows:,}",
        f"{many:.1f}",
        verdict(many <= few + 1),
    )
