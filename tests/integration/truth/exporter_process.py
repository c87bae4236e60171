"""The exporter as a process of its own, which can be killed outright and started again at once."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGHUP, SIGKILL
from typing import Any

import aiohttp

from demo.ports import free_port
from demo.process import Process, Program, start
from demo.readiness import accepts, until
from tests.running import Scrape

TOKEN = "a-token-that-only-this-test-knows"
KEY = "a key that only this test knows"
"""Of the listeners' identities: the same in every run, so that estimates are the same as well."""

COMMAND = (sys.executable, "-m", "exporter", "serve")
LOCAL = "127.0.0.1"


@dataclass
class Exporter:
    """A configured exporter. Its state, configuration and log are in `folder`; the log goes on over restarts.

    `away` = the stretches of time (Unix, seconds) in which it did not answer.
    """

    folder: Path
    sections: Mapping[str, Any]
    port: int
    away: list[tuple[float, float]] = field(default_factory=list)
    _process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOCAL}:{self.port}"

    @property
    def log(self) -> Path:
        """Everything it has said."""
        return self.folder / "exporter.log"

    @property
    def state(self) -> Path:
        """Its state directory."""
        return self.folder / "state"

    def configure(self, **sections: Any) -> None:
        """Write the configuration, with these sections instead of those it had. JSON is YAML as well."""
        self.sections = {**self.sections, **sections}
        whole = {"state_dir": str(self.state), "privacy": {"key": KEY}, **self.sections}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "exporter.yaml").write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")

    async def start(self) -> None:
        """Start it; return when it accepts connections."""
        argv = [*COMMAND, "--config.file", str(self.folder / "exporter.yaml"), "--log.level", "debug"]
        argv += ["--web.listen-address", f"{LOCAL}:{self.port}"]
        source = str(Path(__file__).parents[3])
        self._process = await start(Program("the exporter", argv, self.log, environment={"PYTHONPATH": source}))
        async with asyncio.timeout(30):
            await until(self._answers)

    async def _answers(self) -> bool:
        process = self._process
        if process is not None and process.exit_status is not None and process.exit_status != -SIGKILL:
            raise process.ended()
        return await accepts(LOCAL, self.port)

    async def kill(self) -> None:
        """End it as a crash or a power cut would."""
        if self._process is not None:
            self._process.send(SIGKILL)
            await self._process.wait()

    async def crash(self) -> None:
        """Kill it and start it again at once."""
        since = time.time()
        await self.kill()
        await self.start()
        self.away.append((since, time.time()))

    async def stop(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            await self._process.stop()

    async def reload(self, **sections: Any) -> None:
        """Have it read its configuration anew."""
        self.configure(**sections)
        if self._process is not None:
            self._process.send(SIGHUP)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of an answer."""
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{self.url}{path}", headers=headers) as reply,
        ):
            return reply.status, await reply.text()

    async def scrape(self) -> Scrape:
        """Its page, read with the official parser."""
        status, text = await self.get("/metrics")
        assert status == 200, text
        return Scrape(text)

    async def ready(self) -> None:
        """Return when it has read its store, and every server once."""
        async with asyncio.timeout(60):
            while True:
                with suppress(aiohttp.ClientError):
                    if (await self.get("/-/ready"))[0] == 200:
                        return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def exporting(folder: Path, port: int | None = None, **sections: Any) -> AsyncIterator[Exporter]:
    """An exporter that runs until the end of the block."""
    exporter = Exporter(folder, sections, port or free_port())
    exporter.configure()
    try:
        await exporter.start()
        yield exporter
    finally:
        await exporter.stop()


def stored(exporter: Exporter) -> list[Path]:
    """The files in which it keeps things."""
    return [path for path in sorted(exporter.state.rglob("*")) if path.is_file() and os.access(path, os.R_OK)]
