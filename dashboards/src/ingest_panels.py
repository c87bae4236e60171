"""What streaming servers and players tell the exporter, and the store that keeps it."""

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.models import common as shared

from . import colours, units, words
from .asking import Ask
from .audience_figures import NOTHING
from .board import Panels
from .panels import About, chart, event_bars, fixed_colour, numbers, steps
from .queries import of_exporter
from .tables import Column, Key, Rows, rows

_DAY = 86_400


def incoming() -> Panels:
    """Facts by sender, and what was refused."""
    return [_senders(), _facts(), _refused(), _commits()]


def store() -> Panels:
    """The database: does it take what comes, how large is it, is it cleaned up."""
    return [_state(), _failures(), _retention(), _dropped(), _size(), _rows()]


def beside() -> common.StackingConfig:
    """Series beside each other, not one on the other."""
    return common.StackingConfig().mode(shared.StackingMode.NONE).group("A")


def _senders() -> table.Panel:
    about = About(
        "Senders",
        "Who tells of sessions, how long ago for the last time, and how much in the chosen time. Repetitions are "
        "recognised and counted once; a clock that is off is put right.",
        units.COUNT,
    )
    last = _by_sender(of_exporter("radio_ingest_last_fact_timestamp_seconds"))
    shown = [
        Column("Last word", f"time() - {last}", unit=units.SECONDS, decimals=0, width=110),
        Column("Told", _told("radio_ingest_facts_total", by="sender, kind"), decimals=0, width=105),
        _beside_facts("Repeated", "radio_ingest_duplicates_total", "sender"),
        _beside_facts("Put right", "radio_ingest_clamped_total", "sender"),
        _beside_facts("Refused", "radio_ingest_rejected_total", "sender, reason"),
    ]
    key = Key("sender", "Sender", width=150)
    return rows(about, Rows(["sender"], [key], shown, sort_by="Told", descending=True)).span(12)


def _beside_facts(title: str, metric: str, by: str) -> Column:
    told = _told("radio_ingest_facts_total", by="sender, kind")
    return Column(title, f"{_told(metric, by=by)} or {told} * 0", decimals=0, width=100)


def _facts() -> timeseries.Panel:
    about = About("Told, per second", "Facts of each sender and kind that were taken in.", units.COUNT)
    facts = of_exporter("radio_ingest_facts_total", "$__rate_interval")
    return chart(about, Ask(f"max by (sender, kind) (rate({facts}))", "{{sender}}: {{kind}}")).decimals(1).span(12)


def _refused() -> timeseries.Panel:
    about = About(
        "Refused, by reason",
        "auth: not allowed; too_large, rate, timeout, depth: a limit; json, type: cannot be read; stale: its times "
        "are too far off; content: the database does not take it; store: could not be kept. Senders that resend lose "
        "nothing.",
        units.COUNT,
    )
    refused = f"sum by (reason) (increase({of_exporter('radio_ingest_rejected_total', '$__rate_interval')}))"
    none = f'label_replace({NOTHING} unless on () {refused}, "reason", "none so far", "", "")'
    return event_bars(about, Ask(f"{refused} or {none}", "{{reason}}")).span(12)


def _commits() -> timeseries.Panel:
    about = About(
        "Time to commit",
        "How long the store took to keep what came in, before it was acknowledged. NaN, and so no line, where nothing "
        "came.",
        units.SECONDS,
    )
    buckets = of_exporter("radio_ingest_commit_duration_seconds_bucket", "$__rate_interval")
    lines = [
        Ask(f"histogram_quantile({share}, sum by (le) (rate({buckets}))) or vector(NaN)", f"{share:.0%}")
        for share in (0.99, 0.5)
    ]
    panel = chart(about, *lines).span(12)
    panel.override_by_name(lines[0].legend, [fixed_colour(colours.VERMILION)])
    return panel.override_by_name(lines[1].legend, [fixed_colour(colours.SKY)])


def _state() -> stat.Panel:
    about = About("Store", "Whether the store takes what is to be kept. While it does not, senders are told to wait.",
                  units.NUMBER)  # fmt: skip
    up = f"min({of_exporter('radio_exporter_store_up')})"
    return numbers(about, Ask(up)).mappings([words.STORE]).span(6)


def _failures() -> stat.Panel:
    about = About("Failed commits", "Times that the store refused to keep something, in the chosen time.", units.COUNT)
    failed = f"sum(increase({of_exporter('radio_exporter_store_failures_total', '$__range')})) or {NOTHING}"
    panel = numbers(about, Ask(failed), thresholds={0.5: colours.WARNING}).decimals(0).span(6)
    return panel.mappings([words.NONE_AT_ZERO])


def _retention() -> stat.Panel:
    about = About(
        "Clean-up behind by",
        "How much longer than its retention the oldest row is kept; after a day someone is told.",
        units.SECONDS,
    )
    lag = f"max({of_exporter('radio_exporter_retention_lag_seconds')}) or {NOTHING}"
    panel = numbers(about, Ask(lag), thresholds={_DAY: colours.WARNING}).decimals(0).span(6)
    return panel.mappings([words.NONE_AT_ZERO])


def _dropped() -> stat.Panel:
    about = About(
        "Put under `other`",
        "Values for which there was no room, in the chosen time: channels beyond `audience.max_channels`, and the "
        "like.",
        units.COUNT,
    )
    dropped = f"sum(increase({of_exporter('radio_exporter_series_dropped_total', '$__range')})) or {NOTHING}"
    panel = numbers(about, Ask(dropped)).decimals(0).mappings([words.NONE_AT_ZERO])
    return panel.thresholds(steps({0.5: colours.WARNING}, base=colours.GOOD)).span(6)


def _size() -> timeseries.Panel:
    about = About("Size of the store", "What it takes on the disk, or in the database server.", units.BYTES)
    return chart(about, Ask(of_exporter("radio_exporter_store_bytes"), "{{instance}}")).span(12)


def _rows() -> timeseries.Panel:
    about = About("Rows", "Rows of each table.", units.COUNT)
    held = f"max by (table) ({of_exporter('radio_exporter_store_rows')})"
    return chart(about, Ask(held, "{{table}}")).decimals(0).span(12)


def _told(metric: str, by: str) -> str:
    return f"sum by (sender) (max by ({by}) (increase({of_exporter(metric, '$__range')})))"


def _by_sender(expression: str) -> str:
    return f"max by (sender) ({expression})"
