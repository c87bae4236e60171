"""Streams: everything about every stream, for one or for a hundred of them."""

from grafana_foundation_sdk.builders import bargauge, statetimeline, timeseries
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import colours, figures, heard, links, stream_tables, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, bars, chart, dashed, steps, threshold_lines, timeline
from .queries import named, of_mount, per_stream, recorded_server, recorded_stream

_NAME = "{{mount}} · {{server}}"
_FIGURE = "{{figure}}: {{mount}} · {{server}}"
_MOST = "At most as many streams as chosen under Lines, those with the most listeners."


def _state() -> statetimeline.Panel:
    about = About(
        "State over time",
        "When each stream was on air. Short gaps are kept: each moment shows the worst of the time it stands for.",
        units.NUMBER,
    )
    return timeline(about, Ask(figures.stream_state("$__rate_interval"), _NAME), [words.STREAM_STATE]).span(24)


def _listeners() -> timeseries.Panel:
    about = About("Listeners", f"People listening to each stream. {_MOST}", units.COUNT)
    return chart(about, Ask(figures.most_heard(figures.LISTENERS), _NAME)).decimals(0).span(16)


def _used_of_limit() -> timeseries.Panel:
    about = About(
        "Used of the listener limit",
        f"Listeners (relays too) as a share of the most the server admits; 0 where there is no limit. {_MOST}",
        units.SHARE,
    )
    expression = figures.most_heard(f"{figures.CLIENTS} / {figures.LIMIT}")
    panel = chart(about, Ask(expression, _NAME)).decimals(1).axis_soft_max(1).span(8)
    return panel.thresholds(steps({0.9: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())


def _received() -> timeseries.Panel:
    about = About(
        "Arriving from the source, and what it declares",
        "Bit rate over 5 minutes. A measured rate well below the declared one, or at 0, means that the source "
        f"stalls. It reads low in the first 5 minutes. Not every source declares a rate. {_MOST}",
        units.BITS_PER_SECOND,
    )
    both = f"{named(figures.RECEIVED, 'arriving')} or {named(figures.DECLARED, 'declared')}"
    panel = chart(about, Ask(f"({figures.most_heard(both)}) * 8", _FIGURE)).span(12)
    return panel.override_by_regexp("/^declared/", dashed())


def _sent() -> timeseries.Panel:
    about = About(
        "Sent to listeners",
        f"Bit rate over 5 minutes, to all listeners of a stream together. {_MOST}",
        units.BITS_PER_SECOND,
    )
    return chart(about, Ask(f"({figures.most_heard(figures.SENT)}) * 8", _NAME)).span(12)


def _extras() -> timeseries.Panel:
    about = About(
        "Slow listeners, queue and lag",
        "Listeners dropped for being too slow (left scale). Icecast-KH also says how much it queues for a stream and "
        f"how far its slowest listener lags behind (right scale); other servers do not say. {_MOST}",
        units.COUNT,
    )
    dropped = per_stream(f"increase({of_mount('icecast_mount_slow_listeners_total', '$__rate_interval')})")
    queue = per_stream(of_mount("icecast_mount_queue_bytes"))
    lag = per_stream(of_mount("icecast_mount_listener_lag_bytes"))
    together = " or ".join([named(dropped, "dropped"), named(queue, "queue"), named(lag, "lag")])
    panel = chart(about, Ask(figures.most_heard(together), _FIGURE)).axis_label("listeners").span(12)
    right = DynamicConfigValue("custom.axisPlacement", shared.AxisPlacement.RIGHT)
    named_axis = DynamicConfigValue("custom.axisLabel", "bytes")
    return panel.override_by_regexp("/^(queue|lag)/", [DynamicConfigValue("unit", units.BYTES), right, named_axis])


def _arrivals() -> timeseries.Panel:
    about = About(
        "New listeners per minute",
        "Listener connections begun, averaged over 5 minutes. Icecast counts them for a server, not for a stream.",
        units.COUNT,
    )
    begun = f"{recorded_server('server:radio_listener_connections:rate5m')} * 60"
    return chart(about, Ask(begun, "{{server}}")).decimals(1).span(12)


def _on_air_for() -> timeseries.Panel:
    about = About(
        "On air for",
        f"Time since the source last connected. Each fall to 0 is a reconnect. {_MOST}",
        units.SECONDS,
    )
    return chart(about, Ask(figures.most_heard(figures.ON_AIR_FOR), _NAME)).span(12)


def _title_age() -> timeseries.Panel:
    about = About(
        "Title unchanged for",
        "Time since the title last changed (since the stream began, where none was ever seen). A line that keeps "
        f"rising means that the metadata is stuck. {_MOST}",
        units.SECONDS,
    )
    return chart(about, Ask(figures.most_heard(figures.TITLE_AGE), _NAME)).span(12)


def _reconnects() -> bargauge.Panel:
    about = About("Reconnects", "How often each source came back in the chosen time; the worst first.", units.COUNT)
    worst = f"sort_desc(topk($top, {figures.RECONNECTS}))"
    return bars(about, Ask(worst, _NAME), thresholds={1: colours.WARNING, 5: colours.BAD}).decimals(0).span(12)


def _track_changes() -> bargauge.Panel:
    about = About("Track changes", "How often each stream's title changed in the chosen time.", units.COUNT)
    counted = f"increase({of_mount('icecast_mount_track_changes_total', '$__range')})"
    # The counter begins with the first title; a stream that never had one has changed none.
    changes = per_stream(counted, f"0 * {figures.STREAM_START}")
    return bars(about, Ask(f"sort_desc(topk($top, {changes}))", _NAME)).decimals(0).span(12)


def _burn_rate() -> timeseries.Panel:
    about = About(
        "Speed at which the error budget is used",
        "Failures of the last hour against what the objective allows: at 1 the budget lasts exactly 30 days, at 14.4 "
        "it is gone in 50 hours and someone is called. The worst streams, as many as chosen under Lines.",
        units.NUMBER,
    )
    ratio = recorded_stream("mount:radio_stream_up:ratio1h")
    worst = recorded_stream("mount:radio_stream_up:ratio1h", "$__range:$__interval")
    chosen = f"bottomk($top, min_over_time({worst} @ end()))"
    burn = f"(1 - {ratio}) / {figures.BUDGET} and on (server, mount) {chosen}"
    panel = chart(about, Ask(burn, _NAME)).decimals(1).span(8)
    limits = steps({1: colours.WARNING, 14.4: colours.BAD}, base="transparent")
    return panel.thresholds(limits).thresholds_style(threshold_lines())


BOARD = Board(
    uid=links.STREAMS,
    title="Radio / Streams",
    description="Everything about every stream: state, listeners, delivery, source, titles, availability.",
    unused_variables=["channel"],
    track_changes=True,
    events=True,
    sections=[
        Section("", [stream_tables.now()]),
        Section("State", [_state()]),
        Section("Listeners", [_listeners(), _used_of_limit(), stream_tables.listeners()]),
        Section(
            "What listeners hear",
            [
                heard.loudness(),
                heard.silence(),
                heard.arriving(),
                heard.first_byte(),
                heard.clipping(),
                heard.channels(),
                heard.heard(),
            ],
        ),
        Section("Delivery", [_received(), _sent(), _extras(), _arrivals()]),
        Section(
            "Source and titles", [_on_air_for(), _title_age(), _reconnects(), _track_changes(), stream_tables.formats()]
        ),
        Section("Availability", [stream_tables.availability(), _burn_rate()]),
        Section("Servers", [stream_tables.servers()]),
    ],
)
