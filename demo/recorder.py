"""A recorder that writes sound into a folder all day, and what goes wrong with both.

The program is ffmpeg under a name of its own, so that the exporter can watch for it by that name. It records what it
makes itself: as a listener it would be one of the audience.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from demo.mishap import Tell
from demo.process import Process, Program, find_program, start

NAME = "station-recorder"
FIRST_AFTER = 200.0
PAUSE = (240.0, 480.0)
DEAD, AWAY = 100.0, 100.0  # seconds; ProcessDown and RecordingDiskLow are due after a minute
FILE_SECONDS, FILES = 60, 3
RESTART = 2.0


def recordings(folder: Path) -> Path:
    """Return the folder that is recorded to, in the demo's own."""
    return folder / "recordings"


class Recorder:
    """The program, kept running, and the folder it writes to."""

    def __init__(self, folder: Path, tell: Tell, dice: random.Random) -> None:
        self.recordings = recordings(folder)
        self._folder, self._tell, self._dice = folder, tell, dice
        self._process: Process | None = None
        self._allowed = asyncio.Event()
        self._allowed.set()

    async def run(self) -> None:
        """Record for ever."""
        try:
            while True:
                await self._allowed.wait()
                self.recordings.mkdir(parents=True, exist_ok=True)
                self._process = await start(Program("the recorder", self._command(), self._folder / "recorder.log"))
                await self._process.wait()
                await asyncio.sleep(RESTART)
        finally:
            await self._stop()

    async def happen(self) -> None:
        """Let mishaps happen for ever."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            for mishap in (self.dies, self.loses_its_disk):
                await mishap()
                await asyncio.sleep(self._dice.uniform(*PAUSE))

    async def dies(self) -> None:
        """The program ends and is not started again for a while."""
        self._tell(f"the recorder dies; it will be back in {DEAD:.0f} s (ProcessDown is due after a minute)")
        await self._without(DEAD)
        self._tell("the recorder is back")

    async def loses_its_disk(self) -> None:
        """The folder is gone, as a file server's is that is away."""
        away = self.recordings.with_name("recordings.away")
        self._tell(f"the recordings' disk is away for {AWAY:.0f} s (RecordingDiskLow is due after a minute)")
        self._allowed.clear()
        try:
            await self._stop()
            self.recordings.rename(away)
            await asyncio.sleep(AWAY)
        finally:
            if away.exists():
                away.rename(self.recordings)
            self._allowed.set()
        self._tell("the recordings' disk is back")

    async def _without(self, seconds: float) -> None:
        self._allowed.clear()
        try:
            await self._stop()
            await asyncio.sleep(seconds)
        finally:
            self._allowed.set()

    async def _stop(self) -> None:
        if self._process is not None:
            await self._process.stop(patience=3.0)

    def _command(self) -> list[str]:
        program = self._folder / NAME
        if not program.exists():
            program.symlink_to(find_program("ffmpeg"))
        return [
            str(program), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y",
            "-re", "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=22050", "-c:a", "libmp3lame", "-b:a", "32k",
            "-f", "segment", "-segment_time", str(FILE_SECONDS), "-segment_wrap", str(FILES),
            str(self.recordings / "%d.mp3"),
        ]  # fmt: skip


@asynccontextmanager
async def recording(recorder: Recorder, *, mishaps: bool) -> AsyncIterator[asyncio.Task[None]]:
    """Record for the length of the block. Yields the task."""

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run())
            if mishaps:
                tasks.create_task(recorder.happen())

    task = asyncio.create_task(work())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
