"""Everything that is being watched: a poller per target, exchanged as a whole when the configuration changes."""

import asyncio
import logging
from collections.abc import Iterable

from exporter.page import Block
from exporter.polling.poller import Poller
from exporter.polling.supervise import Supervisor
from exporter.polling.target import Target

log = logging.getLogger(__name__)


class Watch:
    """The pollers, by the name of their target."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._pollers: dict[str, Poller] = {}
        self._ordered: tuple[Poller, ...] = ()

    @property
    def pollers(self) -> tuple[Poller, ...]:
        """All of them, in the order of the configuration."""
        return self._ordered

    @property
    def ready(self) -> bool:
        """Every target that is polled in the background was asked at least once."""
        return all(poller.polled or poller.on_scrape for poller in self._ordered)

    def named(self, name: str) -> Poller | None:
        """The poller of the target with this name."""
        return next((poller for poller in self._ordered if poller.target.name == name), None)

    async def swap(self, targets: Iterable[Target]) -> None:
        """Watch these targets from now on. A target object that is watched already keeps its poller and its memory."""
        wanted = {f"{target.source}/{target.name}": target for target in targets}
        gone = [name for name, poller in self._pollers.items() if wanted.get(name) is not poller.target]
        await self._end(gone)
        for name, target in wanted.items():
            if name not in self._pollers:
                self._begin(name, target)
        self._ordered = tuple(self._pollers[name] for name in wanted)

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
        fresh = [poller for poller in self._ordered if poller.on_scrape]
        if not fresh:
            return [poller.block() for poller in self._ordered]
        answers = iter(await asyncio.gather(*(self.refreshed(poller, within) for poller in fresh)))
        return [next(answers) if poller.on_scrape else poller.block() for poller in self._ordered]

    async def stop(self) -> None:
        """End every task."""
        await self._end(list(self._pollers))

    def _begin(self, name: str, target: Target) -> None:
        poller = self._pollers[name] = Poller(target)
        if not poller.on_scrape:
            self._supervisor.start(name, poller.run)
            self._supervisor.start(f"{name} watch", target.watch)

    async def _end(self, names: list[str]) -> None:
        tasks = [task for name in names if not self._pollers[name].on_scrape for task in (name, f"{name} watch")]
        await self._supervisor.stop(tasks)
        for name in names:
            await self._pollers.pop(name).stop()
