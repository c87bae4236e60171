"""A table of one label by another, each cell painted by its figure: the more, the stronger."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, table
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .asking import Ask, table_queries
from .panels import About, described


@dataclass(frozen=True, slots=True)
class Matrix:
    """`row` and `column` are labels; `columns` their values from left to right; `words` say the rows'."""

    expression: str
    row: str
    title: str
    column: str
    columns: Sequence[str]
    words: models.ValueMapping


def matrix(about: About, content: Matrix) -> table.Panel:
    """Build the table; a column whose value nobody has seen yet is left out."""
    expression = f"max by ({content.row}, {content.column}) ({content.expression})"
    panel = described(table.Panel(), about, table_queries([Ask(expression)])).height(9)
    panel.show_header(True).cell_height(shared.TableCellHeight.SM)
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.CONTINUOUS_BLUES))
    panel.sort_by([common.TableSortByFieldState().display_name(content.title).desc(False)])
    for transformation in _transformations(content):
        panel.with_transformation(transformation)
    painted = shared.TableColoredBackgroundCellOptions(mode=shared.TableCellBackgroundDisplayMode.BASIC)
    panel.override_by_regexp("/^[0-9]+$/", [DynamicConfigValue("custom.cellOptions", painted)])
    row = [DynamicConfigValue("mappings", [content.words]), DynamicConfigValue("custom.width", 110)]
    return panel.override_by_name(content.title, row)


def _transformations(content: Matrix) -> list[models.DataTransformerConfig]:
    corner = f"{content.row}\\{content.column}"
    turned = {
        "rowField": content.row,
        "columnField": content.column,
        "valueField": "Value",
        "emptyValue": "null",
    }
    order = {
        "excludeByName": {},
        "indexByName": {name: place for place, name in enumerate([corner, *content.columns])},
        "renameByName": {corner: content.title},
    }
    return [
        models.DataTransformerConfig(id_val="groupingToMatrix", options=turned),
        models.DataTransformerConfig(id_val="organize", options=order),
    ]
