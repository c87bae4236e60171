"""Tell of alerts as Alertmanager has them: each when it fires and when it is over."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

ASK_EVERY = 1.0
PATIENCE = aiohttp.ClientTimeout(total=5)
ALWAYS_THERE = frozenset({"Watchdog"})  # fires for ever, to show that the line to the pager works
WHERE = ("mount", "stream", "server", "instance")


async def watch(url: str, tell: Callable[[str], None]) -> None:
    """Tell of every alert, for ever."""
    known: dict[str, str] = {}
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ValueError):
                firing = await _firing(session, url)
                for fingerprint in firing.keys() - known.keys():
                    tell(f"FIRING    {firing[fingerprint]}")
                for fingerprint in known.keys() - firing.keys():
                    tell(f"resolved  {known[fingerprint].partition(':')[0]}")
                known = firing
            await asyncio.sleep(ASK_EVERY)


async def _firing(session: aiohttp.ClientSession, url: str) -> dict[str, str]:
    async with session.get(f"{url}/api/v2/alerts", params={"inhibited": "false", "silenced": "false"}) as answer:
        answer.raise_for_status()
        alerts = await answer.json()
    return {
        alert["fingerprint"]: describe(alert) for alert in alerts if alert["labels"]["alertname"] not in ALWAYS_THERE
    }


def describe(alert: dict[str, Any]) -> str:
    """Return one line: what (how bad) where: the summary."""
    labels = alert["labels"]
    where = next((labels[name] for name in WHERE if name in labels), "")
    what = f"{labels['alertname']} ({labels.get('severity', 'no severity')}) {where}".rstrip()
    return f"{what}: {alert['annotations'].get('summary', '')}".rstrip(": ")
