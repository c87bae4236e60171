"""What the playout engine reports of itself: its decks, its encoders, its connections."""

from grafana_foundation_sdk.builders import bargauge, stat, statetimeline, timeseries
from grafana_foundation_sdk.models import common as shared

from . import colours, units, words
from .asking import Ask
from .panels import About, bars, chart, event_bars, numbers, steps, threshold_lines, timeline
from .queries import of_engine, per_engine, recorded_studio

# The thresholds of alerting/alerts/playout.yml: a test keeps them in step.
LOW_BUFFER = 0.1
SLOW_DECODER = 0.1
UNSTEADY = 0.2

_ENGINE = "{{engine}}"
_DECK = "{{deck}} · {{engine}}"
_ENCODER = "{{encoder}} · {{engine}}"


def reports() -> stat.Panel:
    """Whether the engine is heard of."""
    about = About(
        "Engine",
        "Whether the playout engine reports. Of a silent one nothing else is known, and nothing else is shown.",
        units.NUMBER,
    )
    panel = numbers(about, Ask(per_engine(of_engine("radio_playout_up")), _ENGINE)).mappings([words.REPORTS])
    return panel.text_mode(shared.BigValueTextMode.AUTO).span(4)


def last_report() -> stat.Panel:
    """How old the engine's latest word is."""
    about = About("Last report", "How long ago the engine made its latest report.", units.SECONDS)
    age = f"time() - {per_engine(of_engine('radio_playout_report_timestamp_seconds'))}"
    panel = numbers(about, Ask(age, _ENGINE), thresholds={15: colours.WARNING, 30: colours.BAD}).decimals(0)
    return panel.text_mode(shared.BigValueTextMode.AUTO).span(4)


def streaming() -> stat.Panel:
    """Whether the engine is connected to the streaming server."""
    about = About("Streaming server", "Whether the engine says that it is connected to it.", units.NUMBER)
    connected = Ask(per_engine(of_engine("radio_engine_stream_connected")), _ENGINE)
    panel = numbers(about, connected).mappings([words.CONNECTED])
    return panel.text_mode(shared.BigValueTextMode.AUTO).span(4)


def mysql() -> stat.Panel:
    """Whether the database answers, the engine and the exporter."""
    about = About(
        "MySQL",
        "Whether the playout's database is connected: as the engine says, and as the exporter finds it.",
        units.NUMBER,
    )
    told = Ask(per_engine(of_engine("radio_engine_mysql_connected")), "engine {{engine}}")
    seen = Ask(recorded_studio("server:sam_up:current"), "exporter to {{server}}")
    return numbers(about, told, seen).mappings([words.CONNECTED]).span(4)


def encoders() -> stat.Panel:
    """How many encoders run."""
    about = About(
        "Encoders",
        "How many encoders run, of how many the engine names. An engine that gives their number alone names none.",
        units.COUNT,
    )
    up, number = per_engine(of_engine("radio_encoder_up"), "encoder"), per_engine(of_engine("radio_encoders_active"))
    running = Ask(f"sum({up}) or sum({number})", "run")
    return numbers(about, running, Ask(f"count({up}) or sum({number})", "of")).decimals(0).span(4)


def decks() -> bargauge.Panel:
    """How full each deck's buffer is, and was at least."""
    about = About(
        "Decks",
        "How full the buffer of each deck is now, and the lowest of the last minute. Below 10 % someone is called: "
        "an empty one is silence.",
        units.SHARE,
    )
    now = Ask(per_engine(of_engine("radio_deck_buffer_fill_ratio"), "deck"), f"{_DECK}: now")
    lowest = Ask(per_engine(of_engine("radio_deck_buffer_fill_min_ratio"), "deck"), f"{_DECK}: lowest")
    return bars(about, now, lowest).max(1).thresholds(steps({LOW_BUFFER: colours.GOOD}, base=colours.BAD)).span(8)


def fill() -> timeseries.Panel:
    """The lowest of each minute, over time."""
    about = About("Lowest fill", "The lowest fill of each deck's buffer within a minute.", units.SHARE)
    lowest = f"min_over_time({of_engine('radio_deck_buffer_fill_min_ratio', '$__rate_interval')})"
    panel = chart(about, Ask(per_engine(lowest, "deck"), _DECK), largest="Min").max(1).span(8)
    return panel.thresholds(steps({LOW_BUFFER: "transparent"}, base=colours.BAD)).thresholds_style(threshold_lines())


def latency() -> timeseries.Panel:
    """How long decoding takes."""
    about = About(
        "Decoder latency",
        "How long decoding takes; deck `all` where the engine gives one figure for all of them. A disk or a network "
        "that is slow shows here before a buffer runs empty.",
        units.SECONDS,
    )
    slowest = f"max_over_time({of_engine('radio_deck_decoder_latency_seconds', '$__rate_interval')})"
    return _limited(chart(about, Ask(per_engine(slowest, "deck"), _DECK)), SLOW_DECODER).span(8)


def buffered() -> timeseries.Panel:
    """How much audio each deck has."""
    about = About("Buffered audio", "How many seconds of audio are in each deck's buffer.", units.SECONDS)
    return chart(about, Ask(per_engine(of_engine("radio_deck_buffer_seconds"), "deck"), _DECK)).decimals(1).span(12)


def underruns() -> timeseries.Panel:
    """How often a buffer ran empty."""
    about = About("Underruns", "How often a buffer ran empty while its deck played: silence on the air.", units.COUNT)
    ran_empty = f"increase({of_engine('radio_deck_underruns_total', '$__rate_interval')})"
    return event_bars(about, Ask(per_engine(ran_empty, "deck"), _DECK)).span(12)


def encoder_states() -> statetimeline.Panel:
    """When each encoder ran."""
    about = About(
        "Encoders over time",
        "When each encoder ran. Short gaps are kept: each moment shows the worst of the time it stands for.",
        units.NUMBER,
    )
    up = f"min_over_time({of_engine('radio_encoder_up', '$__rate_interval')})"
    return timeline(about, Ask(per_engine(up, "encoder"), _ENCODER), [words.RUNS]).span(8)


def bit_rates() -> timeseries.Panel:
    """What each encoder sends."""
    about = About("Encoders' bit rate", "What each encoder sends, as the engine says.", units.BITS_PER_SECOND)
    sent = per_engine(of_engine("radio_encoder_bitrate_bytes_per_second"), "encoder")
    return chart(about, Ask(f"{sent} * 8", _ENCODER)).span(8)


def unsteadiness() -> timeseries.Panel:
    """How much the bit rate varies."""
    about = About(
        "Unsteady bit rate",
        "How much the bit rate varied in five minutes: its standard deviation by its mean. A constant one varies by "
        "nothing, a variable one by a tenth.",
        units.SHARE,
    )
    spread = per_engine(of_engine("radio_encoder_bitrate_spread_ratio"), "encoder")
    return _limited(chart(about, Ask(spread, _ENCODER)), UNSTEADY).decimals(1).span(8)


def _limited(panel: timeseries.Panel, limit: float) -> timeseries.Panel:
    """Draw a line at the limit above which someone is told, and leave room for it."""
    panel.axis_soft_max(1.5 * limit)
    return panel.thresholds(steps({limit: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())
