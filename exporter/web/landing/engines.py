"""The playout engines, with their decks and encoders."""

import time
from collections.abc import Iterator, Mapping

from exporter.config.schema_playout import Field
from exporter.playout.engines import Condition
from exporter.playout.reading import Reading
from exporter.playout.transitions import LOW
from exporter.web.landing.markup import badge, paragraph, row, section, sentence, table

Values = Mapping[Field, float]


def engine(condition: Condition) -> str:
    """One engine: whether it reports, why not, what it says of itself, its decks and its encoders."""
    reading = condition.reading
    itself = ", ".join(_itself({key.field: value for key, value in reading.values.items() if not key.name}))
    decks = [_deck(name, values, reading.lowest.get(name)) for name, values in _named(reading, "deck")]
    encoders = [_encoder(name, values) for name, values in _named(reading, "encoder")]
    return section(
        reading.engine,
        "playout engine",
        _state(condition),
        paragraph("error", sentence(condition.trouble)) if condition.trouble else "",
        paragraph("more", itself) if itself else "",
        table("Deck", "Buffer", "Lowest in 1 min", "", rows=decks),
        table("Encoder", "State", "Bit rate", "", rows=encoders),
    )


def _state(condition: Condition) -> str:
    reading = condition.reading
    if reading.at is None:
        return badge("wait", "has not reported yet") if condition.pending else badge("bad", "has never reported")
    ago = f"{max(0, time.time() - reading.at / 1000):.0f} s ago"
    return badge("good", f"reported {ago}") if reading.up else badge("bad", f"silent, reported {ago}")


def _named(reading: Reading, kind: str) -> list[tuple[str, dict[Field, float]]]:
    """What is known of each deck, or of each encoder, in the order of their names."""
    known: dict[str, dict[Field, float]] = {}
    for key, value in reading.values.items():
        if key.name and key.field.startswith(kind):
            known.setdefault(key.name, {})[key.field] = value
    return sorted(known.items())


def _itself(values: Values) -> Iterator[str]:
    if "stream_connected" in values:
        yield f"{'connected' if values['stream_connected'] else 'not connected'} to its streaming server"
    if "mysql_connected" in values:
        yield f"{'connected' if values['mysql_connected'] else 'not connected'} to its database"
    if "encoders_active" in values:
        yield f"encoders that run: {values['encoders_active']:.0f}"
    if "cpu" in values:
        yield f"CPU {values['cpu']:.0%}"
    if "memory" in values:
        yield f"memory {values['memory'] / 1e6:.0f} MB"


def _deck(name: str, values: Values, lowest: float | None) -> str:
    fill = values.get("deck_fill")
    full = "" if fill is None else badge("bad" if fill < LOW else "good", f"{fill:.0%}")
    return row(name, full, "" if lowest is None else f"{lowest:.0%}", ", ".join(_of_a_deck(values)))


def _of_a_deck(values: Values) -> Iterator[str]:
    if "deck_seconds" in values:
        yield f"{values['deck_seconds']:.1f} s of audio"
    if "deck_latency" in values:
        yield f"decoding takes {values['deck_latency'] * 1000:.0f} ms"
    if values.get("deck_underruns"):
        yield f"ran empty {values['deck_underruns']:.0f} times"


def _encoder(name: str, values: Values) -> str:
    runs = values.get("encoder_up")
    state = "" if runs is None else badge("good", "runs") if runs else badge("bad", "stopped")
    rate = f"{values['encoder_bitrate'] * 8 / 1000:.0f} kbit/s" if "encoder_bitrate" in values else ""
    return row(name, state, rate, "")
