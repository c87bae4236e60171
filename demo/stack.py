"""The whole demo in order: a station, the exporter, streaming servers, Prometheus and the rest; and its end."""

import asyncio
import os
import random
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from demo import servers
from demo.alerts import watch
from demo.computer import NAME as COMPUTER
from demo.computer import computer
from demo.credentials import ingest_file, sam_file
from demo.errors import DemoError
from demo.icecast import Icecast, icecast
from demo.loki import pretended
from demo.mariadb import Address, mariadb
from demo.music import Desk, studio
from demo.places import places_file, write
from demo.ports import LOOPBACK, free_port, is_free, prefer
from demo.process import Process
from demo.programme import MOUNTS, SOURCE_TIMEOUT, STATION
from demo.readiness import until
from demo.recorder import Recorder, recording
from demo.show import Diary, complain, say, show_address, step
from demo.station import Options, station
from demo.streaming import Options as StreamingOptions
from demo.streaming import streaming
from demo.zone import local_zone

EXPORTER_PORT = 10880
FIRST_SCRAPE_WITHIN = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for."""

    folder: Path
    seconds: float | None = None
    speed: float = 1.0
    audience: int = 240
    mishaps: bool = True


async def run(wishes: Wishes) -> bool:
    """Start everything, tell what happens, and end everything: after `seconds`, when cancelled, or on a failure.

    Returns False after a failure, which was told when it happened.
    """
    if not is_free(EXPORTER_PORT):
        complain(
            f"port {EXPORTER_PORT}, the exporter's, is taken: end the program that listens there"
            f" (`ss -ltnp sport = :{EXPORTER_PORT}` names it), then start the demo again"
        )
        return False
    try:
        async with AsyncExitStack() as opened:
            return await _show(Demo(wishes, opened))
    finally:
        say("  everything has ended")


async def _show(demo: "Demo") -> bool:
    try:
        await demo.start()
        demo.show_addresses()
        await demo.until_something_ends()
    except DemoError as error:
        complain(str(error))
        return False
    finally:
        say("\n  ending everything…")
    return True


class Demo:
    """What runs by now."""

    def __init__(self, wishes: Wishes, opened: AsyncExitStack) -> None:
        self._wishes = wishes
        self._opened = opened
        self._diary = Diary()
        self._processes: list[Process] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._addresses: list[tuple[str, str]] = []

    async def start(self) -> None:
        """Start each part when the one before is ready."""
        folder = self._wishes.folder
        server = await self._start_icecast(folder)
        desk = await self._start_database(server, folder)
        await self._start_station(server, desk)
        await self._start_recorder(folder)
        loki = await self._start_loki(server)
        await self._start_exporter(server, desk.database.address, folder, loki)
        await self._start_streaming(server)
        ports = {
            "prometheus": prefer(9090),
            "alertmanager": prefer(9093),
            "exporter": EXPORTER_PORT,
            COMPUTER: await self._start_computer(),
        }
        await self._start_alertmanager(folder, ports)
        await self._start_prometheus(folder, ports)
        await self._start_grafana(folder, ports)

    async def until_something_ends(self) -> None:
        """Return after the wished time; raise when a program or the station ends before."""
        endings = {asyncio.create_task(process.wait()): process for process in self._processes}
        try:
            done, _ = await asyncio.wait(
                [*endings, *self._tasks], timeout=self._wishes.seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for ending in endings:
                ending.cancel()
        for ending, process in endings.items():
            if ending in done:
                raise process.ended()
        for task in self._tasks:
            if task in done:
                task.result()

    def show_addresses(self) -> None:
        """Say where to look."""
        say(f"\n  {STATION} is on the air. Ctrl-C ends everything.\n")
        for name, address in self._addresses:
            show_address(name, address)
        say()

    async def _start_icecast(self, folder: Path) -> Icecast:
        port = prefer(8000)
        context = icecast(
            folder / "icecast", port=port, mounts=MOUNTS, source_timeout=SOURCE_TIMEOUT, exporter=_exporter_url()
        )
        server = await self._open("Icecast", context)
        self._processes.append(server.process)
        self._note("Icecast", port, 8000)
        return server

    async def _start_database(self, server: Icecast, folder: Path) -> Desk:
        context = mariadb(folder / "mariadb", server.admin_password_file.parent)
        database, task = await self._open("MariaDB", context)
        self._tasks.append(task)
        return Desk(await self._open("a year of music", studio(database.address, self._wishes.audience)), database)

    async def _start_station(self, server: Icecast, desk: Desk) -> None:
        wishes = self._wishes
        options = Options(
            server.url, server.passwords.source, wishes.folder, wishes.speed, wishes.audience, wishes.mishaps
        )
        self._tasks.append(await self._open("the station", station(options, self._diary.tell, desk)))

    async def _start_recorder(self, folder: Path) -> None:
        recorder = Recorder(folder, self._diary.tell, random.Random())
        self._tasks.append(await self._open("the recorder", recording(recorder, mishaps=self._wishes.mishaps)))

    async def _start_loki(self, server: Icecast) -> str | None:
        """Pretend one, unless the environment names a real one."""
        if os.environ.get("LOKI_URL"):
            return None
        port, wishes = free_port(), self._wishes
        context = pretended(port, _exporter_url(), server.passwords.ingest, self._diary.tell, mishaps=wishes.mishaps)
        _, task = await self._open("a pretended Loki", context)
        self._tasks.append(task)
        return f"http://{LOOPBACK}:{port}"

    async def _start_exporter(self, server: Icecast, studio_at: Address, folder: Path, loki: str | None) -> None:
        secrets = server.admin_password_file.parent
        environment = {
            "STATION_NAME": STATION,
            "STATION_TIMEZONE": local_zone(),
            "ICECAST_URL": server.url,
            "ICECAST_PASSWORD_FILE": str(server.admin_password_file),
            "INGEST_TOKEN_FILE": str(ingest_file(secrets)),
            "SAM_HOST": studio_at.host,
            "SAM_PASSWORD_FILE": str(sam_file(secrets)),
            "GEOIP_DATABASE": str(write(places_file(folder))),
        }
        exporter = servers.exporter(folder, EXPORTER_PORT, environment, servers.native(folder, studio_at.port, loki))
        self._processes.append(await self._open("the exporter", exporter))
        self._note("exporter", EXPORTER_PORT, EXPORTER_PORT)

    async def _start_streaming(self, server: Icecast) -> None:
        wishes = self._wishes
        options = StreamingOptions(
            _exporter_url(), server.passwords.ingest, wishes.speed, wishes.audience // 2, wishes.mishaps
        )
        self._tasks.append(await self._open("streaming servers", streaming(options, self._diary.tell)))

    async def _start_computer(self) -> int:
        port = free_port()
        context = computer(port, self._diary.tell, mishaps=self._wishes.mishaps)
        self._tasks.append(await self._open("the studio's PC", context))
        return port

    async def _start_alertmanager(self, folder: Path, ports: dict[str, int]) -> None:
        port = ports["alertmanager"]
        self._processes.append(await self._open("Alertmanager", servers.alertmanager(folder / "alertmanager", port)))
        self._tasks.append(asyncio.create_task(watch(f"http://127.0.0.1:{port}", self._diary.tell)))
        self._opened.callback(self._tasks[-1].cancel)
        self._note("Alertmanager", port, 9093)

    async def _start_prometheus(self, folder: Path, ports: dict[str, int]) -> None:
        port = ports["prometheus"]
        self._processes.append(await self._open("Prometheus", servers.prometheus(folder / "prometheus", port, ports)))
        self._note("Prometheus", port, 9090)
        with step("its first scrape"):
            await _first_scrape(port)

    async def _start_grafana(self, folder: Path, ports: dict[str, int]) -> None:
        command = servers.grafana_command()
        if command is None:
            self._addresses.append(("Grafana", "not installed here; `docker compose up` brings it along"))
            return
        port = prefer(3000)
        grafana = servers.grafana(
            command,
            folder / "grafana",
            port,
            prometheus_port=ports["prometheus"],
            alertmanager_port=ports["alertmanager"],
        )
        self._processes.append(await self._open("Grafana", grafana))
        self._note("Grafana", port, 3000)

    async def _open(self, name: str, context: AbstractAsyncContextManager[T]) -> T:
        with step(name):
            return await self._opened.enter_async_context(context)

    def _note(self, name: str, port: int, usual: int) -> None:
        taken = f"   (port {usual} is taken)" if port != usual else ""
        self._addresses.append((name, f"http://localhost:{port}{taken}"))


def _exporter_url() -> str:
    return f"http://{LOOPBACK}:{EXPORTER_PORT}"


async def _first_scrape(port: int) -> None:
    try:
        async with asyncio.timeout(FIRST_SCRAPE_WITHIN):
            await until(lambda: servers.sees_the_exporter(port))
    except TimeoutError:
        raise DemoError(
            f"Prometheus did not scrape the exporter within {FIRST_SCRAPE_WITHIN:g} s:"
            f" see http://localhost:{port}/targets"
        ) from None
