"""The studio at this moment: what is on the air, what comes, what was played today."""

from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import units, words
from .asking import Ask
from .music_figures import studio
from .panels import About, numbers
from .queries import of_studio, recorded_studio
from .tables import Column, Key, Rows, rows

_STUDIO = Key("server", "Studio", width=130)
_TYPE = Key("songtype", "Type", words=[words.SONGTYPE], width=130)

_AGE = recorded_studio("server:sam_last_play_age_hours:current")


def on_the_air() -> table.Panel:
    """The current track of each studio."""
    about = About(
        "On the air",
        "The newest entry of each play log: what it is, how long it still plays, and how many listened when it began. "
        "A track that is over stays here until the next one begins.",
        units.NUMBER,
    )
    track = of_studio("sam_track_info")
    shown = [
        Column("Known", track, hidden=True, told=["artist", "title", "songtype"]),
        Column("Time left", recorded_studio("server:sam_track_left_seconds:current"), unit=units.SECONDS, decimals=0,
               words=[words.OVERDUE], width=110),
        Column("Length", f"{of_studio('sam_track_duration_seconds')} > 0", unit=units.SECONDS, decimals=0, width=110),
        Column("Began", f"1000 * {of_studio('sam_track_started_timestamp_seconds')}", unit=units.AGO, width=140),
        Column("Listeners at its start", of_studio("sam_track_listeners"), decimals=0, width=170),
    ]  # fmt: skip
    keys = [_STUDIO, Key("artist", "Artist"), Key("title", "Title"), _TYPE]
    return rows(about, Rows(["server"], keys, shown, sort_by="Studio")).height(5).span(24)


def database() -> stat.Panel:
    """Whether SAM's database answers."""
    about = About(
        "Database",
        "Whether SAM's database answers. While it does not, the audio goes on, but nobody sees what is played.",
        units.NUMBER,
    )
    panel = numbers(about, Ask(recorded_studio("server:sam_up:current"), "{{server}}")).mappings([words.ANSWERS])
    return panel.text_mode(shared.BigValueTextMode.AUTO).span(4)


def queue() -> stat.Panel:
    """What is queued."""
    about = About(
        "Queue",
        "Items that wait, and how long those of them play whose length the library knows.",
        units.COUNT,
    )
    length = Ask(f"{studio('sam_queue_duration_seconds')}", "length · {{server}}")
    panel = numbers(about, Ask(studio("sam_queue_items"), "items · {{server}}"), length).decimals(0).span(7)
    return panel.override_by_regexp("/^length/", [DynamicConfigValue("unit", units.SECONDS)])


def rotation() -> stat.Panel:
    """How many different songs and artists are played in a day."""
    about = About("Rotation, last day", "Different songs, and different artists, of the last 24 hours.", units.COUNT)
    songs = Ask(studio("sam_rotation_songs"), "songs · {{server}}")
    return numbers(about, songs, Ask(studio("sam_rotation_artists"), "artists · {{server}}")).decimals(0).span(7)


def unread() -> stat.Panel:
    """How far the exporter has read the play log."""
    about = About(
        "Play log",
        "Entries of SAM's history that the exporter has not read yet: many while it reads years of them for the first "
        "time, none as a rule. Until then charts and totals are not complete.",
        units.COUNT,
    )
    panel = numbers(about, Ask(studio("sam_history_behind_items"), "{{server}}")).decimals(0).span(6)
    return panel.mappings([words.CAUGHT_UP]).text_mode(shared.BigValueTextMode.AUTO)


def today() -> table.Panel:
    """What was played of each type since midnight."""
    about = About(
        "Today, by type",
        "Since midnight (of the whole chosen time, if that is not one that ends now): how often something of each type "
        "was played, for how long, how often it was skipped; and how long ago it was played for the last time.",
        units.COUNT,
    )
    shown = [
        Column("Plays", _of_today("sam_plays"), decimals=0, width=90),
        Column("On the air", _of_today("sam_aired_seconds"), unit=units.SECONDS, decimals=1, width=120),
        Column("Skipped", _of_today("sam_skips"), decimals=0, width=90),
        Column("Last, ago", f"3600 * {_AGE}", unit=units.SECONDS, decimals=1, width=120),
    ]
    panel = rows(about, Rows(["server", "songtype"], [_TYPE, _STUDIO], shown, sort_by="Plays", descending=True))
    return panel.time_from("now/d").hide_time_override(True).span(12)


def _of_today(figure: str) -> str:
    """The sum of a figure's minutes, of the types that were ever played."""
    minutes = recorded_studio(f"server:{figure}:increase1m", "$__range")
    return f"sum_over_time({minutes}) and on (server, songtype) {_AGE} or 0 * {_AGE}"
