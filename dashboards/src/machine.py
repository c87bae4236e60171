"""The machine that the exporter runs on: processor, memory, disks, network, and the programs that must run there."""

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries

from . import colours, units, words
from .asking import Ask
from .panels import About, bars, chart, numbers, steps, threshold_lines
from .queries import of_engine, of_exporter, per_engine, recorded_exporter
from .tables import Column, Key, Rows, rows

# The thresholds of alerting/alerts/host.yml: a test keeps them in step.
BUSY = 0.9
SHORT_OF_MEMORY = 0.1
DISK_LOW_BYTES = 1_000_000_000

_LEFT = "Left to node_exporter where one runs."
_DISK = "{{purpose}}: {{path}}"
_NEARLY_FULL = {0.05: colours.WARNING, 0.2: colours.GOOD}
_FREE = of_exporter("radio_host_disk_free_bytes")
_FREE_SHARE = recorded_exporter("exporter:radio_host_disk_free:ratio")


def least_free() -> stat.Panel:
    """What is left on the fullest disk."""
    about = About(
        "Least free disk",
        "What is free on the disk with the least room. Below 1 GB for recordings someone is called.",
        units.BYTES,
    )
    panel = numbers(about, Ask(f"min({_FREE})"))
    return panel.thresholds(steps({DISK_LOW_BYTES: colours.PLAIN}, base=colours.BAD)).decimals(1).span(4)


def cpu() -> timeseries.Panel:
    """How busy machine and engine are."""
    about = About(
        "CPU",
        f"Share of all cores of the machine that is in use. {_LEFT} The playout engine's share is what it says itself.",
        units.SHARE,
    )
    machine = Ask(of_exporter("radio_host_cpu_ratio"), "machine of {{instance}}")
    engine = Ask(per_engine(of_engine("radio_playout_cpu_ratio")), "engine {{engine}}")
    panel = chart(about, machine, engine).max(1).decimals(1).span(8)
    return panel.thresholds(steps({BUSY: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())


def memory_used() -> timeseries.Panel:
    """How much of the memory is taken."""
    about = About(
        "Memory in use",
        f"Share of the machine's memory that programs cannot have any more. {_LEFT}",
        units.SHARE,
    )
    used = f"1 - {recorded_exporter('exporter:radio_host_memory_available:ratio')}"
    panel = chart(about, Ask(used, "machine of {{instance}}")).max(1).decimals(1).span(8)
    limit = steps({1 - SHORT_OF_MEMORY: colours.BAD}, base="transparent")
    return panel.thresholds(limit).thresholds_style(threshold_lines())


def network() -> timeseries.Panel:
    """What goes in and out."""
    about = About("Network", f"Over all interfaces that lead out of the machine. {_LEFT}", units.BITS_PER_SECOND)
    received, sent = (
        f"rate({of_exporter(f'radio_host_network_{way}_bytes_total', '$__rate_interval')}) * 8"
        for way in ("received", "sent")
    )
    return chart(about, Ask(received, "received: {{instance}}"), Ask(sent, "sent: {{instance}}")).span(8)


def disks() -> bargauge.Panel:
    """What is free of each disk."""
    about = About("Free of each disk", "Share of each watched disk that is free.", units.SHARE)
    panel = bars(about, Ask(f"sort({_FREE_SHARE})", _DISK)).max(1).decimals(1)
    return panel.thresholds(steps(_NEARLY_FULL, base=colours.BAD)).span(8)


def disk_table() -> table.Panel:
    """Each watched disk."""
    about = About(
        "Disks",
        "Each watched disk: what is free, and when it will be full at the pace of the last six hours. One that is not "
        "there or does not answer cannot be read.",
        units.BYTES,
    )
    left = recorded_exporter("exporter:radio_host_disk_left_seconds:current")
    shown = [
        Column("State", of_exporter("radio_host_disk_up"), words=[words.READABLE], painted=True, width=130),
        Column("Free", _FREE, unit=units.BYTES, decimals=1, width=110),
        Column("Size", of_exporter("radio_host_disk_size_bytes"), unit=units.BYTES, decimals=1, width=110),
        Column("Free share", _FREE_SHARE, unit=units.SHARE, decimals=1, thresholds=_NEARLY_FULL, base=colours.BAD,
               width=110),
        Column("Full in", f"{left} or {words.NOT_TOLD} * {of_exporter('radio_host_disk_up')} ^ 0", unit=units.SECONDS,
               decimals=0, words=[words.DOES_NOT_FILL], thresholds={86_400: colours.PLAIN}, base=colours.BAD,
               width=130),
    ]  # fmt: skip
    keys = [Key("purpose", "Purpose", width=120), Key("path", "Path"), Key("instance", "Exporter", width=180)]
    return rows(about, Rows([key.label for key in keys], keys, shown, sort_by="Free share")).span(16)


def programs() -> table.Panel:
    """Each program that must run."""
    about = About(
        "Programs",
        "Programs that must run on this machine, by name; several processes of one name are summed up.",
        units.COUNT,
    )
    shown = [
        Column("State", of_exporter("radio_process_up"), words=[words.RUNS], painted=True, width=120),
        Column("Memory", of_exporter("radio_process_resident_memory_bytes"), unit=units.BYTES, decimals=1, width=110),
        Column("Open files", of_exporter("radio_process_open_files"), decimals=0, width=105),
    ]
    keys = [Key("process", "Program"), Key("instance", "Exporter", width=180)]
    return rows(about, Rows(["process", "instance"], keys, shown, sort_by="Program")).span(8)


def program_cpu() -> timeseries.Panel:
    """How busy each program is."""
    about = About("Programs' CPU", "Share of one core that each program takes, over five minutes.", units.SHARE)
    return chart(about, Ask(recorded_exporter("exporter:radio_process_cpu:rate5m"), "{{process}}")).decimals(1).span(8)


def program_memory() -> timeseries.Panel:
    """How much memory each program holds."""
    about = About("Programs' memory", "Memory that each program, and the playout engine, holds.", units.BYTES)
    held = Ask(of_exporter("radio_process_resident_memory_bytes"), "{{process}}")
    engine = Ask(per_engine(of_engine("radio_playout_memory_bytes")), "engine {{engine}}")
    return chart(about, held, engine).span(8)
