"""The figures of the music that more than one panel shows, each as one expression."""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import words
from .audience_figures import NOTHING
from .queries import of_studio

WINDOW = ',window="$window"'

# An accepted request goes on to be played, ignored or expired; all other outcomes are reasons to refuse.
REFUSED = ',outcome!~"accepted|played|ignored|expired|pending"'


class Overridable(Protocol):
    """What panels with named series can be told."""

    def override_by_name(self, name: str, properties: list[DynamicConfigValue]) -> Self: ...  # noqa: D102


PanelT = TypeVar("PanelT", bound=Overridable)


def studio(metric: str, more: str = "") -> str:
    """Fold replicas of an exporter: one value per studio."""
    return f"max by (server) ({of_studio(metric, more=more)})"


def grown(metric: str, by: str, window: str = "$__rate_interval", more: str = "", function: str = "increase") -> str:
    """How much a counter grew, by one label, over all chosen studios."""
    return f"sum by ({by}) (max by (server, {by}) ({function}({of_studio(metric, window, more)})))"


def at_least_nothing(expression: str) -> str:
    """Give 0 where there is no figure at all, as long as an exporter runs."""
    return f"({expression}) or on () {NOTHING}"


def none_yet(expression: str, label: str) -> str:
    """Give a row or series that says so where there is nothing."""
    return f'({expression}) or on () label_replace({NOTHING}, "{label}", "none yet", "", "")'


def call(panel: PanelT, names: Mapping[str, str]) -> PanelT:
    """Put words in place of what a label says, where it names a series."""
    for value, name in names.items():
        panel.override_by_name(value, [DynamicConfigValue("displayName", name)])
    return panel


def call_types(panel: PanelT) -> PanelT:
    """Put words in place of SAM's letters."""
    return call(panel, words.SONGTYPES)
