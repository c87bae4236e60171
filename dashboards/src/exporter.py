"""Exporter: is what the other dashboards show to be trusted."""

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import common as shared

from . import colours, exporter_tables, links, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, chart, event_bars, fixed_colour, numbers, steps, threshold_lines
from .queries import by_kind, of_exporter

_REASONS = {
    "connection": colours.VERMILION,
    "timeout": colours.AMBER,
    "auth": colours.PINK,
    "http": colours.SKY,
    "parse": colours.GREEN,
}
# 0 as long as an exporter runs: without one, "no data" is the truth.
_NO_FAULT = f"0 * max({of_exporter('radio_exporter_build_info')})"
_TARGET = "{{server}} ({{kind}})"
_MOST = "At most as many targets as chosen under Lines, the largest."


def _answering() -> stat.Panel:
    about = About("Targets answering", "How many of the configured servers answered the last poll.", units.COUNT)
    up = f"({by_kind('up')})"
    return numbers(about, Ask(f"sum {up}", "answer"), Ask(f"count {up}", "of")).decimals(0).span(4)


def _chain() -> stat.Panel:
    about = About(
        "Monitoring chain",
        "Whether Prometheus reaches the exporter, itself and Alertmanager (the last two where they are scraped).",
        units.NUMBER,
    )
    parts = 'up{job=~".*(prometheus|alertmanager).*"}'
    panel = (
        numbers(about, Ask(f"min by (job) ({of_exporter('up')} or {parts})", "{{job}}")).mappings([words.UP]).span(7)
    )
    return panel.text_mode(shared.BigValueTextMode.VALUE_AND_NAME)


def _configuration() -> stat.Panel:
    about = About("Configuration", "Whether the configuration file is what the exporter works with.", units.NUMBER)
    worst = f"min({of_exporter('radio_exporter_config_last_reload_successful')})"
    return numbers(about, Ask(worst)).mappings([words.RELOAD]).span(4)


def _failed_polls() -> stat.Panel:
    about = About("Failed polls", "Polls that failed in the chosen time, of all chosen targets.", units.COUNT)
    failed = f"sum({by_kind('poll_failures_total', 'increase', '$__range')})"
    return _count_of_faults(about, failed).span(3)


def _restarts() -> stat.Panel:
    about = About("Task restarts", "Tasks that crashed and were started again in the chosen time.", units.COUNT)
    restarts = f"sum(increase({of_exporter('radio_exporter_task_restarts_total', '$__range')}))"
    return _count_of_faults(about, f"{restarts} or {_NO_FAULT}").span(3)


def _lag() -> stat.Panel:
    about = About(
        "Event loop lag",
        "99 of 100 times the exporter's tasks woke no later than this after their time.",
        units.SECONDS,
    )
    return numbers(about, Ask(_quantile(0.99)), thresholds={0.05: colours.WARNING, 0.5: colours.BAD}).span(3)


def _failures() -> timeseries.Panel:
    about = About(
        "Failed polls by reason",
        "connection: refused or unreachable; timeout: no answer in time; auth: wrong password; http: another status "
        "than 200; parse: not a page of statistics.",
        units.COUNT,
    )
    failed = f"sum by (reason) ({by_kind('poll_failures_total', 'increase', '$__rate_interval')})"
    panel = event_bars(about, Ask(failed, "{{reason}}")).span(12)
    for reason, colour in _REASONS.items():
        panel.override_by_name(reason, [fixed_colour(colour)])
    return panel


def _poll_duration() -> timeseries.Panel:
    about = About("Poll duration", f"How long the last poll of each target took. {_MOST}", units.SECONDS)
    slowest = by_kind("poll_duration_seconds", "max_over_time", "$__range:$__interval", at=" @ end()")
    chosen = f"topk($top, {slowest})"
    expression = f"({by_kind('poll_duration_seconds')}) and on (instance, kind, server) {chosen}"
    return chart(about, Ask(expression, _TARGET)).span(12)


def _loop_lag() -> timeseries.Panel:
    about = About(
        "Event loop lag",
        "How late the exporter's tasks woke. Above 50 ms something blocks the loop, and every poll and scrape waits.",
        units.SECONDS,
    )
    lines = [Ask(_quantile(share), f"{share:.0%}") for share in (0.99, 0.9, 0.5)]
    panel = chart(about, *lines).span(12)
    panel.thresholds(steps({0.05: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())
    for line, colour in zip(lines, (colours.VERMILION, colours.AMBER, colours.SKY), strict=True):
        panel.override_by_name(line.legend, [fixed_colour(colour)])
    return panel


def _task_restarts() -> timeseries.Panel:
    about = About(
        "Task restarts by task",
        "Background tasks that crashed and were started again. Each one is also in the exporter's log, with its cause.",
        units.COUNT,
    )
    restarts = f"sum by (task) (increase({of_exporter('radio_exporter_task_restarts_total', '$__rate_interval')}))"
    no_task = f'label_replace({_NO_FAULT} unless on () {restarts}, "task", "no task so far", "", "")'
    return event_bars(about, Ask(f"{restarts} or {no_task}", "{{task}}")).span(12)


def _parse_warnings() -> timeseries.Panel:
    about = About(
        "Parse warnings",
        f"Figures of a server that were absurd or unreadable, and so were limited or left out. {_MOST}",
        units.COUNT,
    )
    warnings = by_kind("parse_warnings_total", "increase", "$__rate_interval")
    most = by_kind("parse_warnings_total", "increase", "$__range", at=" @ end()")
    expression = f"({warnings}) and on (instance, kind, server) topk($top, {most})"
    return event_bars(about, Ask(expression, _TARGET)).span(12)


def _memory() -> timeseries.Panel:
    about = About("Memory", "Memory that each exporter holds.", units.BYTES)
    return chart(about, Ask(of_exporter("process_resident_memory_bytes"), "{{instance}}")).span(8)


def _cpu() -> timeseries.Panel:
    about = About("CPU", "Share of one processor core that each exporter uses.", units.SHARE)
    used = f"rate({of_exporter('process_cpu_seconds_total', '$__rate_interval')})"
    return chart(about, Ask(used, "{{instance}}")).decimals(1).span(8)


def _scrape_duration() -> timeseries.Panel:
    about = About("Scrape duration", "How long Prometheus waited for each exporter's page.", units.SECONDS)
    return chart(about, Ask(of_exporter("scrape_duration_seconds"), "{{instance}}")).span(8)


def _samples() -> timeseries.Panel:
    about = About(
        "Samples per scrape",
        "How many figures each page holds. It grows with servers and streams, and with nothing else.",
        units.COUNT,
    )
    return chart(about, Ask(of_exporter("scrape_samples_scraped"), "{{instance}}")).decimals(0).span(12)


def _quantile(share: float) -> str:
    lag = of_exporter("radio_exporter_event_loop_lag_seconds_bucket", "$__rate_interval")
    return f"histogram_quantile({share}, sum by (le) (rate({lag})))"


def _count_of_faults(about: About, expression: str) -> stat.Panel:
    panel = numbers(about, Ask(expression)).decimals(0).mappings([words.NONE_AT_ZERO])
    return panel.thresholds(steps({0.5: colours.WARNING}, base=colours.GOOD))


BOARD = Board(
    uid=links.EXPORTER,
    title="Radio / Exporter",
    description="The exporter, its targets and the monitoring chain: is what the other dashboards show to be trusted?",
    unused_variables=["mount", "channel"],
    sections=[
        Section("", [_answering(), _chain(), _configuration(), _failed_polls(), _restarts(), _lag()]),
        Section("Targets", [exporter_tables.targets(), _failures(), _poll_duration()]),
        Section("Exporter", [exporter_tables.exporters(), _loop_lag(), _task_restarts()]),
        Section("", [_memory(), _cpu(), _scrape_duration()]),
        Section("", [_samples(), _parse_warnings()]),
    ],
)
