"""Starts the processes that take part: the synthetic Icecast, our exporter, the bare handler."""

import json
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from bench.client import get
from bench.documents import LISTENERS_PER_MOUNT
from bench.process import LOOPBACK, Program, free_port, running
from bench.synthetic_icecast import HITS, PASSWORD_VARIABLE

INTERVAL = "5s"


@dataclass(frozen=True, slots=True)
class Server:
    """A running process and the port it answers on. `state` = the state directory, of an exporter."""

    pid: int
    port: int
    state: Path = Path()


@dataclass(frozen=True, slots=True)
class Icecast:
    """A running synthetic Icecast."""

    port: int
    mounts: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that opens its admin pages."""
        return {"Authorization": "Basic " + b64encode(f"admin:{self.password}".encode()).decode()}

    def hits(self) -> dict[str, int]:
        """Requests so far, by path."""
        counted: dict[str, int] = json.loads(get(self.port, HITS))
        return counted


@contextmanager
def icecast(folder: Path, mounts: int, delay: float = 0.0, listeners: int = LISTENERS_PER_MOUNT) -> Iterator[Icecast]:
    """A synthetic Icecast that answers after `delay` seconds."""
    server = Icecast(free_port(), mounts, secrets.token_urlsafe(12))
    argv = [sys.executable, "-m", "bench.synthetic_icecast", f"--port={server.port}"]
    argv += [f"--mounts={mounts}", f"--listeners={listeners}", f"--delay={delay}"]
    program = Program("synthetic-icecast", argv, folder, {PASSWORD_VARIABLE: server.password})
    with running(program, ready=lambda: bool(get(server.port, HITS))):
        yield server


@contextmanager
def exporter(
    folder: Path, upstream: Icecast, interval: str = INTERVAL, *, listeners: bool = True, walk: str = "15s"
) -> Iterator[Server]:
    """Our exporter on one Icecast, ready once that was read; the defaults of its configuration but for what is said.

    `walk` = how often the lists of listeners are read.
    """
    server = {
        "name": "bench",
        "url": upstream.url,
        "password": f"${{{PASSWORD_VARIABLE}}}",
        "interval": interval,
        "listeners": {"enabled": listeners, "interval": walk},
    }
    # Lists of listeners are read last, so a page that holds them is whole.
    wanted = b"icecast_mount_relay_listeners{" if listeners else b"icecast_mount_listeners{"
    with configured(folder, {"icecast": [server]}, {PASSWORD_VARIABLE: upstream.password}, wanted) as ours:
        yield ours


@contextmanager
def configured(
    folder: Path, sections: Mapping[str, object], environment: Mapping[str, str], wanted: bytes
) -> Iterator[Server]:
    """Our exporter with these sections of its configuration and a store of its own; ready once `wanted` is shown."""
    port, state = free_port(), Path(mkdtemp(dir=folder, prefix="state-"))
    config = state.with_suffix(".yaml")
    config.write_text(json.dumps({**sections, "state_dir": str(state)}), encoding="utf-8")  # JSON is YAML
    argv = [sys.executable, "-m", "exporter", "serve", f"--config.file={config}"]
    argv += [f"--web.listen-address={LOOPBACK}:{port}"]
    program = Program("radio-exporter", argv, folder, environment)
    with running(program, ready=lambda: wanted in get(port, "/metrics")) as pid:
        yield Server(pid, port, state)


@contextmanager
def bare_handler(folder: Path, plain: bytes, gzipped: bytes) -> Iterator[Server]:
    """An aiohttp handler that has nothing to do but hand out these bytes."""
    port, files = free_port(), (folder / "page.txt", folder / "page.txt.gz")
    for file, content in zip(files, (plain, gzipped), strict=True):
        file.write_bytes(content)
    argv = [sys.executable, "-m", "bench.bare_handler", f"--port={port}", *map(str, files)]
    with running(Program("bare-handler", argv, folder, {}), ready=lambda: bool(get(port, "/metrics"))) as pid:
        yield Server(pid, port)
