"""Panels with the looks they share: each is made with a title, a description, a unit and its queries."""

from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, logs, piechart, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders.piechart import PieChartLegendOptions
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.piechart import PieChartLabels, PieChartLegendValues, PieChartType

from . import colours
from .asking import Ask, Queries, instant_queries, log_queries, range_queries
from .variables import DATASOURCE, LOKI

NO_DATA = "unknown"
STREAM_NAME = "{{mount}} · {{server}}"


@dataclass(frozen=True, slots=True)
class About:
    """What a panel shows, for the person in front of it."""

    title: str
    description: str
    unit: str


class Describable(Protocol):
    """What every panel builder of the SDK can be told."""

    def title(self, title: str) -> Self: ...  # noqa: D102
    def description(self, description: str) -> Self: ...  # noqa: D102
    def unit(self, unit: str) -> Self: ...  # noqa: D102
    def no_value(self, no_value: str) -> Self: ...  # noqa: D102
    def datasource(self, datasource: shared.DataSourceRef) -> Self: ...  # noqa: D102
    def targets(self, targets: Queries) -> Self: ...  # noqa: D102


PanelT = TypeVar("PanelT", bound=Describable)


def described(panel: PanelT, about: About, queries: Queries) -> PanelT:
    """Give a panel its words, its unit and its queries."""
    panel.title(about.title).description(about.description).unit(about.unit).no_value(NO_DATA)
    return panel.datasource(DATASOURCE).targets(queries)


def numbers(about: About, *asked: Ask, thresholds: dict[float, str] | None = None) -> stat.Panel:
    """One or a few large figures of this moment, in one colour unless thresholds or words say otherwise."""
    panel = described(stat.Panel(), about, instant_queries(asked)).height(4).color_scheme(by_threshold())
    panel.reduce_options(common.ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    panel.graph_mode(shared.BigValueGraphMode.NONE).color_mode(shared.BigValueColorMode.VALUE)
    panel.text_mode(shared.BigValueTextMode.VALUE_AND_NAME if len(asked) > 1 else shared.BigValueTextMode.VALUE)
    return panel.thresholds(steps(thresholds or {}))


def chart(about: About, *asked: Ask, largest: str = "Max") -> timeseries.Panel:
    """Lines over time; the legend is a table, so that a hundred lines can be read and sorted."""
    panel = described(timeseries.Panel(), about, range_queries(asked)).height(9).min(0)
    panel.line_width(1).fill_opacity(8).gradient_mode(shared.GraphGradientMode.OPACITY)
    # A fresh start has a single point, which no line shows.
    panel.show_points(shared.VisibilityMode.AUTO).point_size(4)
    panel.tooltip(common.VizTooltipOptions().mode(shared.TooltipDisplayMode.MULTI).sort(shared.SortOrder.DESCENDING))
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    legend = common.VizLegendOptions().display_mode(shared.LegendDisplayMode.TABLE).show_legend(True)
    legend.placement(shared.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max", "mean", "min"])
    return panel.legend(legend.sort_by(largest).sort_desc(True))


def event_bars(about: About, *asked: Ask) -> timeseries.Panel:
    """Bars for things that happen now and then, one on the other."""
    panel = chart(about, *asked).decimals(0).draw_style(shared.GraphDrawStyle.BARS).fill_opacity(70)
    return panel.stacking(common.StackingConfig().mode(shared.StackingMode.NORMAL).group("A"))


def log_bars(about: About, *asked: Ask) -> timeseries.Panel:
    """Bars for what Loki counts, one on the other."""
    return event_bars(about).datasource(LOKI).targets(log_queries(asked))


def log_lines(about: About, ask: Ask) -> logs.Panel:
    """The lines themselves, the newest first; a click on one shows all that is known of it."""
    panel = described(logs.Panel(), about, log_queries([ask])).datasource(LOKI).height(18)
    panel.show_time(True).wrap_log_message(True).sort_order(shared.LogsSortOrder.DESCENDING)
    return panel.enable_log_details(True).enable_infinite_scrolling(True)


def timeline(about: About, ask: Ask, words: list[models.ValueMapping]) -> statetimeline.Panel:
    """States over time, twenty rows a page."""
    panel = described(statetimeline.Panel(), about, range_queries([ask])).height(9)
    panel.mappings(words).thresholds(steps({})).color_scheme(by_threshold())
    panel.show_value(shared.VisibilityMode.AUTO).merge_values(True).row_height(0.85).per_page(20).fill_opacity(80)
    return panel.legend(
        common.VizLegendOptions()
        .display_mode(shared.LegendDisplayMode.LIST)
        .placement(shared.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs([])
    )


def bars(about: About, *asked: Ask, thresholds: dict[float, str] | None = None) -> bargauge.Panel:
    """One horizontal bar for each series, in the order in which they come."""
    panel = described(bargauge.Panel(), about, instant_queries(asked)).height(9).min(0).color_scheme(by_threshold())
    panel.reduce_options(common.ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    panel.orientation(shared.VizOrientation.HORIZONTAL).display_mode(shared.BarGaugeDisplayMode.BASIC)
    panel.name_placement(shared.BarGaugeNamePlacement.LEFT).value_mode(shared.BarGaugeValueMode.TEXT)
    panel.show_unfilled(True).min_viz_height(16).max_viz_height(28).sizing(shared.BarGaugeSizing.MANUAL)
    return panel.thresholds(steps(thresholds or {}, base=colours.GOOD))


def shares(about: About, *asked: Ask) -> piechart.Panel:
    """Parts of a whole; the legend tells them in numbers too."""
    panel = described(piechart.Panel(), about, instant_queries(asked)).height(9).pie_type(PieChartType.DONUT)
    panel.reduce_options(common.ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    panel.display_labels([PieChartLabels.NAME, PieChartLabels.PERCENT])
    legend = PieChartLegendOptions().display_mode(shared.LegendDisplayMode.TABLE).show_legend(True)
    legend.placement(shared.LegendPlacement.RIGHT)
    return panel.legend(legend.values([PieChartLegendValues.PERCENT, PieChartLegendValues.VALUE]))


def steps(above: dict[float, str], base: str = colours.PLAIN) -> dashboard.ThresholdsConfig:
    """Build thresholds: the base colour, and from each limit on its own."""
    reached = [models.Threshold(value=limit, color=colour) for limit, colour in sorted(above.items())]
    return (
        dashboard.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(value=None, color=base), *reached])
    )


def by_threshold() -> dashboard.FieldColor:
    """Take colours from thresholds and words."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)


def fixed_colour(colour: str) -> models.DynamicConfigValue:
    """Build the property that paints a series in one colour."""
    return models.DynamicConfigValue("color", models.FieldColor(models.FieldColorModeId.FIXED, fixed_color=colour))


def dashed() -> list[models.DynamicConfigValue]:
    """Build the properties of a line that is there to compare with: dashed, without a fill."""
    line = models.DynamicConfigValue("custom.lineStyle", shared.LineStyle(fill="dash", dash=[8, 6]))
    return [line, models.DynamicConfigValue("custom.fillOpacity", 0)]


def threshold_lines() -> common.GraphThresholdsStyleConfig:
    """Draw a chart's thresholds as dashed lines."""
    return common.GraphThresholdsStyleConfig().mode(shared.GraphThresholdsStyleMode.DASHED)
