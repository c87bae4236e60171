"""The tables. Every time is in whole milliseconds of Unix time, every duration in milliseconds.

A change of a table is a new step in migrations.py; what stands here is how the tables look after the last step.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Unicode,
)
from sqlalchemy.dialects import mysql

# MySQL cannot index a blob; and its default comparison finds é equal to e, which are two channels.
Hash = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb")
Blob = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
Seen = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


def _text(length: int) -> Unicode:
    return Unicode(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
    )


metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    # Facts that were acknowledged and are not in the tables below yet: a group of them as msgpack in each row.
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("facts", Blob, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    # One row: everything in the journal up to here is in the tables below.
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
)

session = Table(
    "session",
    metadata,
    # One row per listening session. `seen` - `started` is how long it has lasted; `ended` is null while it is open.
    Column("session_key", Hash, primary_key=True),
    Column("sender", String(63), nullable=False),
    Column("server", _text(255), nullable=False),
    Column("channel", _text(255), nullable=False),
    Column("protocol", String(32), nullable=False),
    Column("identity", Hash, nullable=False),
    Column("address", Hash, nullable=False),  # the keyed hash, never the address
    Column("country", String(8), nullable=False),
    Column("city", _text(100), nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("player", _text(63), nullable=False),
    Column("player_class", String(32), nullable=False),
    Column("person", Boolean, nullable=False),
    Column("connection", BigInteger),
    Column("begun", Boolean, nullable=False),  # false: only its end was told so far
    Column("started", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("final", Boolean, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("is_returning", Boolean, nullable=False),
    Column("events", Seen, nullable=False),  # fingerprints of what was told, 6 bytes each
    Index("session_ended", "ended"),
    Index("session_identity", "identity"),
)

total = Table(
    "total",
    metadata,
    # What the counters of /metrics stand at: `labels` = the label values, joined by U+001F.
    Column("name", String(80), primary_key=True),
    Column("labels", _text(600), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

quarter = Table(
    "quarter",
    metadata,
    # Sums by quarter-hour (UTC), channel and country. Milliseconds of listening, of sessions of a minute and more too.
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", _text(255), primary_key=True),
    Column("country", String(8), primary_key=True),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("listened", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("new_listeners", BigInteger, nullable=False),
    Column("returning_listeners", BigInteger, nullable=False),
    Column("qualified_sessions", BigInteger, nullable=False),
    Column("qualified_listened", BigInteger, nullable=False),
)

quarter_people = Table(
    "quarter_people",
    metadata,
    # By quarter-hour and channel ('' = the station) what does not add up: the most at one time, and who it was, as
    # Apache DataSketches HLL sketches (of all sessions, and of those of a minute and more).
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", _text(255), primary_key=True),
    Column("peak", Integer, nullable=False),
    Column("listeners", Blob),
    Column("qualified_listeners", Blob),
)

listen = Table(
    "listen",
    metadata,
    # One row per play that a page or player reported.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("source", _text(63), nullable=False),
    Column("identity", Hash, nullable=False),
    Column("address", Hash, nullable=False),
    Column("country", String(8), nullable=False),
    Column("player", _text(63), nullable=False),
    Column("player_class", String(32), nullable=False),
    Column("referrer", _text(255), nullable=False),  # the host alone
    Column("duration", BigInteger),
    Index("listen_at", "at"),
    Index("listen_identity", "identity"),
)

erasure = Table(
    "erasure",
    metadata,
    # Listeners who asked to be forgotten: the running exporter drops what it holds of them. Cleaned with the sessions.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("address", Hash),
    Column("identity", Hash),
)

audit = Table(
    "audit",
    metadata,
    # Who was forgotten or handed out when: never who it was.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("action", String(16), nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("detail", _text(255), nullable=False),
)

studio = Table(
    "studio",
    metadata,
    # One row per playout database: up to which row of its history and its requests has been read. A history that was
    # emptied, or exchanged for another, is read anew under the next generation.
    Column("server", String(63), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("history_id", BigInteger, nullable=False),
    Column("history_mark", BigInteger, nullable=False),  # fingerprint of that row, to know the table again
    Column("request_generation", Integer, nullable=False),
    Column("request_id", BigInteger, nullable=False),
    Column("request_mark", BigInteger, nullable=False),
)

song = Table(
    "song",
    metadata,
    # What was played, as the history names it; another row when the library corrects a name. The key is a hash of all.
    Column("song_key", BigInteger, primary_key=True, autoincrement=False),
    Column("server", String(63), nullable=False),
    Column("song_id", BigInteger, nullable=False),  # of the playout's library; 0 = of no library
    Column("artist", _text(255), nullable=False),
    Column("title", _text(255), nullable=False),
    Column("album", _text(255), nullable=False),
    Column("genre", _text(63), nullable=False),
    Column("label", _text(100), nullable=False),
    Column("isrc", _text(50), nullable=False),
)

play = Table(
    "play",
    metadata,
    # One row per item that was on the air. `started` is null where the playout wrote no time; `aired` and `skipped` are
    # null until the next item begins.
    Column("server", String(63), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("history_id", BigInteger, primary_key=True, autoincrement=False),
    Column("started", BigInteger),
    Column("aired", BigInteger),
    Column("nominal", BigInteger, nullable=False),
    Column("songtype", String(1), nullable=False),
    Column("song_key", BigInteger, nullable=False),
    Column("request_id", BigInteger, nullable=False),  # 0 = nobody asked for it
    Column("skipped", Boolean),
    Column("listeners_before", Integer),  # at its start and at its end; null where nobody knows
    Column("listeners_after", Integer),
    Index("play_started", "server", "started"),
    Index("play_song", "song_key", "started"),
)

request = Table(
    "request",
    metadata,
    # One row per request of a listener. `requester` is a keyed hash, cleaned away after its retention.
    Column("server", String(63), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("request_id", BigInteger, primary_key=True, autoincrement=False),
    Column("asked", BigInteger),
    Column("song_id", BigInteger, nullable=False),
    Column("code", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),  # pending, or what became of it
    Column("waited", BigInteger),  # from asking to the play's start
    Column("requester", Hash),
    Index("request_asked", "server", "asked"),
    Index("request_outcome", "server", "outcome"),
    Index("request_requester", "requester"),
)

event = Table(
    "event",
    metadata,
    # One row per event. The key is made of the time, 1024 to a millisecond: its order is that of the events, whenever
    # they came, and a stretch of time is a stretch of keys. It stays below 2^53, so that JavaScript reads it exactly.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("level", String(8), nullable=False),
    Column("category", String(16), nullable=False),
    Column("event", String(63), nullable=False),
    Column("message", _text(1000), nullable=False),
    Column("source", _text(100), nullable=False),
    Column("deck", _text(63)),
    Column("song_id", BigInteger),
    Column("encoder_id", _text(63)),
    Column(
        "metadata", Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), "mysql", "mariadb"), nullable=False
    ),  # JSON
    # What is searched, as event_text.py writes it; each database has its own kind of index on it.
    Column("words", Text().with_variant(mysql.MEDIUMTEXT(charset="ascii"), "mysql", "mariadb"), nullable=False),
    Index("event_level", "level", "id"),
    Index("event_category", "category", "level", "id"),
)
