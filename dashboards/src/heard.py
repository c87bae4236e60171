"""What listeners hear, as the listening probe measures it (`listen_probe`)."""

from grafana_foundation_sdk.builders import statetimeline, timeseries

from . import colours, figures, units, words
from .asking import Ask
from .panels import STREAM_NAME, About, chart, dashed, steps, threshold_lines, timeline
from .queries import named, of_mount, per_stream

_LISTENED = "Only streams that a listening probe listens to (listen_probe in the exporter's configuration)."
_NAMED = "{{figure}}: {{mount}} · {{server}}"


def loudness() -> timeseries.Panel:
    """How loud it is."""
    about = About(
        "Loudness",
        f"Of the last 3 seconds, after EBU R128. Streams are at -16 to -20 LUFS, silence is below -50. {_LISTENED}",
        units.LUFS,
    )
    expression = per_stream(of_mount("radio_probe_loudness_lufs", more=',window="short_term"'))
    panel = chart(about, Ask(figures.most_heard(expression), STREAM_NAME)).decimals(1).min(-70).axis_soft_max(0)
    return panel.fill_opacity(0).span(16)


def silence() -> timeseries.Panel:
    """For how long it has been silent."""
    about = About(
        "Silent for",
        "How long the stream has been silent by then; pauses of speech stay below 3 seconds. At 15 someone is called. "
        f"{_LISTENED}",
        units.SECONDS,
    )
    expression = per_stream(of_mount("radio_probe_silence_seconds"))
    panel = chart(about, Ask(figures.most_heard(expression), STREAM_NAME)).axis_soft_max(20).span(8)
    return panel.thresholds(steps({15: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())


def arriving() -> timeseries.Panel:
    """What arrives, and what should."""
    about = About(
        "Arriving at a listener, and what is declared",
        "Bit rate of what the probe receives. Well below the declared one, players run dry. The burst at the beginning "
        f"of a connection stands out. {_LISTENED}",
        units.BITS_PER_SECOND,
    )
    received = per_stream(f"rate({of_mount('radio_probe_received_bytes_total', '$__rate_interval')})")
    declared = per_stream(of_mount("radio_probe_nominal_bytes_per_second"))
    both = f"{named(received, 'arriving')} or {named(declared, 'declared')}"
    panel = chart(about, Ask(f"({figures.most_heard(both)}) * 8", _NAMED)).span(12)
    return panel.override_by_regexp("/^declared/", dashed())


def first_byte() -> timeseries.Panel:
    """How long a listener waits."""
    about = About(
        "From connecting to sound",
        f"How long the probe waited for its first byte when it last connected, as every new listener does. {_LISTENED}",
        units.SECONDS,
    )
    expression = per_stream(of_mount("radio_probe_first_byte_seconds"))
    return chart(about, Ask(figures.most_heard(expression), STREAM_NAME)).span(12)


def clipping() -> timeseries.Panel:
    """How much is cut off."""
    about = About(
        "Cut off at full scale",
        "Share of the samples that are as large as a sample can be: sound that a limiter holds has none. More than "
        f"0.05 % for a quarter of an hour is distortion. {_LISTENED}",
        units.SHARE,
    )
    clipped, samples = (
        per_stream(f"rate({of_mount(f'radio_probe_{what}_total', '$__rate_interval')})")
        for what in ("clipped_samples", "samples")
    )
    panel = chart(about, Ask(figures.most_heard(f"{clipped} / ({samples} > 0)"), STREAM_NAME)).span(8)
    panel.axis_soft_max(0.001).decimals(2)
    return panel.thresholds(steps({0.0005: colours.BAD}, base="transparent")).thresholds_style(threshold_lines())


def channels() -> statetimeline.Panel:
    """Whether both sides are there."""
    about = About(
        "Both channels",
        "Left and right of each stereo stream; dead is one that was silent for 5 seconds while the other one was not. "
        f"Mono streams have no sides. {_LISTENED}",
        units.NUMBER,
    )
    dead = of_mount("radio_probe_channel_silent", "$__rate_interval")
    expression = f"max by (server, mount, channel) (max_over_time({dead}))"
    return timeline(about, Ask(expression, "{{channel}}: {{mount}} · {{server}}"), [words.CHANNEL]).span(8)


def heard() -> statetimeline.Panel:
    """Whether anything arrives at all."""
    about = About(
        "Heard",
        f"Whether bytes arrived at the probe; each moment shows the worst of the time it stands for. {_LISTENED}",
        units.NUMBER,
    )
    expression = per_stream(f"min_over_time({of_mount('radio_probe_up', '$__rate_interval')})")
    return timeline(about, Ask(expression, STREAM_NAME), [words.HEARD]).span(8)
