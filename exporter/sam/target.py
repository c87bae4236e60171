"""One studio as polling sees it: asks its database, and renders what it says and what is known of it."""

import time
from operator import is_
from zoneinfo import ZoneInfo

from exporter.config.schema_sam import SamDatabase
from exporter.page import Block
from exporter.polling.target import StreamState
from exporter.sam import metrics
from exporter.sam.charts.windows import WINDOWS
from exporter.sam.clocks import to_unix
from exporter.sam.database.client import SamClient
from exporter.sam.log.timeline import LONGEST_UNKNOWN
from exporter.sam.metrics import Live, Track
from exporter.sam.reading import HistoryRow, Now
from exporter.sam.studio import Studio, Surroundings

PATIENCE = 0.5
"""The part of what is left of a poll's time for which it waits for its news to be in the log."""

OVERDUE = 60.0
"""Seconds beyond the end of the last track after which nothing is on the air."""


class SamTarget:
    """A configured studio. What the store knows of it is shown whether its database can be read or not."""

    source = "sam"

    def __init__(
        self,
        config: SamDatabase,
        zones: tuple[ZoneInfo, ZoneInfo],
        around: Surroundings,
    ) -> None:
        self.name = config.name
        self.interval = float(config.interval)
        self.timeout = config.deadline
        self._zone = zones[0]
        self._ends_are_told = config.date_played_means == "end"
        self._polling = SamClient(config)
        self._following = SamClient(config, beside=self._polling)
        self._studio = Studio(config, zones, around)
        self._track: Track | None = None
        self._charts: Block = {}
        self._charted: tuple[Block, ...] = ()

    async def poll(self) -> Block:
        """Ask what is on the air and what is queued, and have what was played taken; PollError."""
        began = time.monotonic()
        now = await self._polling.now()
        patience = PATIENCE * (self.timeout - (time.monotonic() - began))
        await self._studio.keeper.look(now.newest.history_id if now.newest else 0, patience)
        self._track = self._on_air(now)
        self._studio.news.queued(now.queue.items if now.queue else None)
        self._studio.news.missing(self._polling.missing)
        live = Live(self._track, now.queue, self._studio.library, self._polling.missing, self._studio.keeper.behind)
        return self._block(live)

    def without_reading(self) -> Block:
        """What the store knows."""
        return self._block(None)

    def streams(self) -> tuple[StreamState, ...]:
        """What is on the air, as one stream."""
        track = self._track
        if track is None:
            return ()
        over = time.time() > (track.started + (track.duration or LONGEST_UNKNOWN)) / 1000 + OVERDUE
        name = f"{track.song.artist} - {track.song.title}".strip(" -")
        return (StreamState("playout", "off air" if over else "on air", listeners=None, title=name, playout=True),)

    async def background(self) -> None:
        """Keep logs and charts up for ever."""
        await self._studio.run(self._following)

    async def close(self) -> None:
        """End connections and threads."""
        await self._polling.close()
        await self._following.close()

    def _on_air(self, now: Now) -> Track | None:
        """The newest track. Who writes a track when it ends does not say what is on the air."""
        row = now.newest
        if row is None or row.played is None or self._ends_are_told:
            return None
        if row.overlay:  # it plays over another, which goes on
            return self._track
        return Track(row.song, row.songtype, self._start(row), row.duration, row.listeners)

    def _start(self, row: HistoryRow) -> int:
        starts = [total.last_play for total in self._studio.plays.totals.values() if total.last_play is not None]
        assert row.played is not None  # noqa: S101  asked by the caller
        return to_unix(row.played, self._zone, max(starts, default=None))

    def _block(self, live: Live | None) -> Block:
        warnings = self._polling.warnings + self._following.warnings
        shown = metrics.render(self.name, self._studio.log(), live, warnings)
        return {**shown, **self._chart_block()}

    def _chart_block(self) -> Block:
        """All windows' charts; put together anew only when one of them was made anew."""
        blocks = self._studio.charting.blocks
        charts = tuple(blocks[window] for window in WINDOWS if window in blocks)
        if len(charts) != len(self._charted) or not all(map(is_, charts, self._charted)):
            self._charted, self._charts = charts, metrics.together(charts)
        return self._charts
