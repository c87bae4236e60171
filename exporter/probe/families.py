"""Every family of the listening probe, as a table."""

from exporter.page import Family
from exporter.probe.faults import REASONS

_STREAM = ("server", "mount")


def _gauge(name: str, text: str, *labels: str) -> Family:
    return Family(f"radio_probe_{name}", "gauge", text, (*_STREAM, *labels))


def _counter(name: str, text: str, *labels: str) -> Family:
    return Family(f"radio_probe_{name}_total", "counter", text, (*_STREAM, *labels))


UP = _gauge("up", "1 if the probe listens to the stream and bytes arrive: the last one came within 5 s.")
COUNTED = _gauge(
    "listening",
    "1 while the server counts the probe as a listener of the mount, and until the next poll has seen it gone. The"
    " recording rules take it off.",
)
FIRST_BYTE = _gauge(
    "first_byte_seconds", "From the beginning of the latest connection, the look-up of the name included, to sound."
)
RECEIVED = _counter("received_bytes", "Bytes of the stream that arrived.")
NOMINAL = _gauge("nominal_bytes_per_second", "What the server declares to a listener (icy-br, ice-audio-info).")
STALLS = _counter("stalls", "How often no byte came for more than 5 s while the connection stood.")
CONNECTIONS = _counter("connections", "How often the server began to send the stream to the probe.")
FAILURES = _counter(
    "failures", f"Connections that failed or ended, and ffmpeg's failures, by reason: {', '.join(REASONS)}.", "reason"
)
DECODING = _gauge("decoding", "1 if ffmpeg decodes what arrives; 0 if it should and does not.")
LOUDNESS = _gauge(
    "loudness_lufs",
    "Loudness after EBU R128: momentary (0.4 s) and short_term (3 s). -120.7 is nothing at all; a mono stream counts"
    " as played on both speakers.",
    "window",
)
PEAK = _gauge("peak_ratio", "Highest sample of the last 10 s; 1 is full scale of 16 bits.")
SAMPLES = _counter("samples", "Samples that were decoded, of all channels together.")
CLIPPED = _counter("clipped_samples", "Those of them at full scale of 16 bits, cut off there or close to it.")
SILENCE = _gauge(
    "silence_seconds", "How long the stream has been silent by now (momentary loudness below silence_below); 0 = sound."
)
CHANNEL_SILENT = _gauge(
    "channel_silent",
    "1 if this channel of a stereo stream (left, right) has been silent for 5 s in which the other one was not.",
    "channel",
)

FAMILIES: tuple[Family, ...] = (
    UP,
    COUNTED,
    FIRST_BYTE,
    RECEIVED,
    NOMINAL,
    STALLS,
    CONNECTIONS,
    FAILURES,
    DECODING,
    LOUDNESS,
    PEAK,
    SAMPLES,
    CLIPPED,
    SILENCE,
    CHANNEL_SILENT,
)
