"""Every family of a playout engine, and which field of a report it shows."""

from collections.abc import Mapping

from exporter.config.schema_playout import Field
from exporter.errors import REASONS
from exporter.page import Family

_ENGINE, _DECK, _ENCODER = ("engine",), ("engine", "deck"), ("engine", "encoder")


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Family:
    return Family(f"radio_{name}", "gauge", text, labels)


UP = _gauge(
    "playout_up", _ENGINE, "1 if the engine has reported within its `ttl`; 0 = silent, and nothing else is said."
)
REPORTED = _gauge(
    "playout_report_timestamp_seconds", _ENGINE, "When the engine's latest report was made, as Unix time."
)
CPU = _gauge("playout_cpu_ratio", _ENGINE, "CPU that the engine says it takes, 1 = all of it.")
MEMORY = _gauge("playout_memory_bytes", _ENGINE, "Memory that the engine says it takes.")
STREAM = _gauge(
    "engine_stream_connected", _ENGINE, "1 if the engine says that it is connected to its streaming server."
)
MYSQL = _gauge("engine_mysql_connected", _ENGINE, "1 if the engine says that it is connected to its MySQL database.")
FILL = _gauge("deck_buffer_fill_ratio", _DECK, "How full the deck's buffer is, by the latest report.")
LOWEST = _gauge("deck_buffer_fill_min_ratio", _DECK, "The lowest that was reported of the buffer in the last minute.")
SECONDS = _gauge("deck_buffer_seconds", _DECK, "Audio in the deck's buffer.")
UNDERRUNS = Family(
    "radio_deck_underruns_total",
    "counter",
    "Times that the buffer ran empty while the deck played; goes on when the engine begins anew.",
    _DECK,
)
LATENCY = _gauge(
    "deck_decoder_latency_seconds",
    _DECK,
    "How long decoding takes; deck `all` where the engine gives one figure for all decks.",
)
ENCODER_UP = _gauge("encoder_up", _ENCODER, "1 if the encoder runs.")
BITRATE = _gauge("encoder_bitrate_bytes_per_second", _ENCODER, "Bit rate that the encoder sends, in bytes a second.")
SPREAD = _gauge(
    "encoder_bitrate_spread_ratio",
    _ENCODER,
    "How unsteady the bit rate was in the last five minutes: its standard deviation by its mean, one value a second.",
)
ENCODERS = _gauge("encoders_active", _ENGINE, "Encoders that run, where the engine gives their number.")
MENDED = Family(
    "radio_playout_warnings_total",
    "counter",
    "Values in the engine's reports and rows of its event log that could not be: clamped, or passed over.",
    _ENGINE,
)
FAILURES = Family(
    "radio_playout_poll_failures_total",
    "counter",
    f"Looks at an engine's page, folder or database that gave no report, by reason: {', '.join(REASONS)}.",
    ("engine", "reason"),
)

BY_FIELD: Mapping[Field, Family] = {
    "cpu": CPU,
    "memory": MEMORY,
    "stream_connected": STREAM,
    "mysql_connected": MYSQL,
    "encoders_active": ENCODERS,
    "deck_fill": FILL,
    "deck_seconds": SECONDS,
    "deck_underruns": UNDERRUNS,
    "deck_latency": LATENCY,
    "encoder_up": ENCODER_UP,
    "encoder_bitrate": BITRATE,
}

FAMILIES: tuple[Family, ...] = (
    UP, REPORTED, CPU, MEMORY, STREAM, MYSQL, FILL, LOWEST, SECONDS, UNDERRUNS, LATENCY, ENCODERS, ENCODER_UP, BITRATE,
    SPREAD, MENDED, FAILURES,
)  # fmt: skip
