"""Requests: what listeners ask for, what becomes of it, and how long they wait."""

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.models import common as shared

from . import links, units, waiting, words
from .asking import Ask
from .audience_figures import NOTHING
from .board import Board, Section
from .music_charts import SONG_KEYS
from .music_figures import REFUSED, WINDOW, at_least_nothing, call, grown, none_yet, studio
from .panels import About, bars, chart, event_bars, numbers
from .queries import of_studio, recorded_studio
from .tables import Column, Key, Rows, rows

_CHOSEN = "In the time chosen under Charts of."


def _pending() -> stat.Panel:
    about = About("Waiting now", "Requests that are not refused and not played yet.", units.COUNT)
    panel = numbers(about, Ask(studio("sam_requests_pending"), "{{server}}")).decimals(0).span(3)
    return panel.text_mode(shared.BigValueTextMode.AUTO)


def _lately() -> stat.Panel:
    about = About("Requests", "Accepted and refused, in the last day and the last 7 days.", units.COUNT)
    asked = [
        Ask(f"sum({recorded_studio(f'server:sam_requests:total{window}')}) or {NOTHING}", name)
        for window, name in (("1d", "1 day"), ("7d", "7 days"))
    ]
    return numbers(about, *asked).decimals(0).span(4)


def _accepted_share() -> stat.Panel:
    about = About("Accepted", "Share of the requests of the last day, and of 7 days, that were accepted.", units.SHARE)
    asked = [Ask(f"{_share(window)} or vector(NaN)", name) for window, name in (("1d", "1 day"), ("7d", "7 days"))]
    return numbers(about, *asked).decimals(0).mappings([words.OF_NOBODY]).span(4)


def _outcomes() -> timeseries.Panel:
    about = About(
        "What becomes of requests",
        "Each request when it is accepted or refused (by reason), and an accepted one once more when it is played, "
        "ignored or has expired.",
        units.COUNT,
    )
    outcomes = at_least_nothing(grown("sam_requests_total", "outcome"))
    return call(event_bars(about, Ask(outcomes, "{{outcome}}")), words.OUTCOMES).span(16)


def _refusals() -> bargauge.Panel:
    about = About("Why requests are refused", "Refusals in the chosen time, by reason.", units.COUNT)
    refused = at_least_nothing(grown("sam_requests_total", "outcome", "$__range", REFUSED))
    return call(bars(about, Ask(f"sort_desc({refused})", "{{outcome}}")), words.OUTCOMES).decimals(0).span(8)


def _accepted_over_time() -> timeseries.Panel:
    about = About(
        "Accepted over time",
        "Share of the requests that were accepted, of the day and the 7 days up to each moment.",
        units.SHARE,
    )
    asked = [
        Ask(
            at_least_nothing(recorded_studio(f"server:sam_requests_accepted:ratio{window}")), f"{name} · {{{{server}}}}"
        )
        for window, name in (("1d", "1 day"), ("7d", "7 days"))
    ]
    return chart(about, *asked).decimals(1).axis_soft_max(1).span(12)


def _pending_over_time() -> timeseries.Panel:
    about = About(
        "Waiting over time",
        "Requests that wait. If some do and none is played for two hours, someone is told.",
        units.COUNT,
    )
    return chart(about, Ask(studio("sam_requests_pending"), "{{server}}")).decimals(0).span(12)


def _hours() -> bargauge.Panel:
    about = About(
        "Requests by hour of the day",
        f"When people ask, by the station's clock. {_CHOSEN}",
        units.COUNT,
    )
    return bars(about, *[Ask(_hour(f"{hour:02}"), f"{hour:02}") for hour in range(24)]).decimals(0).height(12).span(8)


def _hour(hour: str) -> str:
    asked = of_studio("sam_hour_requests", more=f'{WINDOW},hour="{hour}"')
    return f"sum(max by (server) ({asked})) or {NOTHING}"


def _songs() -> table.Panel:
    about = About("Most requested songs", f"Refused requests are left out. {_CHOSEN}", units.COUNT)
    asked = none_yet(of_studio("sam_song_requests", more=WINDOW), "title")
    column = Column("Requests", asked, decimals=0, width=100)
    by = [key.label for key in SONG_KEYS]
    return rows(about, Rows(by, SONG_KEYS, [column], sort_by="Requests", descending=True)).height(12).span(10)


def _requesters() -> table.Panel:
    about = About(
        "Who asks most",
        "A requester is a pseudonym made with the exporter's secret key: it says that requests came from one address, "
        f"and not from which. {_CHOSEN}",
        units.COUNT,
    )
    asked = none_yet(of_studio("sam_requester_requests", more=WINDOW), "requester")
    keys = [Key("requester", "Requester"), Key("server", "Studio", width=110)]
    column = Column("Requests", asked, decimals=0, width=100)
    content = Rows(["server", "requester"], keys, [column], sort_by="Requests", descending=True)
    return rows(about, content).height(12).span(6)


def _share(window: str) -> str:
    accepted = recorded_studio(f"server:sam_requests_accepted:total{window}")
    return f"sum({accepted}) / sum({recorded_studio(f'server:sam_requests:total{window}')})"


BOARD = Board(
    uid=links.REQUESTS,
    title="Radio / Requests",
    description="What listeners ask for: how much is accepted and why not, how long it takes, which songs, and when.",
    unused_variables=["server", "mount", "channel", "top"],
    own_variables=["studio", "window"],
    sections=[
        Section("", [_pending(), _lately(), _accepted_share(), waiting.average(), waiting.usual()]),
        Section("What becomes of them", [_outcomes(), _refusals(), _accepted_over_time(), _pending_over_time()]),
        Section("Waiting", [waiting.heat_map(), waiting.each_day()]),
        Section("Who asks for what", [_songs(), _hours(), _requesters()]),
    ],
)
