"""Run a real icecast2 with a configuration and passwords of its own.

`python -m demo.icecast --help` does the same in a container, where the process becomes Icecast.
"""

import argparse
import asyncio
import os
import pwd
import shutil
import signal
import xml.etree.ElementTree as ET  # written, never read: nobody else's XML comes in here
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.credentials import Passwords, admin_file, make_passwords
from demo.errors import ProgramEndedError
from demo.places import places_file, write
from demo.ports import LOOPBACK, free_port
from demo.process import Process, Program, find_program, running
from demo.programme import MOUNTS, SERVER, SOURCE_TIMEOUT, Mount
from demo.readiness import answers

SHARE = Path("/usr/share/icecast2")  # where Debian keeps the status pages
# The folder Icecast is started in: an unprivileged Icecast can use it even where it may not walk down to it.
PATHS = {"basedir": ".", "logdir": ".", "webroot": str(SHARE / "web"), "adminroot": str(SHARE / "admin")}
UNPRIVILEGED = ("icecast2", "nobody")  # Icecast refuses to run as root
# Icecast 2.4.4 crashes when a request reaches it in the first milliseconds, now and then just after it has answered:
# it is started again, and is ready if it answers still.
STARTS, STILL = 5, 0.3


@dataclass(frozen=True, slots=True)
class Settings:
    """What goes into icecast.xml. `exporter` = the address of the one that mounts with `reports` report to."""

    folder: Path
    passwords: Passwords
    host: str = LOOPBACK
    port: int = 8000
    mounts: Sequence[Mount] = ()
    source_timeout: int = 10
    access_log: str = "access.log"
    exporter: str | None = None


@dataclass(frozen=True, slots=True)
class Icecast:
    """A running Icecast."""

    url: str
    host: str
    port: int
    passwords: Passwords = field(repr=False)
    admin_password_file: Path
    process: Process


def configuration(settings: Settings) -> str:
    """Return icecast.xml."""
    root = ET.Element("icecast")
    _add(root, {"location": "demo", "admin": "demo@localhost", "hostname": "localhost"})
    _add(ET.SubElement(root, "limits"), _limits(settings))
    _add(ET.SubElement(root, "authentication"), _authentication(settings.passwords))
    _add(ET.SubElement(root, "listen-socket"), {"port": str(settings.port), "bind-address": settings.host})
    for mount in settings.mounts:
        element = ET.SubElement(root, "mount", type="normal")
        _add(element, _mount(mount))
        if mount.reports and settings.exporter:
            _report(element, settings.exporter, settings.passwords.ingest)
    paths = ET.SubElement(root, "paths")
    _add(paths, PATHS)
    ET.SubElement(paths, "alias", source="/", destination="/status.xsl")  # so that its address shows something
    _add(ET.SubElement(root, "logging"), {"accesslog": settings.access_log, "errorlog": "-", "loglevel": "2"})
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def write_configuration(settings: Settings) -> Path:
    """Write icecast.xml into the folder, readable by its owner only, and return its path."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    file = settings.folder / "icecast.xml"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(configuration(settings))
    return file


@asynccontextmanager
async def icecast(
    folder: Path,
    *,
    port: int | None = None,
    mounts: Sequence[Mount] = (),
    source_timeout: int = 10,
    exporter: str | None = None,
) -> AsyncIterator[Icecast]:
    """Run Icecast on loopback for the length of the block; its files and log go to `folder`.

    Passwords that lie in `folder` from an earlier run stay, so that a restart is a restart and not a new server.
    """
    passwords = make_passwords(folder)
    settings = Settings(folder, passwords, LOOPBACK, port or free_port(), mounts, source_timeout, exporter=exporter)
    file = write_configuration(settings)
    user = _give_to_icecast(folder)
    argv = [find_program("icecast2", "icecast"), "-c", file.name]
    url = f"http://{LOOPBACK}:{settings.port}"
    program = Program("Icecast", argv, folder / "error.log", folder=folder, user=user)
    async with AsyncExitStack() as stack:
        process = await _started(stack, program, f"{url}/status-json.xsl")
        yield Icecast(url, LOOPBACK, settings.port, passwords, admin_file(folder), process)


async def _started(stack: AsyncExitStack, program: Program, page: str) -> Process:
    """Start Icecast, again if it crashes meanwhile, and return it once it answers; it ends with `stack`."""

    async def ready() -> bool:
        if not await answers(page):
            return False
        await asyncio.sleep(STILL)
        return await answers(page)

    for left in reversed(range(STARTS)):
        try:
            return await stack.enter_async_context(running(program, ready))
        except ProgramEndedError as error:
            if error.status != -signal.SIGSEGV or not left:
                raise
    raise AssertionError("the last start returns or raises")


def _give_to_icecast(folder: Path) -> str | None:
    """Hand the folder to the account Icecast will run as; None when we are not root and run it as ourselves."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name for account in pwd.getpwall()}
    user = next(name for name in UNPRIVILEGED if name in known)
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, user)
    return user


def _limits(settings: Settings) -> dict[str, str]:
    return {
        "clients": "1000",
        "sources": "50",
        "queue-size": "524288",
        "source-timeout": str(settings.source_timeout),
        "burst-size": "32768",
    }


def _authentication(passwords: Passwords) -> dict[str, str]:
    return {"source-password": passwords.source, "admin-user": "admin", "admin-password": passwords.admin}


def _mount(mount: Mount) -> dict[str, str]:
    texts = {"mount-name": mount.path, "charset": "UTF-8"}
    if mount.hidden:
        texts["hidden"] = "1"
    if mount.max_listeners is not None:
        texts["max-listeners"] = str(mount.max_listeners)
    if mount.fallback is not None:
        # Override brings the listeners back as soon as the source is back.
        texts |= {"fallback-mount": mount.fallback, "fallback-override": "1"}
    return texts


def _report(mount: ET.Element, exporter: str, password: str) -> None:
    """Have Icecast tell when a listener has left, and after how long: to the second, where polling sees it to 15 s.

    Never listener_add: with that, nobody could listen while the exporter is away.
    """
    authentication = ET.SubElement(mount, "authentication", type="url")
    options = {
        "listener_remove": f"{exporter}/api/v1/icecast/auth?server={SERVER}",
        "username": "radio",
        "password": password,
    }
    for name, value in options.items():
        ET.SubElement(authentication, "option", name=name, value=value)


def _add(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def main() -> None:
    """Write the configuration and become Icecast."""
    parser = argparse.ArgumentParser(prog="python -m demo.icecast", description="the demo station's Icecast")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/icecast"), help="for icecast.xml")  # noqa: S108 a tmpfs
    parser.add_argument("--secrets", type=Path, required=True, help="folder in which the passwords are made")
    parser.add_argument("--listen", default="0.0.0.0", help="address to listen on")  # noqa: S104 a container's own
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--exporter.url", dest="exporter", help="tell this exporter of listeners who leave")
    options = parser.parse_args()
    # The exporter finds its database of places beside the passwords.
    write(places_file(options.secrets))
    # Both logs go to the container's: "-" is standard error.
    settings = Settings(
        options.folder,
        make_passwords(options.secrets),
        options.listen,
        options.port,
        MOUNTS,
        SOURCE_TIMEOUT,
        access_log="-",
        exporter=options.exporter,
    )
    program = find_program("icecast2", "icecast")
    file = write_configuration(settings)
    os.chdir(settings.folder)
    os.execv(program, [program, "-c", file.name])  # noqa: S606 no shell is wanted


if __name__ == "__main__":
    main()
