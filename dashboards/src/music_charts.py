"""The charts of the Music dashboard: what was played most, and what keeps and what loses listeners."""

from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import common as shared

from . import colours, units
from .asking import Ask
from .music_figures import WINDOW, none_yet
from .panels import About, numbers
from .queries import of_studio
from .tables import Column, Key, Rows, rows

_STUDIO = Key("server", "Studio", width=110)
_SONG = ("server", "song_id", "artist", "title")
SONG_KEYS = (Key("artist", "Artist"), Key("title", "Title"), _STUDIO, Key("song_id", "Number", width=90))
_CHOSEN = "In the time chosen under Charts of."


def songs() -> table.Panel:
    """What was played most."""
    about = About("Top songs", f"Songs by how often they were played, the most first. {_CHOSEN}", units.COUNT)
    plays = Column("Plays", _chart("sam_song_plays"), decimals=0, width=90)
    return rows(about, Rows(_SONG, SONG_KEYS, [plays], sort_by="Plays", descending=True)).height(12).span(14)


def artists() -> table.Panel:
    """Who was played most."""
    about = About("Top artists", f"Artists by how often their songs were played. {_CHOSEN}", units.COUNT)
    return _of_label(about, "sam_artist_plays", Key("artist", "Artist")).span(10)


def genres() -> table.Panel:
    """What kind of music was played most."""
    about = About(
        "Top genres",
        f"By the genre that the library gives a song; `unknown` where it gives none. {_CHOSEN}",
        units.COUNT,
    )
    return _of_label(about, "sam_genre_plays", Key("genre", "Genre")).span(12)


def categories() -> table.Panel:
    """Which categories of the library were played most."""
    about = About(
        "Top categories",
        f"By the categories that a song is in today; a play counts in each of them. {_CHOSEN}",
        units.COUNT,
    )
    return _of_label(about, "sam_category_plays", Key("category", "Category")).span(12)


def keeps() -> table.Panel:
    """With which songs the audience grows."""
    return _change("What keeps listeners", "the best first", "topk", descending=True)


def loses() -> table.Panel:
    """With which songs it shrinks."""
    return _change("What loses listeners", "the worst first", "bottomk", descending=False)


def updated() -> stat.Panel:
    """How old the charts are."""
    about = About(
        "Charts made",
        "When the charts of each time were last made: those of a day and of 7 days every minute, the others every "
        "hour.",
        units.AGO,
    )
    made = f"1000 * min by (window) ({of_studio('sam_charts_updated_timestamp_seconds')})"
    panel = numbers(about, Ask(made, "{{window}}")).span(24)
    return panel.text_mode(shared.BigValueTextMode.VALUE_AND_NAME)


def _of_label(about: About, metric: str, key: Key) -> table.Panel:
    plays = Column("Plays", _chart(metric), decimals=0, width=90)
    content = Rows(["server", key.label], [key, _STUDIO], [plays], sort_by="Plays", descending=True)
    return rows(about, content).height(12)


def _change(title: str, order: str, function: str, *, descending: bool) -> table.Panel:
    about = About(
        title,
        "How much the audience changed from the start of a song to its end, of those who were there, beyond what is "
        f"usual at that time of the day; {order}. Only songs that were played a few times (`charts.least_plays`). "
        f"{_CHOSEN} At most as many lines as chosen under Lines.",
        units.SHARE,
    )
    change = none_yet(f"{function}($top, max by ({', '.join(_SONG)}) ({_chart(_CHANGE)}))", "title")
    steps = {-1e-9: colours.PLAIN, 1e-9: colours.GOOD}
    column = Column("Change", change, unit=units.SHARE, decimals=1, thresholds=steps, base=colours.BAD, width=100)
    return rows(about, Rows(_SONG, SONG_KEYS, [column], sort_by="Change", descending=descending)).height(12).span(12)


_CHANGE = "sam_song_audience_change_ratio"


def _chart(metric: str) -> str:
    return of_studio(metric, more=WINDOW)
