"""Everything that is being watched: a poller per target, exchanged as a whole when the configuration changes."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable

from exporter.page import Block
from exporter.polling.poller import Poller
from exporter.polling.supervise import Supervisor
from exporter.polling.target import Observer, Target

log = logging.getLogger(__name__)


class Watch:
    """The pollers, by the name of their target.

    Args:
        supervisor: runs them.
        observer: makes for each target whoever is told how its polls end.
        nobody: how many of the listeners that a server counts on a stream are no people but probes of ours.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        observer: Callable[[Target], Observer] = lambda _: lambda _: None,
        nobody: Callable[[str, str], int] = lambda _server, _stream: 0,
    ) -> None:
        self._supervisor, self._observer, self._nobody = supervisor, observer, nobody
        self._pollers: dict[str, Poller] = {}

    @property
    def pollers(self) -> tuple[Poller, ...]:
        """All of them, in the order of the configuration."""
        return tuple(self._pollers.values())

    def named(self, name: str) -> Poller | None:
        """The poller of the target with this name."""
        return next((poller for poller in self.pollers if poller.target.name == name), None)

    async def swap(self, targets: Iterable[Target]) -> None:
        """Watch these targets from now on. A target object that is watched already keeps its poller and its memory."""
        wanted = {f"{target.source}/{target.name}": target for target in targets}
        kept = {name: poller for name, poller in self._pollers.items() if wanted.get(name) is poller.target}
        gone = {name: poller for name, poller in self._pollers.items() if name not in kept}
        # Until here the old ones are served; then all changes in one step.
        await self._supervisor.stop([task for name in gone for task in _tasks(name)])
        self._pollers = {
            name: kept.get(name) or Poller(target, self._observer(target)) for name, target in wanted.items()
        }
        for name in wanted.keys() - kept.keys():
            self._begin(name)
        for poller in gone.values():
            await poller.stop()
            await poller.target.close()

    def listeners(self, streams: Collection[str]) -> int | None:
        """How many listen to these mounts and streams, to all if none are named; our probes left out.

        None if none of them is on the air, or a server of theirs does not answer: nobody has left for that.
        """
        found: list[int] = []
        for poller in self.pollers:
            of_target = self._people(poller.target, streams)
            if of_target and not poller.up:
                return None
            found += of_target
        return sum(found) if found else None

    async def refreshed(self, poller: Poller, within: float | None) -> Block:
        """The block of one poller, asked now: within so many seconds, or it counts as silent."""
        try:
            in_time = await poller.refresh(within)
        except Exception:  # noqa: BLE001  one target's bug must not cost the page
            self._supervisor.crashed(poller.task_name)
            return poller.block()
        return poller.block() if in_time else poller.silent_block()

    async def blocks(self, within: float | None) -> list[Block]:
        """The block of every target: as known, or asked now where its interval is 0."""
        pollers = self.pollers  # a reload may exchange them while we wait
        asked = [poller for poller in pollers if poller.on_scrape]
        answers = await asyncio.gather(*(self.refreshed(poller, within) for poller in asked)) if asked else ()
        fresh = dict(zip(asked, answers, strict=True))
        return [fresh[poller] if poller in fresh else poller.block() for poller in pollers]

    async def stop(self) -> None:
        """End every task."""
        await self.swap(())

    def _people(self, target: Target, streams: Collection[str]) -> list[int]:
        """On each of its streams that is on the air by its latest reading, those that are named, or all."""
        return [
            max(0, stream.listeners - self._nobody(target.name, stream.name))
            for stream in target.streams()
            if stream.state == "on air" and stream.listeners is not None and (not streams or stream.name in streams)
        ]

    def _begin(self, name: str) -> None:
        poller = self._pollers[name]
        if not poller.on_scrape:
            self._supervisor.start(name, poller.run)
        self._supervisor.start(f"{name} background", poller.target.background)


def _tasks(name: str) -> tuple[str, str]:
    return name, f"{name} background"
