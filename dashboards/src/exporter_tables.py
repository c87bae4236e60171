"""The tables of the Exporter dashboard: one row for each target, one for each exporter."""

from grafana_foundation_sdk.builders import table

from . import colours, links, units, words
from .panels import About
from .queries import by_kind, of_exporter
from .tables import Column, Key, Rows, rows

_REASONS = ("connection", "timeout", "auth", "http", "parse")


def targets() -> table.Panel:
    """Each configured server as the exporter sees it."""
    about = About(
        "Targets",
        "Each configured server: whether the last poll succeeded, how long ago one did, and why polls failed in the "
        "chosen time.",
        units.COUNT,
    )
    age, duration = f"time() - ({by_kind('last_success_timestamp_seconds')})", by_kind("poll_duration_seconds")
    shown = [
        Column("State", by_kind("up"), words=[words.ANSWERS], painted=True, width=150),
        Column(
            "Last success",
            age,
            unit=units.SECONDS,
            decimals=0,
            thresholds={60: colours.WARNING, 300: colours.BAD},
            width=125,
        ),
        Column("Last poll took", duration, unit=units.SECONDS, decimals=1, width=125),
    ]
    for reason in _REASONS:
        failed = by_kind("poll_failures_total", "increase", "$__range", more=f',reason="{reason}"')
        shown.append(Column(f"Failed: {reason}", failed, decimals=0, thresholds={0.5: colours.WARNING}, width=130))
    warnings = by_kind("parse_warnings_total", "increase", "$__range")
    shown.append(Column("Parse warnings", warnings, decimals=0, thresholds={0.5: colours.WARNING}, width=135))
    keys = [
        Key("server", "Server", link=links.to_server(), width=170),
        Key("kind", "Kind", width=110),
        Key("instance", "Exporter", width=190),
    ]
    by = [key.label for key in keys]
    return rows(about, Rows(by, keys, shown, sort_by="Last success", descending=True)).span(24)


def exporters() -> table.Panel:
    """Each exporter that Prometheus scrapes."""
    about = About("Exporters", "Each exporter that Prometheus scrapes: its version, state and size.", units.COUNT)
    shown = [
        Column("State", of_exporter("up"), words=[words.UP], painted=True, width=90),
        Column("Known", of_exporter("radio_exporter_build_info"), hidden=True, told=["version", "python"]),
        _time("Started", "process_start_time_seconds"),
        Column(
            "Configuration",
            of_exporter("radio_exporter_config_last_reload_successful"),
            words=[words.RELOAD],
            width=170,
        ),
        _time("Configured", "radio_exporter_config_last_reload_success_timestamp_seconds"),
        Column("Memory", of_exporter("process_resident_memory_bytes"), unit=units.BYTES, decimals=1, width=105),
        Column("Open files", of_exporter("process_open_fds"), decimals=0, width=105),
        Column("Scrape took", of_exporter("scrape_duration_seconds"), unit=units.SECONDS, decimals=1, width=115),
        Column("Samples", of_exporter("scrape_samples_scraped"), decimals=0, width=100),
    ]
    keys = [
        Key("instance", "Exporter", width=200),
        Key("version", "Version", width=100),
        Key("python", "Python", width=100),
    ]
    return rows(about, Rows(["instance"], keys, shown, sort_by="Exporter")).span(24)


def _time(title: str, metric: str) -> Column:
    """How long ago a moment was."""
    return Column(title, f"{of_exporter(metric)} * 1000", unit=units.AGO, width=125)
