"""earhorn, another Icecast exporter in Python, from PyPI and in a virtualenv of its own."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.client import get
from bench.errors import BenchError
from bench.process import LOOPBACK, ROOT, Program, free_port, running
from bench.progress import say
from bench.servers import Icecast, Server

ENVIRONMENT = ROOT / ".venv-bench"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")
INSTALL_TIMEOUT = 300

# It would listen on every interface; a benchmark has no business there. All else is as its command line has it.
ON_LOOPBACK = f"""
import functools, sys
import earhorn.main as program
program.start_http_server = functools.partial(program.start_http_server, addr="{LOOPBACK}")
sys.argv[0] = "earhorn"
program.cli()
"""


def install() -> Path:
    """Its Python interpreter, with the virtualenv made first if need be; BenchError if that cannot be done."""
    python, complete = ENVIRONMENT / "bin/python", ENVIRONMENT / ".complete"
    wanted = f"{sys.version} {hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()}\n"
    if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
        return python
    say(f"making the virtualenv {ENVIRONMENT.name} with earhorn in it")
    _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "-r", str(CONSTRAINTS)])
    complete.write_text(wanted, encoding="utf-8")
    return python


def version() -> str:
    """The pinned version."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith("earhorn=="))


@contextmanager
def earhorn(folder: Path, python: Path, upstream: Icecast) -> Iterator[Server]:
    """It, reading the admin statistics of one Icecast, which it does at every scrape."""
    port = free_port()
    argv = [str(python), "-c", ON_LOOPBACK, f"--listen-port={port}", f"--stats-url={upstream.url}/admin/stats"]
    environment = {"STATS_PASSWORD": upstream.password, "PYTHON_DOTENV_DISABLED": "1"}
    # Not in the repository: it would take our .env for its own.
    program = Program("earhorn", argv, folder, environment, directory=folder)
    with running(program, ready=lambda: b"icecast_source_listeners{" in get(port, "/metrics")) as pid:
        yield Server(pid, port)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"earhorn could not be installed within {INSTALL_TIMEOUT} s") from error
    if done.returncode:
        last = "\n".join(f"    {line}" for line in (done.stderr or done.stdout).splitlines()[-6:])
        raise BenchError(f"earhorn could not be installed:\n{last}")
