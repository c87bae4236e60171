"""A source that is kept on the air: it is started again whenever it ends, unless a mishap holds it down."""

import asyncio

from demo.mishap import Tell
from demo.sources import Source, SourceRefusedError

RETRY = 2.0


class Channel:
    """One mount's source and its engineer."""

    def __init__(self, source: Source, tell: Tell) -> None:
        self.source = source
        self.on_air = asyncio.Event()
        self._tell = tell
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._complained = False

    @property
    def mount(self) -> str:
        """The mount it plays into."""
        return self.source.feed.mount

    async def run(self) -> None:
        """Play for ever."""
        try:
            while True:
                await self._allowed.wait()
                await self._play()
                self.on_air.clear()
                await asyncio.sleep(RETRY)
        finally:
            await self.source.stop()

    async def hold_down(self, seconds: float) -> None:
        """End the source and keep it away for so long."""
        self._allowed.clear()
        self.source.kill()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._allowed.set()

    async def _play(self) -> None:
        try:
            process = await self.source.play()
        except (SourceRefusedError, OSError) as error:  # TimeoutError is an OSError
            if not self._complained:
                self._tell(f"{self.mount} cannot connect, trying again: {error or 'no answer'}")
            self._complained = True
            return
        self._complained = False
        self.on_air.set()
        await process.wait()
        if self._allowed.is_set():
            self._tell(f"{self.mount} lost its source; it reconnects")
