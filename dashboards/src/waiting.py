"""How long listeners waited for what they asked for: every wait, what is usual, and day by day."""

from grafana_foundation_sdk.builders import heatmap as builders
from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import heatmap as models

from . import colours, days, units, words
from .asking import Ask, bucket_queries
from .music_figures import at_least_nothing, grown
from .panels import About, described, fixed_colour, numbers
from .queries import of_studio, recorded_studio

_BUCKET = "sam_request_wait_seconds_bucket"
_USUAL = {0.5: "half, up to", 0.95: "95 of 100, up to"}
_COLUMNS = 48
_ESTIMATED = "Estimated from the stretches of the heat map."


def heat_map() -> builders.Panel:
    """Every wait, by when it ended and how long it was."""
    about = About(
        "Waiting time",
        "From a request to its song, of the songs that began in each stretch of time: the stronger the colour, the "
        "more of them had waited so long.",
        units.COUNT,
    )
    waits = at_least_nothing(grown(_BUCKET, "le"))
    panel = described(builders.Panel(), about, bucket_queries(Ask(waits, "{{le}}"))).height(9).decimals(0)
    panel.calculate(False).max_data_points(_COLUMNS).cell_gap(1)
    panel.color(builders.HeatmapColorOptions().mode(models.HeatmapColorMode.SCHEME).scheme("Blues").steps(64))
    return panel.y_axis(builders.YAxisConfig().unit(units.SECONDS)).span(12)


def usual() -> stat.Panel:
    """What is usual in the chosen time."""
    about = About(
        "Usual waiting time",
        "Of the requests that were played in the chosen time, half, and 95 of 100, waited no longer than this. "
        f"{_ESTIMATED}",
        units.SECONDS,
    )
    asked = [
        Ask(f"histogram_quantile({share}, {grown(_BUCKET, 'le', '$__range')}) or vector(NaN)", name)
        for share, name in _USUAL.items()
    ]
    return numbers(about, *asked).decimals(1).mappings([words.OF_NOBODY]).span(7)


def average() -> stat.Panel:
    """How long people wait on average."""
    about = About(
        "Average waiting time",
        "From a request to its song, of the songs that began in the last day and in the last 7 days.",
        units.SECONDS,
    )
    asked = [
        Ask(f"avg({recorded_studio(f'server:sam_request_wait_seconds:avg{window}')}) or vector(NaN)", name)
        for window, name in (("1d", "1 day"), ("7d", "7 days"))
    ]
    return numbers(about, *asked).decimals(1).mappings([words.OF_NOBODY]).span(6)


def each_day() -> timeseries.Panel:
    """What was usual on each day."""
    about = About(
        "Waiting time each day",
        "Of the requests that were played on each day, half, and 95 of 100, waited no longer than this. The last "
        f"point is today so far. {_ESTIMATED}",
        units.SECONDS,
    )
    each = days.of_each_day("increase", of_studio(_BUCKET))
    asked = [
        Ask(f"histogram_quantile({share}, sum by (le) (max by (server, le) ({each}))) or vector(NaN)", name)
        for share, name in _USUAL.items()
    ]
    panel = days.days(about, *asked).span(12)
    panel.override_by_name(_USUAL[0.5], [fixed_colour(colours.SKY)])
    return panel.override_by_name(_USUAL[0.95], [fixed_colour(colours.VERMILION)])
