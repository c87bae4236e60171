"""Turns expressions into queries of a panel: over time for charts, of the last moment for figures and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import loki, prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.loki import QueryEditorMode as LokiEditorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

from .variables import DATASOURCE, LOKI

Queries = list[Builder[Dataquery]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One expression, and what its series are called; `step` = how far apart points are at least, `$__interval` too."""

    expression: str
    legend: str = ""
    step: str = ""


def range_queries(asked: Sequence[Ask]) -> Queries:
    """Queries over the whole chosen time, for charts."""
    return [_query(ask, ref).range() for ref, ask in _with_refs(asked)]


def instant_queries(asked: Sequence[Ask]) -> Queries:
    """Queries of the last moment of the chosen time, for figures."""
    return [_query(ask, ref).instant() for ref, ask in _with_refs(asked)]


def table_queries(asked: Sequence[Ask]) -> Queries:
    """Queries of the last moment of the chosen time, as rows."""
    return [_query(ask, ref).instant().format(PromQueryFormat.TABLE) for ref, ask in _with_refs(asked)]


def bucket_queries(ask: Ask) -> Queries:
    """A query over the whole chosen time whose series are the buckets of a heat map."""
    return [_query(ask, "A").range().format(PromQueryFormat.HEATMAP)]


def log_queries(asked: Sequence[Ask]) -> Queries:
    """Queries of Loki over the whole chosen time: lines, or counts of them."""
    return [_log_query(ask, ref) for ref, ask in _with_refs(asked)]


def _with_refs(asked: Sequence[Ask]) -> list[tuple[str, Ask]]:
    if len(asked) > len(ascii_uppercase):
        raise ValueError(f"a panel asks at most {len(ascii_uppercase)} queries, not {len(asked)}")
    return list(zip(ascii_uppercase, asked, strict=False))


def _query(ask: Ask, ref: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(ask.expression).ref_id(ref).datasource(DATASOURCE)
    query.editor_mode(QueryEditorMode.CODE).legend_format(ask.legend or "__auto")
    return query.interval(ask.step) if ask.step else query


def _log_query(ask: Ask, ref: str) -> loki.Dataquery:
    query = loki.Dataquery().expr(ask.expression).ref_id(ref).datasource(LOKI).query_type("range")
    query.editor_mode(LokiEditorMode.CODE)
    return query.legend_format(ask.legend) if ask.legend else query
