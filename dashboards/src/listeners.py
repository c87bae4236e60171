"""Listeners: how many people listen, when, for how long, on what, and what that makes in the industry's figures."""

from grafana_foundation_sdk.builders import bargauge, stat, timeseries
from grafana_foundation_sdk.models import common as shared

from . import audience_figures as figures
from . import colours, days, links, listener_tables, session_lengths, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, bars, chart, dashed, event_bars, fixed_colour, numbers
from .queries import of_exporter, recorded_channel

_WINDOWS = ("1h", "1d", "7d", "30d")
_WINDOW_COLOURS = (colours.VERMILION, colours.AMBER, colours.SKY, colours.GREEN)
_RECORDED = f"sum({recorded_channel('channel:radio_sessions_active:current')})"
_SMOOTH = recorded_channel("channel:radio_sessions_active:avg5m")
_MOST = "At most as many channels as chosen under Lines, those with the most listeners."
_STATION = "Of the whole station, whatever is chosen above: different people cannot be added up."
_LIMIT = 159_140


def _now() -> stat.Panel:
    about = About(
        "Listening now",
        "Sessions at this moment, of people: relays and bots are left out. Who listens twice has two.",
        units.COUNT,
    )
    return numbers(about, Ask(figures.NOW)).decimals(0).span(4)


def _peak() -> stat.Panel:
    about = About(
        "Peak today",
        "Most sessions at one time since midnight (of the whole chosen time, if that is not one that ends now).",
        units.COUNT,
    )
    panel = numbers(about, Ask(f"max_over_time({figures.NOW}[$__range:1m]) or {figures.NOW}")).decimals(0).span(3)
    return panel.time_from("now/d").hide_time_override(True)


def _people() -> stat.Panel:
    about = About("Different people", f"In the last hour, day, 7 and 30 days. {_STATION}", units.COUNT)
    panel = numbers(about, *[Ask(_unique(window), window) for window in _WINDOWS]).decimals(0).span(8)
    return panel.text_mode(shared.BigValueTextMode.VALUE_AND_NAME)


def _hours() -> stat.Panel:
    about = About(
        "Hours listened, last day",
        "Total listening hours of the last 24 hours, in sessions of at least a minute.",
        units.COUNT,
    )
    hours = recorded_channel("channel:radio_listening_hours:total1d")
    return numbers(about, Ask(f"sum({hours}) or {figures.NOTHING}")).decimals(1).span(3)


def _time_spent() -> stat.Panel:
    about = About(
        "Time spent listening",
        "How long a session listened in the last 24 hours, on average of all that lasted a minute. Of the whole "
        "station.",
        units.SECONDS,
    )
    spent = "station:radio_time_spent_listening_seconds:avg1d or vector(NaN)"
    return numbers(about, Ask(spent)).decimals(0).mappings([words.OF_NOBODY]).span(3)


def _new_share() -> stat.Panel:
    about = About(
        "New listeners",
        "Share of the sessions of the chosen time whose listener was never here before. Unknown with "
        "`privacy.mode: daily`, which cannot tell.",
        units.SHARE,
    )
    new, returning = (f"sum({figures.increase(f'radio_listeners_{kind}_total')})" for kind in ("new", "returning"))
    return numbers(about, Ask(f"{new} / ({new} + {returning})")).decimals(0).mappings([words.OF_NOBODY]).span(3)


def _last_hour() -> timeseries.Panel:
    about = About(
        "The last hour",
        f"Sessions of each channel, always of the last hour, on all chosen servers together. {_MOST}",
        units.COUNT,
    )
    by_channel = f"sum by (channel) ({figures.ACTIVE})"
    panel = chart(about, Ask(figures.most_listened(by_channel), "{{channel}}")).decimals(0).span(16)
    return panel.time_from("1h").hide_time_override(False)


def _by_server() -> bargauge.Panel:
    about = About("Now, by channel and server", f"Sessions at this moment. {_MOST}", units.COUNT)
    active = f"sort_desc(topk($top, {figures.ACTIVE}))"
    return bars(about, Ask(active, "{{channel}} · {{server}}")).decimals(0).span(8)


def _daily() -> timeseries.Panel:
    about = About(
        "Peak and average of each day",
        "Sessions at one time, of the chosen channels together: the most of each day, and the average of the time "
        "in which it was known. The last bar is today so far. Days begin at midnight of your browser's clock.",
        units.COUNT,
    )
    peak = Ask(days.of_each_day("max_over_time", _RECORDED, "1m"), "peak")
    panel = days.days(about, peak, Ask(days.of_each_day("avg_over_time", _RECORDED, "1m"), "average")).span(12)
    panel.decimals(0).override_by_name("peak", [fixed_colour(colours.SKY), *days.bars()])
    return panel.override_by_name("average", [fixed_colour(colours.VERMILION)]).line_width(2)


def _daily_hours() -> timeseries.Panel:
    about = About(
        "Hours listened each day",
        "Total listening hours of the chosen channels, in sessions of at least a minute. The last bar is today so "
        "far. Days begin at midnight of your browser's clock.",
        units.COUNT,
    )
    minutes = recorded_channel("channel:radio_qualified_listening_seconds:increase1m")
    hours = f"sum({days.of_each_day('sum_over_time', minutes)}) / 3600 or {figures.NOTHING}"
    panel = days.days(about, Ask(hours, "hours")).decimals(0).span(12)
    return panel.override_by_name("hours", [fixed_colour(colours.SKY), *days.bars()])


def _weeks() -> timeseries.Panel:
    about = About(
        "This week against last",
        "Sessions of the chosen channels together in the last 7 days, and 7 days before that at the same hour. The "
        "dashed line begins when a week has been recorded.",
        units.COUNT,
    )
    before = Ask(f"sum({_SMOOTH} offset 1w) or vector(NaN)", "7 days earlier")
    panel = chart(about, Ask(f"sum({_SMOOTH})", "the last 7 days"), before).decimals(0).span(24).time_from("7d")
    panel.hide_time_override(False).override_by_name("the last 7 days", [fixed_colour(colours.SKY)])
    return panel.override_by_name("7 days earlier", [fixed_colour(colours.GREY), *dashed()])


def _new_and_returning() -> timeseries.Panel:
    about = About(
        "New and returning listeners",
        "Sessions that began, by whether their listener had been here before. Unknown with `privacy.mode: daily`.",
        units.COUNT,
    )
    asked = [
        Ask(f"sum({figures.increase(f'radio_listeners_{kind}_total', '$__rate_interval')})", kind)
        for kind in ("new", "returning")
    ]
    panel = event_bars(about, *asked).span(12)
    panel.override_by_name("new", [fixed_colour(colours.AMBER)])
    return panel.override_by_name("returning", [fixed_colour(colours.SKY)])


def _people_over_time() -> timeseries.Panel:
    about = About(
        "Different people over time",
        f"In the hour, day, 7 and 30 days up to each moment, to the quarter-hour. {_STATION}",
        units.COUNT,
    )
    panel = chart(about, *[Ask(_unique(window), window) for window in _WINDOWS]).decimals(0).span(12)
    for window, colour in zip(_WINDOWS, _WINDOW_COLOURS, strict=True):
        panel.override_by_name(window, [fixed_colour(colour)])
    return panel


def _royalties() -> bargauge.Panel:
    about = About(
        "Royalty hours, last 30 days",
        f"Listening hours in the countries that are counted for royalties, per channel. In the United States the "
        f"minimum fee covers {_LIMIT:,} hours a month; from four fifths of them on, someone is told.",
        units.COUNT,
    )
    hours = recorded_channel("channel:radio_royalty_listening_hours:total30d")
    nobody = f"0 * {recorded_channel('channel:radio_sessions_active:current')} unless on (channel) {hours}"
    none = f'label_replace({nobody}, "country", "nobody yet", "", "")'
    ask = Ask(f"sort_desc(topk($top, {hours} or {none}))", "{{channel}} · {{country}}")
    limits = {0.8 * _LIMIT: colours.WARNING, float(_LIMIT): colours.BAD}
    return bars(about, ask, thresholds=limits).decimals(1).max(_LIMIT).span(24)


def _on_what(title: str, metric: str, label: str, description: str) -> bargauge.Panel:
    about = About(title, f"{description} Of all servers and channels.", units.COUNT)
    active = f"max by ({label}) ({of_exporter(metric)})"
    return bars(about, Ask(f"sort_desc(topk($top, {active}))", f"{{{{{label}}}}}")).decimals(0).span(8)


def _closed() -> timeseries.Panel:
    about = About(
        "How sessions end",
        "left: the server said so; gone: no longer in its list; timeout, error, denied: its own words; expired: "
        "nothing was heard of it for too long; server_restart: it went with its server.",
        units.COUNT,
    )
    closed = figures.increase("radio_sessions_closed_total", "$__rate_interval", by="reason")
    ended = f"sum by (reason) ({closed})"
    none = f'label_replace({figures.NOTHING} unless on () {ended}, "reason", "none so far", "", "")'
    return event_bars(about, Ask(f"{ended} or {none}", "{{reason}}")).span(12)


def _unique(window: str) -> str:
    selector = of_exporter("radio_station_unique_listeners", more=f',window="{window}"')
    return f"max({selector})"


BOARD = Board(
    uid=links.LISTENERS,
    title="Radio / Listeners",
    description="How many people listen, when, for how long and on what; and the figures the industry asks for.",
    unused_variables=["mount"],
    track_changes=True,
    events=True,
    sections=[
        Section("", [_now(), _peak(), _people(), _hours(), _time_spent(), _new_share()]),
        Section("Now", [_last_hour(), _by_server()]),
        Section("Days and weeks", [_daily(), _daily_hours(), _weeks(), listener_tables.hours_of_the_week()]),
        Section("Who listens", [_new_and_returning(), _people_over_time()]),
        Section("How long", [session_lengths.usual(), session_lengths.distribution(), _closed()]),
        Section(
            "The industry's figures", [listener_tables.industry(), listener_tables.parts_of_the_day(), _royalties()]
        ),
        Section(
            "On what",
            [
                _on_what("Players", "radio_player_sessions_active", "player", "Programs and devices they listen with."),
                _on_what("Kinds of device", "radio_player_class_sessions_active", "player_class", "What they run on."),
                _on_what("Protocols", "radio_protocol_sessions_active", "protocol", "How the sound gets there."),
            ],
        ),
    ],
)
