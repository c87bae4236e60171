"""What a report is made of: one struct per kind of row, whose fields are the columns of the CSV and the keys in JSON.

The descriptions go into the OpenAPI file. The industry's figures are Triton's: sessions shorter than a minute count in
none of them, relays and bots in no figure at all.
"""

from typing import Annotated

from msgspec import Meta, Struct, field

Since = Annotated[str, Meta(description="where it begins: ISO 8601 by the station's clock")]
Until = Annotated[str, Meta(description="where it ends: not in it any more")]
Complete = Annotated[bool, Meta(description="false while it is not over, and its figures grow")]
Country = Annotated[str, Meta(description="ISO 3166 code, `private` (a private network) or `unknown`")]
TLH = Annotated[float, Meta(description="total listening hours: of sessions of a minute and more")]
SS = Annotated[int, Meta(description="session starts: sessions that began then and lasted a minute or more")]
Started = Annotated[str, Meta(description="ISO 8601 by the station's clock")]
Songtype = Annotated[str, Meta(description="the letter SAM writes: S = song, I = station ID, A = advertisement, …")]
Aired = Annotated[float | None, Meta(description="seconds on the air; null until what follows has begun")]
Nominal = Annotated[float | None, Meta(description="seconds it lasts when it is played out; null where unknown")]
Before = Annotated[int | None, Meta(description="listeners at its start; null where unknown")]
After = Annotated[int | None, Meta(description="listeners at its end; null where unknown")]
Skipped = Annotated[bool | None, Meta(description="it was cut off; null where unknown, and until it is over")]
Requested = Annotated[bool, Meta(description="a listener had asked for it")]


class Figures(Struct, frozen=True):
    """How many listened to one channel, or to the whole station, in one period."""

    period: Annotated[
        str, Meta(description="its name: 2026-03-29T02:00+01:00 (an hour), 2026-03-29, 2026-W13 or 2026-03")
    ]
    part: Annotated[str, Meta(description="of the day: night, morning, midday, afternoon, evening; else empty")]
    since: Since = field(name="from")
    until: Until = field(name="to")
    complete: Complete
    channel: Annotated[str | None, Meta(description="null (in CSV empty) = the whole station")]
    sessions: Annotated[int, Meta(description="sessions that began then, however short")]
    ended: Annotated[int, Meta(description="sessions that ended then")]
    ss: SS
    listening_hours: Annotated[float, Meta(description="hours of all sessions, however short")]
    tlh: TLH
    aas: Annotated[float, Meta(description="average active sessions: tlh by the hours of the period")]
    atsl: Annotated[float, Meta(description="average time spent listening, in seconds: tlh by the active sessions")]
    listeners: Annotated[int, Meta(description="distinct listeners; never to be summed")]
    cume: Annotated[int, Meta(description="distinct listeners of a minute and more; never to be summed")]
    aqh: Annotated[float, Meta(description="average quarter-hour: distinct listeners of a minute and more, mean")]
    peak: Annotated[int, Meta(description="most sessions at one time")]
    average: Annotated[float, Meta(description="sessions at one time, on average, however short")]
    bytes: Annotated[int, Meta(description="bytes sent to listeners")]
    new: Annotated[int | None, Meta(description="sessions of listeners never seen before; null with daily keys")]
    returning: Annotated[int | None, Meta(description="sessions of listeners seen before; null with daily keys")]


class Place(Struct, frozen=True):
    """How much was listened to from one country."""

    country: Country
    sessions: Annotated[int, Meta(description="sessions that began then, however short")]
    ss: SS
    listening_hours: Annotated[float, Meta(description="hours of all sessions, however short")]
    tlh: TLH
    share: Annotated[float, Meta(description="of all countries' listening hours, from 0 to 1")]
    bytes: Annotated[int, Meta(description="bytes sent to listeners")]


class Royalty(Struct, frozen=True):
    """The hours that a collecting society asks for, of one month, channel and country."""

    month: Annotated[str, Meta(description="2026-03")]
    since: Since = field(name="from")
    until: Until = field(name="to")
    complete: Complete
    channel: str
    country: Country
    ss: SS
    ath: Annotated[float, Meta(description="aggregate tuning hours: of sessions of a minute and more")]
    threshold: Annotated[int | None, Meta(description="159140 hours a month and channel for the US; else null")]
    of_threshold: Annotated[float | None, Meta(description="ath by the threshold; above 1 the higher fees are due")]


class SessionRow(Struct, frozen=True):
    """One listening session that is over. Who it was is not in it, nor any coordinate."""

    started: Annotated[str, Meta(description="ISO 8601 by the station's clock")]
    ended: Annotated[str, Meta(description="ISO 8601 by the station's clock")]
    duration: Annotated[float, Meta(description="seconds")]
    qualified: Annotated[bool, Meta(description="a minute or more, so that it counts for the industry")]
    server: str
    channel: str
    protocol: str
    country: Country
    city: Annotated[str, Meta(description="empty where too few listened from it to name it")]
    player: str
    player_class: str
    bytes: Annotated[int, Meta(description="bytes sent to the listener")]
    reason: Annotated[str, Meta(description="why it ended")]
    returning: Annotated[bool | None, Meta(description="the listener was seen before; null with daily keys")]


class ListenRow(Struct, frozen=True):
    """One play that a web page or a player reported."""

    at: Annotated[str, Meta(description="ISO 8601 by the station's clock")]
    source: str
    country: Country
    player: str
    player_class: str
    referrer: Annotated[str, Meta(description="host of the page")]
    duration: Annotated[float | None, Meta(description="seconds, where known")]


class PlayRow(Struct, frozen=True):
    """One item that a studio played."""

    server: Annotated[str, Meta(description="the studio: a name under `sam`")]
    started: Started
    artist: str
    title: str
    album: str
    label: str
    isrc: str
    songtype: Songtype
    aired: Aired
    nominal: Nominal
    listeners_before: Before
    listeners_after: After
    requested: Requested
    skipped: Skipped


class SongPlay(Struct, frozen=True):
    """One play of a song that is known."""

    started: Started
    aired: Aired
    nominal: Nominal
    skipped: Skipped
    listeners_before: Before
    listeners_after: After
    requested: Requested


class OnAir(Struct, frozen=True):
    """What a studio began to play last."""

    server: Annotated[str, Meta(description="the studio: a name under `sam`")]
    song_id: Annotated[int, Meta(description="of the playout's library; 0 = of no library")]
    artist: str
    title: str
    album: str
    songtype: Songtype
    started: Started
    nominal: Nominal
    left: Annotated[float | None, Meta(description="seconds until it is over, 0 at least; null where unknown")]
    listeners: Before
    requested: Requested


Row = Figures | Place | Royalty | SessionRow | ListenRow | PlayRow
