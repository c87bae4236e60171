"""Tables of one row a thing: several queries of the last moment, joined on the labels they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import units
from .asking import Ask, table_queries
from .panels import About, by_threshold, described, steps


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every row."""

    title: str
    expression: str
    unit: str = units.COUNT
    decimals: int | None = None
    words: Sequence[models.ValueMapping] = ()
    thresholds: dict[float, str] | None = None
    base: str = "text"
    painted: bool = False
    width: int | None = None
    hidden: bool = False
    # Labels to keep beside those that name the row: they become columns of their own.
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A label that names the rows, or is told beside them."""

    label: str
    title: str
    link: dict[str, str] | None = None
    words: Sequence[models.ValueMapping] = ()
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a table: the labels first, then the figures; sorted by one of them.

    `by` are the labels that make a row. Every query is folded by them: a metric's name, or any other label left over,
    would keep Grafana from joining the figures of a row.
    """

    by: Sequence[str]
    keys: Sequence[Key]
    columns: Sequence[Column]
    sort_by: str
    descending: bool = False


def rows(about: About, content: Rows) -> table.Panel:
    """Build the table."""
    queries = table_queries([Ask(_folded(column, content.by)) for column in content.columns])
    panel = described(table.Panel(), about, queries).height(9).filterable(True)
    panel.show_header(True).cell_height(shared.TableCellHeight.SM).thresholds(steps({})).color_scheme(by_threshold())
    panel.sort_by([common.TableSortByFieldState().display_name(content.sort_by).desc(content.descending)])
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=_order(content)))
    for column in content.columns:
        panel.override_by_name(column.title, _column_looks(column))
    for key in content.keys:
        panel.override_by_name(key.title, _key_looks(key))
    return panel


def _folded(column: Column, by: Sequence[str]) -> str:
    fold = f"max by ({', '.join([*by, *column.told])}) ("
    if column.expression.startswith(fold) and _closes_last(column.expression, len(fold) - 1):
        return column.expression
    return f"{fold}{column.expression})"


def _closes_last(expression: str, start: int) -> bool:
    """Whether the parenthesis at `start` is closed by the very last character."""
    depth = 0
    for place in range(start, len(expression)):
        depth += {"(": 1, ")": -1}.get(expression[place], 0)
        if depth == 0:
            return place == len(expression) - 1
    return False


def _order(content: Rows) -> dict[str, object]:
    fields = _value_fields(content.columns)
    hidden = [name for name, column in fields if column.hidden]
    titles = {key.label: key.title for key in content.keys} | {name: column.title for name, column in fields}
    return {
        "excludeByName": dict.fromkeys(["Time", *hidden], True),
        "indexByName": {name: place for place, name in enumerate(titles)},
        "renameByName": titles,
    }


def _value_fields(columns: Sequence[Column]) -> list[tuple[str, Column]]:
    """Grafana calls the value "Value" where one query is asked, and "Value #A" and so on where several are."""
    if len(columns) == 1:
        return [("Value", columns[0])]
    return [(f"Value #{ref}", column) for ref, column in zip(ascii_uppercase, columns, strict=False)]


def _column_looks(column: Column) -> list[DynamicConfigValue]:
    looks = [DynamicConfigValue("unit", column.unit)]
    if column.decimals is not None:
        looks.append(DynamicConfigValue("decimals", column.decimals))
    if column.thresholds:
        looks.append(DynamicConfigValue("thresholds", steps(column.thresholds, base=column.base).build()))
    if column.words:
        looks.append(DynamicConfigValue("mappings", list(column.words)))
    if column.painted:
        looks.append(DynamicConfigValue("custom.cellOptions", shared.TableColoredBackgroundCellOptions()))
    elif column.words or column.thresholds:
        looks.append(DynamicConfigValue("custom.cellOptions", shared.TableColorTextCellOptions()))
    return [*looks, *_width(column.width)]


def _key_looks(key: Key) -> list[DynamicConfigValue]:
    looks = _width(key.width)
    if key.link:
        looks.append(DynamicConfigValue("links", [key.link]))
    if key.words:
        looks.append(DynamicConfigValue("mappings", list(key.words)))
        looks.append(DynamicConfigValue("custom.cellOptions", shared.TableColorTextCellOptions()))
    return looks


def _width(width: int | None) -> list[DynamicConfigValue]:
    return [] if width is None else [DynamicConfigValue("custom.width", width)]
