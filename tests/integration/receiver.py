"""A real HTTP receiver for Alertmanager's webhooks."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Delivery:
    """One alert as it was delivered, and when."""

    name: str
    status: str
    labels: dict[str, str]
    at: float


@dataclass
class Receiver:
    """Everything that was delivered."""

    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep what Alertmanager posts."""
        for alert in (await request.json())["alerts"]:
            labels = alert["labels"]
            self.deliveries.append(Delivery(labels["alertname"], alert["status"], labels, time.monotonic()))
        return web.Response()

    def find(self, name: str, status: str, since: float = 0.0, **labels: str) -> Delivery | None:
        """The first delivery of this alert after a moment."""
        return next(
            (
                delivery
                for delivery in self.deliveries
                if (delivery.name, delivery.status) == (name, status)
                and delivery.at >= since
                and labels.items() <= delivery.labels.items()
            ),
            None,
        )

    async def wait_for(self, name: str, status: str, since: float, within: float, **labels: str) -> float:
        """Seconds from a moment to the delivery; fails if it does not come `within` seconds."""
        while (delivery := self.find(name, status, since, **labels)) is None:
            assert time.monotonic() < since + within, f"no {name} {status} within {within} s, but {self.deliveries}"
            await asyncio.sleep(0.2)
        return delivery.at - since


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run one on a free port."""
    receiving = Receiver()
    app = web.Application()
    app.router.add_post("/", receiving.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield receiving
    finally:
        await runner.cleanup()
