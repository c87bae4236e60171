"""Where the music comes from and what is known of it: queue, library, and how SAM's database is read."""

from grafana_foundation_sdk.builders import bargauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import colours, units, words
from .asking import Ask
from .music_figures import at_least_nothing, call_types, grown, none_yet, studio
from .panels import About, bars, chart, event_bars, numbers, steps, threshold_lines, timeline
from .queries import of_studio, recorded_studio
from .tables import Column, Key, Rows, rows

_STUDIO = "{{server}}"


def queue_length() -> timeseries.Panel:
    """How long the queue plays."""
    about = About(
        "Queued",
        "How long the queue plays, as far as the library knows the length of its items. Below ten minutes, where it "
        "usually is longer than half an hour, someone is told.",
        units.SECONDS,
    )
    panel = chart(about, Ask(f"3600 * {recorded_studio('server:sam_queue_hours:current')}", _STUDIO)).span(12)
    return panel.thresholds(steps({600: colours.GREY}, base="transparent")).thresholds_style(threshold_lines())


def queue_items() -> timeseries.Panel:
    """How many items are queued."""
    about = About("Items in the queue", "How many items wait to be played.", units.COUNT)
    return chart(about, Ask(studio("sam_queue_items"), _STUDIO)).decimals(0).span(12)


def library() -> bargauge.Panel:
    """What the library holds."""
    about = About("Library, by type", "Items of each type that may be played.", units.COUNT)
    items = f"sum by (songtype) (max by (server, songtype) ({of_studio('sam_library_items')})) > 0"
    some = f"sort_desc({at_least_nothing(items)})"
    return call_types(bars(about, Ask(some, "{{songtype}}"))).decimals(0).span(6)


def never_played() -> stat.Panel:
    """How much of the library lies idle."""
    about = About(
        "Never played",
        "Songs of the library that were never played, and their share of all its songs.",
        units.COUNT,
    )
    unplayed = studio("sam_library_unplayed_items")
    songs = studio("sam_library_items", ',songtype="S"')
    share = Ask(f"{unplayed} / {songs}", "share · {{server}}")
    panel = numbers(about, Ask(unplayed, "songs · {{server}}"), share).decimals(0).mappings([words.OF_NOBODY])
    return panel.override_by_regexp("/^share/", [DynamicConfigValue("unit", units.SHARE)]).height(9).span(4)


def answers() -> statetimeline.Panel:
    """When the database answered."""
    about = About("Database over time", "When SAM's database answered the exporter.", units.NUMBER)
    state = f"min_over_time({recorded_studio('server:sam_up:current', '$__rate_interval')})"
    return timeline(about, Ask(state, _STUDIO), [words.ANSWERS]).height(6).span(16)


def parts() -> table.Panel:
    """Which tables can be read."""
    about = About(
        "Parts",
        "What can be read of SAM's database. A table or column that is missing costs its own figures only.",
        units.NUMBER,
    )
    readable = of_studio("sam_part_available")
    state = Column("State", readable, words=[words.READABLE], painted=True, width=150)
    keys = [Key("part", "Part", words=[words.PART]), Key("server", "Studio")]
    return rows(about, Rows(["server", "part"], keys, [state], sort_by="Part")).height(6).span(8)


def unread() -> timeseries.Panel:
    """How far the log is behind."""
    about = About(
        "Entries not read yet",
        "Entries of SAM's history that the exporter has still to read.",
        units.COUNT,
    )
    return chart(about, Ask(studio("sam_history_behind_items"), _STUDIO)).decimals(0).span(8)


def disruptions() -> timeseries.Panel:
    """When the history did not go on."""
    about = About(
        "Disruptions and warnings",
        "reset: SAM's history was emptied; replaced: another one is in its place; clock_back: the playout computer's "
        "clock was set back; unreadable: a row that could not be understood in full.",
        units.COUNT,
    )
    kinds = grown("sam_history_disruptions_total", "kind")
    warnings = grown("sam_parse_warnings_total", "server")
    rows_left_out = f'label_replace(sum({warnings}), "kind", "unreadable", "", "")'
    return event_bars(about, Ask(at_least_nothing(f"{kinds} or {rows_left_out}"), "{{kind}}")).span(8)


def failures() -> timeseries.Panel:
    """Why the database could not be read."""
    about = About(
        "Failed polls, by reason",
        "connection: it cannot be reached; timeout: it did not answer in time; auth: it refuses the exporter's user; "
        "parse: it is no database of SAM's.",
        units.COUNT,
    )
    failed = none_yet(grown("sam_poll_failures_total", "reason"), "reason")
    return event_bars(about, Ask(failed, "{{reason}}")).span(8)
