"""Numbers that stand for words, and the words a person reads instead of them."""

from grafana_foundation_sdk.models import dashboard

from . import colours

# Sentinels that queries give where a server says nothing, or has no limit. No real figure takes these values.
NOT_TOLD = -1
UNLIMITED = 1_000_000_000


def say(words: dict[int, tuple[str, str]]) -> dashboard.ValueMap:
    """Map whole numbers to (text, colour)."""
    return dashboard.ValueMap(
        {
            str(number): dashboard.ValueMappingResult(text=text, color=colour, index=place)
            for place, (number, (text, colour)) in enumerate(words.items())
        }
    )


def say_texts(words: dict[str, tuple[str, str]]) -> dashboard.ValueMap:
    """Map label values to (text, colour)."""
    return dashboard.ValueMap(
        {
            value: dashboard.ValueMappingResult(text=text, color=colour, index=place)
            for place, (value, (text, colour)) in enumerate(words.items())
        }
    )


def say_nothing_there(text: str) -> dashboard.SpecialValueMap:
    """Put a text where a figure cannot be known (NaN or no value)."""
    return dashboard.SpecialValueMap(
        dashboard.DashboardSpecialValueMapOptions(
            match=dashboard.SpecialValueMatch.NULL_AND_NAN,
            result=dashboard.ValueMappingResult(text=text, color=colours.UNKNOWN, index=0),
        )
    )


def say_below_zero(text: str, colour: str) -> dashboard.RangeMap:
    """Put a text in place of every figure below 0."""
    return dashboard.RangeMap(
        dashboard.DashboardRangeMapOptions(
            # Grafana takes a bound left open for 0.
            from_val=-1e12,
            to=-1e-9,
            result=dashboard.ValueMappingResult(text=text, color=colour, index=0),
        )
    )


STREAM_STATE = say(
    {
        1: ("On air", colours.GOOD),
        0: ("Off air", colours.BAD),
        -1: ("Server unreachable", colours.WARNING),
    }
)
ANSWERS = say({1: ("Answers", colours.GOOD), 0: ("Does not answer", colours.BAD)})
REPORTS = say({1: ("Reports", colours.GOOD), 0: ("Silent", colours.BAD)})
CONNECTED = say({1: ("Connected", colours.GOOD), 0: ("Not connected", colours.BAD)})
RUNS = say({1: ("Runs", colours.GOOD), 0: ("Does not run", colours.BAD)})
UP = say({1: ("Up", colours.GOOD), 0: ("Down", colours.BAD)})
HEARD = say({1: ("Heard", colours.GOOD), 0: ("Nothing arrives", colours.BAD)})
CHANNEL = say({0: ("Sound", colours.GOOD), 1: ("Dead", colours.BAD)})
RELOAD = say({1: ("In force", colours.GOOD), 0: ("Last change refused", colours.BAD)})
STORE = say({1: ("Works", colours.GOOD), 0: ("Fails", colours.BAD)})
FED_BY = say(
    {1: ("Relay", colours.PLAIN), 0: ("Source client", colours.PLAIN), NOT_TOLD: ("not told", colours.UNKNOWN)}
)
NOT_TOLD_WORD = say({NOT_TOLD: ("not told", colours.UNKNOWN)})
UNLIMITED_WORD = say({UNLIMITED: ("unlimited", colours.PLAIN), NOT_TOLD: ("not told", colours.UNKNOWN)})
NONE_AT_ZERO = say({0: ("none", colours.GOOD)})
OVERDRAWN = say_below_zero("overdrawn", colours.BAD)
# -1 where a figure is not there yet; NaN where it is a share of nobody.
NOT_YET = say({NOT_TOLD: ("not yet", colours.UNKNOWN)})
OF_NOBODY = say_nothing_there("none")
WEEKDAY = say_texts(
    {
        str(number): (name, colours.PLAIN)
        for number, name in enumerate(
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), start=1
        )
    }
)
PART_OF_DAY = say_texts(
    {
        "morning": ("Morning, 6 to 10", colours.PLAIN),
        "day": ("Day, 10 to 15", colours.PLAIN),
        "evening": ("Evening, 15 to 19", colours.PLAIN),
        "night": ("Night, 19 to 24", colours.PLAIN),
        "overnight": ("Overnight, 0 to 6", colours.PLAIN),
    }
)
PLACE = say_texts({"private": ("private network", colours.UNKNOWN), "unknown": ("not known", colours.UNKNOWN)})
SONGTYPES = {
    "S": "Song",
    "I": "Station ID",
    "P": "Promo",
    "J": "Jingle",
    "A": "Advertisement",
    "N": "News",
    "V": "Interview",
    "X": "Effect",
    "C": "Unknown (C)",
    "?": "Unknown",
}
SONGTYPE = say_texts({letter: (name, colours.PLAIN) for letter, name in SONGTYPES.items()})
OUTCOMES = {
    "accepted": "Accepted",
    "played": "Played",
    "ignored": "Ignored",
    "expired": "Expired: never played",
    "song_recently_played": "Song played lately",
    "artist_recently_played": "Artist played lately",
    "track_recently_played": "Track played lately",
    "song_queued": "Song in the queue",
    "artist_queued": "Artist in the queue",
    "song_already_requested": "Song requested by another",
    "artist_already_requested": "Artist requested by another",
    "web_script": "By the web page",
    "other_refusal": "Another reason",
}
PART = say_texts(
    {
        "history": ("Play log", colours.PLAIN),
        "queue": ("Queue", colours.PLAIN),
        "requests": ("Requests", colours.PLAIN),
        "library": ("Library", colours.PLAIN),
        "categories": ("Categories", colours.PLAIN),
    }
)
READABLE = say({1: ("Readable", colours.GOOD), 0: ("Cannot be read", colours.BAD)})
CAUGHT_UP = say({0: ("caught up", colours.GOOD)})
DOES_NOT_FILL = say({NOT_TOLD: ("does not fill", colours.GOOD)})
OVERDUE = say_below_zero("over", colours.WARNING)
ALERT_STATE = say_texts({"firing": ("Firing", colours.PLAIN), "pending": ("About to fire", colours.UNKNOWN)})
SEVERITY = say_texts(
    {
        "critical": ("Critical: wakes someone", colours.BAD),
        "warning": ("Warning: can wait for morning", colours.WARNING),
        "none": ("Proof that alerting works", colours.GOOD),
    }
)
