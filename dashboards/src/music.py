"""Music: what a studio plays, how it is received, and where it comes from."""

from . import links, music_charts, music_now, music_source, music_time
from .board import Board, Section

BOARD = Board(
    uid=links.MUSIC,
    title="Radio / Music",
    description="What is on the air and what was: charts, rotation, skips, queue, library, and what keeps listeners.",
    unused_variables=["server", "mount", "channel"],
    own_variables=["studio", "window"],
    track_changes=True,
    sections=[
        Section(
            "",
            [music_now.on_the_air(), music_now.database(), music_now.queue(), music_now.rotation(), music_now.unread()],
        ),
        Section("What is played", [music_now.today(), music_time.each_day(), music_time.hours_of_the_week()]),
        Section(
            "Charts",
            [
                music_charts.songs(),
                music_charts.artists(),
                music_charts.genres(),
                music_charts.categories(),
                music_charts.updated(),
            ],
        ),
        Section("Songs and listeners", [music_charts.keeps(), music_charts.loses()]),
        Section(
            "How it is played",
            [music_time.skips(), music_time.skip_share(), music_time.aired_each_day(), music_time.aired_share()],
        ),
        Section("Queue", [music_source.queue_length(), music_source.queue_items()]),
        Section(
            "Rotation and library",
            [
                music_time.rotation(),
                music_time.since_each_type(),
                music_source.library(),
                music_source.never_played(),
            ],
        ),
        Section(
            "SAM's database",
            [
                music_source.answers(),
                music_source.parts(),
                music_source.unread(),
                music_source.disruptions(),
                music_source.failures(),
            ],
        ),
    ],
)
