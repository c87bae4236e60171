"""Every family of SAM's database, as a table."""

from exporter.page import Family

_SERVER = ("server",)
_SONG = ("server", "window", "song_id", "artist", "title")
_WINDOWED = " Windows: 1d, 7d, 30d, 90d, 365d, all."
_TYPES = " (S song, I station ID, P promo, J jingle, A advertisement, N news, V interview, X effect, C and ? unknown)."


def _gauge(name: str, text: str, *labels: str) -> Family:
    return Family(f"sam_{name}", "gauge", text, (*_SERVER, *labels))


def _counter(name: str, text: str, *labels: str) -> Family:
    return Family(f"sam_{name}_total", "counter", text, (*_SERVER, *labels))


PLAYS = _counter("plays", f"Items that were played, by songtype{_TYPES}", "songtype")
AIRED = _counter("play_duration_seconds", "How long items were on the air, of those whose end is known.", "songtype")
NOMINAL = _counter(
    "play_nominal_duration_seconds", "How long those same items are by themselves (historylist.duration).", "songtype"
)
SKIPS = _counter(
    "skips", "Items that were on the air for a shorter time than `skip_below`, and half of it.", "songtype"
)
LAST_PLAY = _gauge("last_play_timestamp_seconds", "When an item of this type last began, as Unix time.", "songtype")

TRACK_INFO = _gauge("track_info", "1, with what is on the air.", "song_id", "artist", "title", "songtype")
TRACK_STARTED = _gauge("track_started_timestamp_seconds", "When it began, as Unix time (date_played).")
TRACK_DURATION = _gauge("track_duration_seconds", "How long it is by itself (duration).")
TRACK_LISTENERS = _gauge("track_listeners", "Listeners when it began, as the playout wrote them (listeners).")

QUEUE_ITEMS = _gauge("queue_items", "Items in the queue (queuelist).")
QUEUE_DURATION = _gauge("queue_duration_seconds", "How long they are together, as far as the library knows.")

LIBRARY_ITEMS = _gauge("library_items", "Available items of the library (songlist), by songtype.", "songtype")
LIBRARY_UNPLAYED = _gauge("library_unplayed_items", "Songs of the library that were never played (count_played).")
ROTATION_SONGS = _gauge("rotation_songs", "Different songs of the last 24 hours.")
ROTATION_ARTISTS = _gauge("rotation_artists", "Different artists of the last 24 hours.")

REQUESTS = _counter(
    "requests",
    "Listeners' requests by what became of them: a refusal, played, ignored, expired; and those that were accepted.",
    "outcome",
)
REQUESTS_PENDING = _gauge("requests_pending", "Requests that wait: neither refused nor played yet.")
REQUEST_WAIT = Family("sam_request_wait_seconds", "histogram", "From a request to the start of its play.", _SERVER)

SONG_PLAYS = Family("sam_song_plays", "gauge", f"Plays of the most played songs.{_WINDOWED}", _SONG)
ARTIST_PLAYS = _gauge("artist_plays", f"Plays of the most played artists.{_WINDOWED}", "window", "artist")
GENRE_PLAYS = _gauge("genre_plays", f"Plays of the most played genres (songlist.genre).{_WINDOWED}", "window", "genre")
CATEGORY_PLAYS = _gauge(
    "category_plays", f"Plays by the categories that songs are in today.{_WINDOWED}", "window", "category"
)
SONG_REQUESTS = Family(
    "sam_song_requests", "gauge", f"Requests of the songs most asked for, refused ones aside.{_WINDOWED}", _SONG
)
REQUESTER_REQUESTS = _gauge(
    "requester_requests",
    f"Requests of those who asked most; `requester` is the beginning of a keyed hash.{_WINDOWED}",
    "window",
    "requester",
)
HOUR_REQUESTS = _gauge(
    "hour_requests", f"Requests by the hour of the day, on the station's clock.{_WINDOWED}", "window", "hour"
)
AUDIENCE_CHANGE = Family(
    "sam_song_audience_change_ratio",
    "gauge",
    "How many more (or less) listen at the end of a song than at its start, beyond what is usual at that time of the"
    f" day: the songs that keep most and those that lose most.{_WINDOWED}",
    _SONG,
)
CHARTS_UPDATED = _gauge("charts_updated_timestamp_seconds", "When the charts of a window were last made.", "window")

BEHIND = _gauge("history_behind_items", "Rows of historylist that were not read yet; 0 = all were.")
DISRUPTIONS = _counter(
    "history_disruptions",
    "Times that the history was reset, was replaced by another, or that its clock was set back (clock_back).",
    "kind",
)
PART_AVAILABLE = _gauge("part_available", "1 if this part of the database can be read.", "part")
PARSE_WARNINGS = _counter("parse_warnings", "Values in the database that mean nothing, each time they are read.")

FAMILIES: tuple[Family, ...] = (
    PLAYS, AIRED, NOMINAL, SKIPS, LAST_PLAY, TRACK_INFO, TRACK_STARTED, TRACK_DURATION, TRACK_LISTENERS, QUEUE_ITEMS,
    QUEUE_DURATION, LIBRARY_ITEMS, LIBRARY_UNPLAYED, ROTATION_SONGS, ROTATION_ARTISTS, REQUESTS, REQUESTS_PENDING,
    REQUEST_WAIT, SONG_PLAYS, ARTIST_PLAYS, GENRE_PLAYS, CATEGORY_PLAYS, SONG_REQUESTS, REQUESTER_REQUESTS,
    HOUR_REQUESTS, AUDIENCE_CHANGE, CHARTS_UPDATED, BEHIND, DISRUPTIONS, PART_AVAILABLE, PARSE_WARNINGS,
)  # fmt: skip
