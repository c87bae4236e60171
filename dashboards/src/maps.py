"""Maps of the world with a circle for each row of a table: the larger its figure, the larger the circle."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.geomap import MapCenterID, TooltipMode

from . import colours
from .asking import Ask, table_queries
from .panels import About, by_threshold, described, steps

FIGURE = "Listening"
_COUNTRIES = "public/gazetteer/countries.json"
# No closer than a region, or a station with one town would see its streets.
_CLOSEST = 6
_SMALLEST, _LARGEST = 4, 28


def of_coordinates(about: About, ask: Ask, label: str) -> geomap.Panel:
    """A map by the labels latitude and longitude; `label` names each circle."""
    where = common.FrameGeometrySource().mode(shared.FrameGeometrySourceMode.COORDS)
    panel = _map(about, ask, where.latitude("latitude").longitude("longitude"), label)
    numbers = [{"targetField": axis, "destinationType": "number"} for axis in ("latitude", "longitude")]
    convert = models.DataTransformerConfig(id_val="convertFieldType", options={"fields": {}, "conversions": numbers})
    return panel.with_transformation(convert).with_transformation(_named(["Time"]))


def of_countries(about: About, ask: Ask, label: str) -> geomap.Panel:
    """A map by a label with ISO 3166's two letters, which names each circle too."""
    where = common.FrameGeometrySource().mode(shared.FrameGeometrySourceMode.LOOKUP)
    panel = _map(about, ask, where.lookup(label).gazetteer(_COUNTRIES), label)
    return panel.with_transformation(_named(["Time"]))


def _map(about: About, ask: Ask, where: common.FrameGeometrySource, label: str) -> geomap.Panel:
    panel = described(geomap.Panel(), about, table_queries([ask])).height(15)
    panel.thresholds(steps({}, base=colours.GOOD)).color_scheme(by_threshold())
    panel.basemap(common.MapLayerOptions().type("default").name("Map").config({}))
    panel.layers([_circles(where, label)])
    panel.view(geomap.MapViewConfig().id(MapCenterID.FIT).lat(0).lon(0).zoom(_CLOSEST).all_layers(True))
    panel.controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(False).show_attribution(True))
    return panel.tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))


def _circles(where: common.FrameGeometrySource, label: str) -> common.MapLayerOptions:
    style = {
        "color": {"fixed": colours.GOOD},
        "opacity": 0.5,
        "size": {"field": FIGURE, "fixed": _SMALLEST, "min": _SMALLEST, "max": _LARGEST},
        "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
        "text": {"field": label, "fixed": "", "mode": "field"},
        "textConfig": {"fontSize": 11, "offsetX": 0, "offsetY": 0, "textAlign": "center", "textBaseline": "middle"},
    }
    layer = common.MapLayerOptions().type("markers").name(FIGURE).location(where).tooltip(True)
    return layer.config({"showLegend": False, "style": style})


def _named(left_out: Sequence[str]) -> models.DataTransformerConfig:
    order = {"excludeByName": dict.fromkeys(left_out, True), "indexByName": {}, "renameByName": {"Value": FIGURE}}
    return models.DataTransformerConfig(id_val="organize", options=order)
