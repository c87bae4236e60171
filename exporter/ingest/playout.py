"""Health that a playout engine pushes: one JSON object, of which only the engine's name must be there."""

import math
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from exporter.config.schema_playout import Field
from exporter.ingest import reading
from exporter.ingest.moment import moment
from exporter.ingest.reading import Unreadable
from exporter.names import ALLOWED, LONGEST, is_name
from exporter.playout.reading import ALL, MOST_DECKS, MOST_ENCODERS, Draft, Report

SENDER = "playout"

Number = int | float | None


class Deck(Struct, forbid_unknown_fields=True):
    """One deck: how full its buffer is (0 to 1), what is in it, how often it ran empty, how long decoding takes."""

    fill: Number = None
    seconds: Number = None
    underruns: Number = None
    decoder_latency_seconds: Number = None


class Encoder(Struct, forbid_unknown_fields=True):
    """One encoder."""

    up: bool | None = None
    bitrate_bytes_per_second: Number = None


class Health(Struct, forbid_unknown_fields=True):
    """What is pushed."""

    engine: str
    time: int | float | str | None = None
    cpu: Number = None
    memory_bytes: Number = None
    stream_connected: bool | None = None
    mysql_connected: bool | None = None
    encoders_active: Number = None
    decoder_latency_seconds: Number = None
    decks: dict[str, Deck] = msgspec.field(default_factory=dict)
    encoders: dict[str, Encoder] = msgspec.field(default_factory=dict)


_health = msgspec.json.Decoder(Health)

_OWN: Mapping[str, Field] = {
    "cpu": "cpu",
    "memory_bytes": "memory",
    "stream_connected": "stream_connected",
    "mysql_connected": "mysql_connected",
    "encoders_active": "encoders_active",
}
_OF_DECK: Mapping[str, Field] = {
    "fill": "deck_fill",
    "seconds": "deck_seconds",
    "underruns": "deck_underruns",
    "decoder_latency_seconds": "deck_latency",
}
_OF_ENCODER: Mapping[str, Field] = {"up": "encoder_up", "bitrate_bytes_per_second": "encoder_bitrate"}


def read(body: bytes) -> Health:
    """What a request holds; Unreadable if it is no health of an engine."""
    try:
        health = reading.from_json(_health, body)
    except msgspec.ValidationError as error:
        raise _misshapen(error) from error
    _check_names("decks", health.decks, MOST_DECKS)
    _check_names("encoders", health.encoders, MOST_ENCODERS)
    return health


def report(health: Health, now: int) -> Report:
    """What it says, at `now` in Unix milliseconds where it does not say when; Unreadable if its time is none."""
    draft = Draft(now)
    if health.time is not None:
        draft.time(moment(health.time, "time"))
    _put(draft, health, _OWN)
    if health.decoder_latency_seconds is not None:
        draft.put("deck_latency", _float(health.decoder_latency_seconds), ALL)
    for name, deck in health.decks.items():
        _put(draft, deck, _OF_DECK, name)
    for name, encoder in health.encoders.items():
        _put(draft, encoder, _OF_ENCODER, name)
    return draft.report()


def _put(draft: Draft, told: Struct, fields: Mapping[str, Field], name: str = "") -> None:
    for key, field in fields.items():
        if (value := getattr(told, key)) is not None:
            draft.put(field, _float(value), name)


def _check_names(place: Literal["decks", "encoders"], named: Mapping[str, Struct], most: int) -> None:
    if len(named) > most:
        raise Unreadable("type", f"{place} may hold {most} names at most")
    if not all(map(is_name, named)):
        raise Unreadable("type", f"{place} holds a name that is none: use {ALLOWED}, at most {LONGEST}")


def _float(value: float) -> float:
    """A number; one of hundreds of digits is infinite, which a draft counts."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _misshapen(error: msgspec.ValidationError) -> Unreadable:
    """What is wrong; keys that are not known are told which ones are."""
    said = str(error)
    if "unknown field" not in said:
        return reading.misshapen(error)
    place = next((place for place in ("decks", "encoders") if f"`$.{place}" in said), "")
    shape = {"decks": Deck, "encoders": Encoder, "": Health}[place]
    where = f"what is under {place}" if place else "the body"
    return Unreadable("type", f"{where} holds a key that is not known; there are: {', '.join(shape.__struct_fields__)}")
