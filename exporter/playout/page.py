"""Families in Prometheus' text format to reports: of an engine's own page, or of a textfile.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from exporter.config.schema_playout import Field, Meaning, PlayoutFamily
from exporter.errors import ParseError
from exporter.playout import families
from exporter.playout.reading import ALL, Draft, Report

_OURS: tuple[tuple[str, Meaning, str | None], ...] = (
    (families.REPORTED.name, "time", None),
    *((family.name, field, next(iter(family.labels[1:]), None)) for field, family in families.BY_FIELD.items()),
)

# Liquidsoap names nothing of this by itself: these are the names that the script in docs/playout.md gives.
_LIQUIDSOAP: tuple[tuple[str, Meaning, str | None], ...] = (
    ("liquidsoap_cpu_ratio", "cpu", None),
    ("liquidsoap_memory_bytes", "memory", None),
    ("liquidsoap_stream_connected", "stream_connected", None),
    ("liquidsoap_buffer_fill_ratio", "deck_fill", "source"),
    ("liquidsoap_buffer_seconds", "deck_seconds", "source"),
    ("liquidsoap_underruns_total", "deck_underruns", "source"),
    ("liquidsoap_output_up", "encoder_up", "output"),
    ("liquidsoap_output_bytes_per_second", "encoder_bitrate", "output"),
)

READY: Mapping[str, tuple[PlayoutFamily, ...]] = {
    mapping: tuple(PlayoutFamily(family=family, field=field, label=label) for family, field, label in names)
    for mapping, names in (("radio", _OURS), ("liquidsoap", _LIQUIDSOAP))
}
"""What is meant by the configuration's `mapping`."""


class Sample(Struct, frozen=True):
    """One sample of a page. `plain` = its name as the page may have it: the parser gives a counter its `_total`."""

    name: str
    plain: str
    labels: Mapping[str, str]
    value: float


class Mapped:
    """Reads pages whose families mean something.

    Args:
        mapping: a ready one.
        more: families beside it, which win over those of the same name.
    """

    def __init__(self, mapping: str, more: Iterable[PlayoutFamily] = ()) -> None:
        self._meaning = {family.family: family for family in (*READY[mapping], *more)}

    def report(self, text: bytes, now: int) -> Report:
        """What a page says that was made `now`, in Unix milliseconds; ParseError if it is none, or says nothing."""
        draft, understood = Draft(now), False
        page = samples(text)
        names = {sample.name for sample in page}
        for sample in page:
            name = sample.name if sample.name in self._meaning or sample.plain in names else sample.plain
            if (family := self._meaning.get(name)) is not None:
                understood = True
                _put(draft, family, sample)
        if not understood:
            raise ParseError("nothing on it is known: see `mapping` and `families` in the configuration")
        return draft.report()


def samples(text: bytes) -> list[Sample]:
    """The samples of a page; ParseError if it is none."""
    try:
        return [
            Sample(sample.name, _plain(family, sample.name), sample.labels, float(sample.value))
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        ]
    except (ValueError, TypeError, LookupError, AttributeError) as error:  # whatever the library stumbles over
        raise ParseError("it is not in Prometheus' text format") from error


def _plain(family: Metric, name: str) -> str:
    return name.removesuffix("_total") if family.type == "counter" else name


def _put(draft: Draft, family: PlayoutFamily, sample: Sample) -> None:
    value = sample.value * family.factor
    if family.field == "time":
        draft.time(1000 * value)
    else:
        draft.put(family.field, value, _name(family.field, family.label, sample))


def _name(field: Field, label: str | None, sample: Sample) -> str:
    if not field.startswith(("deck_", "encoder_")):
        return ""
    return (sample.labels.get(label) if label else None) or ALL
