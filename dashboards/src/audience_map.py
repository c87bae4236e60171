"""Audience map: where people listen."""

from grafana_foundation_sdk.builders import geomap, piechart, stat, table, timeseries

from . import audience_figures as figures
from . import links, maps, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, chart, numbers, shares
from .queries import of_exporter
from .tables import Column, Key, Rows, rows

_ACTIVE = figures.COUNTRY_ACTIVE
# Those of whom a country is known: the two others are words of the exporter, not codes.
_ABROAD = 'country!~"private|unknown"'
_KNOWN = f"max by (country) ({of_exporter('radio_country_sessions_active', more=f',{_ABROAD}')})"
_CITY = ("city", "country", "latitude", "longitude")
_EVERYBODY = "Of all servers and channels."


def _now() -> stat.Panel:
    about = About("Listening now", f"Sessions at this moment. {_EVERYBODY}", units.COUNT)
    return numbers(about, Ask(f"sum({_ACTIVE})")).decimals(0).span(6)


def _countries() -> stat.Panel:
    about = About("Countries", "How many countries somebody listens in at this moment.", units.COUNT)
    return numbers(about, Ask(f"count({_KNOWN} > 0) or {figures.NOTHING}")).decimals(0).span(6)


def _elsewhere() -> stat.Panel:
    about = About(
        "Without a country",
        "Sessions from private networks (the studio, a proxy that does not say whom it stands for), and from "
        "addresses that the GeoIP database does not know, or for which there is none.",
        units.COUNT,
    )
    private, unknown = (f"{_of(place)} or {figures.NOTHING}" for place in ("private", "unknown"))
    return numbers(about, Ask(private, "private"), Ask(unknown, "not known")).decimals(0).span(6)


def _database() -> stat.Panel:
    about = About(
        "GeoIP database",
        "When the database was made that tells countries and cities. After two months someone is told.",
        units.AGO,
    )
    made = f"min({of_exporter('radio_exporter_geoip_database_timestamp_seconds')}) * 1000 or vector(NaN)"
    return numbers(about, Ask(made)).mappings([words.say_nothing_there("none")]).span(6)


def _cities_map() -> geomap.Panel:
    about = About(
        "Cities",
        "Sessions at this moment in each city. A city with only a few listeners is not shown (three, unless "
        f"`geoip.min_cell` says otherwise), so that nobody can be found by it. {_EVERYBODY}",
        units.COUNT,
    )
    return maps.of_coordinates(about, Ask(_cities(',latitude!=""')), "city").span(16)


def _countries_map() -> geomap.Panel:
    about = About("Countries on the map", f"Sessions at this moment in each country. {_EVERYBODY}", units.COUNT)
    return maps.of_countries(about, Ask(_KNOWN), "country").span(12)


def _country_table() -> table.Panel:
    about = About(
        "Countries",
        "Sessions at this moment and their share of all; sessions that began, and hours listened, in the chosen time.",
        units.COUNT,
    )
    share = f"{_ACTIVE} / on () group_left () (sum({_ACTIVE}) > 0) or {_ACTIVE} * 0"
    shown = [
        Column("Now", _ACTIVE, decimals=0, width=70),
        Column("Share", share, unit=units.SHARE, decimals=1, width=80),
        Column("Started", _increase("radio_country_sessions_started_total"), decimals=0, width=85),
        Column("Hours", f"{_increase('radio_country_listening_seconds_total')} / 3600", decimals=1, width=80),
    ]
    key = Key("country", "Country", words=[words.PLACE])
    return rows(about, Rows(["country"], [key], shown, sort_by="Now", descending=True)).height(15).span(8)


def _city_table() -> table.Panel:
    about = About(
        "Cities in figures",
        "Sessions at this moment. `other` are the cities with too few listeners to be shown, and those beyond the 200 "
        "largest.",
        units.COUNT,
    )
    keys = [Key("city", "City"), Key("country", "Country", words=[words.PLACE], width=140)]
    cities = f"sum by (city, country) ({_cities('')})"
    content = Rows(["city", "country"], keys, [Column("Now", cities, decimals=0, width=90)], "Now", descending=True)
    return rows(about, content).height(15).span(12)


def _share() -> piechart.Panel:
    about = About("Share of each country", f"The ten largest, at this moment. {_EVERYBODY}", units.COUNT)
    ten = f"topk(10, {_ACTIVE})"
    others = f'label_replace(sum({_ACTIVE}) - sum({ten}), "country", "others", "", "")'
    return shares(about, Ask(f"sort_desc({ten} or {others})", "{{country}}")).span(12)


def _over_time() -> timeseries.Panel:
    about = About(
        "Countries over time",
        "Sessions in each country; at most as many countries as chosen under Lines, the largest of the chosen time.",
        units.COUNT,
    )
    largest = "max_over_time(country:radio_sessions_active:current[$__range:$__interval] @ end())"
    expression = f"({_ACTIVE}) and on (country) topk($top, {largest})"
    return chart(about, Ask(expression, "{{country}}")).decimals(0).span(12)


def _of(place: str) -> str:
    selector = of_exporter("radio_country_sessions_active", more=f',country="{place}"')
    return f"max({selector})"


def _cities(more: str) -> str:
    return f"max by ({', '.join(_CITY)}) ({of_exporter('radio_city_sessions_active', more=more)})"


def _increase(metric: str) -> str:
    return f"max by (country) (increase({of_exporter(metric, '$__range')}))"


BOARD = Board(
    uid=links.AUDIENCE_MAP,
    title="Radio / Audience map",
    description="Where people listen: cities and countries, at this moment and over time.",
    unused_variables=["server", "mount", "channel"],
    sections=[
        Section("", [_now(), _countries(), _elsewhere(), _database()]),
        Section("", [_cities_map(), _country_table()]),
        Section("", [_countries_map(), _city_table()]),
        Section("", [_share(), _over_time()]),
    ],
)
