"""What is played over time: by day, by hour of the week, how much of it is aired and how much skipped."""

from grafana_foundation_sdk.builders import bargauge, common, table, timeseries
from grafana_foundation_sdk.models import common as shared

from . import colours, days, units, words
from .asking import Ask
from .matrix import Matrix, matrix
from .music_figures import at_least_nothing, call_types, grown
from .panels import About, bars, chart, event_bars, fixed_colour
from .queries import of_studio, recorded_studio

_DAYS = "The last bar is today so far. Days begin at midnight of your browser's clock."


def each_day() -> timeseries.Panel:
    """How many items of each type a day."""
    about = About("Played each day, by type", f"Items that were played. {_DAYS}", units.COUNT)
    asked = Ask(_of_each_day("sam_plays_total"), "{{songtype}}")
    panel = days.days(about, asked).decimals(0).draw_style(shared.GraphDrawStyle.BARS).fill_opacity(70)
    stacked = common.StackingConfig().mode(shared.StackingMode.NORMAL).group("A")
    return call_types(panel.stacking(stacked)).span(12)


def hours_of_the_week() -> table.Panel:
    """Songs by weekday and hour."""
    about = About(
        "Songs by hour of the week",
        "Songs played in each hour of the week, on average over the last four weeks, by the station's clock (UTC where "
        "the exporter does not say how far that is from it). Hours that have not been seen yet are empty.",
        units.COUNT,
    )
    songs = f"sum by (weekday, hour) ({recorded_studio('hour:sam_songs:avg28d')})"
    content = Matrix(
        expression=f"{songs} or hour:radio_day:current * 0",
        row="weekday",
        title="Weekday",
        column="hour",
        columns=[f"{hour:02}" for hour in range(24)],
        words=words.WEEKDAY,
    )
    return matrix(about, content).decimals(1).span(24)


def skips() -> timeseries.Panel:
    """When something was skipped."""
    about = About(
        "Skipped, by type",
        "Items that were on the air for a few seconds only (`skip_below`), and for less than half of their length.",
        units.COUNT,
    )
    skipped = at_least_nothing(grown("sam_skips_total", "songtype"))
    return call_types(event_bars(about, Ask(skipped, "{{songtype}}"))).span(12)


def skip_share() -> timeseries.Panel:
    """How much of what was played was skipped."""
    about = About(
        "Share that was skipped",
        "Of all that was played, over the last hour and the last day. From a fifth in an hour on, someone is told.",
        units.SHARE,
    )
    return _hour_and_day(about, "server:sam_skips:ratio").span(12)


def aired_each_day() -> timeseries.Panel:
    """Hours on the air and hours that the same items are long."""
    about = About(
        "Aired and nominal hours each day",
        "How long everything was on the air, and how long the same items are. The difference was cut off: by skips, "
        f"by fades, by whatever came next. {_DAYS}",
        units.COUNT,
    )
    nominal = f"sum({_of_each_day('sam_play_nominal_duration_seconds_total')}) / 3600"
    aired = f"sum({_of_each_day('sam_play_duration_seconds_total')}) / 3600"
    panel = days.days(about, Ask(aired, "aired"), Ask(nominal, "nominal")).decimals(1).span(12)
    panel.override_by_name("aired", [fixed_colour(colours.SKY), *days.bars()])
    return panel.override_by_name("nominal", [fixed_colour(colours.VERMILION)]).line_width(2)


def aired_share() -> timeseries.Panel:
    """How much of its length was on the air."""
    about = About(
        "Share that was aired",
        "Seconds on the air against the length of the same items, over the last hour and the last day.",
        units.SHARE,
    )
    return _hour_and_day(about, "server:sam_aired:ratio").axis_soft_max(1).span(12)


def since_each_type() -> bargauge.Panel:
    """How long nothing of a type was played."""
    about = About(
        "Hours since each type",
        "Since something of each type began for the last time. After an hour of songs without a station ID someone is "
        "told.",
        units.COUNT,
    )
    age = f"sort(min by (songtype) ({recorded_studio('server:sam_last_play_age_hours:current')}))"
    return call_types(bars(about, Ask(age, "{{songtype}}"))).decimals(1).span(6)


def rotation() -> timeseries.Panel:
    """How deep the rotation is."""
    about = About(
        "Rotation over time",
        "Different songs, and different artists, of the 24 hours up to each moment. The fewer, the more often the "
        "same comes again.",
        units.COUNT,
    )
    asked = [
        Ask(f"max by (server) ({of_studio(f'sam_rotation_{what}')})", f"{what} · {{{{server}}}}")
        for what in ("songs", "artists")
    ]
    return chart(about, *asked).decimals(0).span(8)


def _of_each_day(counter: str) -> str:
    each = days.of_each_day("increase", of_studio(counter))
    return f"sum by (songtype) (max by (server, songtype) ({each}))"


def _hour_and_day(about: About, rule: str) -> timeseries.Panel:
    hour, day = (at_least_nothing(recorded_studio(f"{rule}{window}")) for window in ("1h", "1d"))
    return chart(about, Ask(hour, "the last hour · {{server}}"), Ask(day, "the last day · {{server}}")).decimals(1)
