"""Start exporter, Alertmanager, Prometheus and Grafana natively, with the very files that compose.yaml mounts."""

import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo.computer import NAME as COMPUTER
from demo.errors import DemoError
from demo.loki import BUFFER
from demo.ports import LOOPBACK
from demo.process import Process, Program, find_program, running
from demo.readiness import answers, says
from demo.recorder import NAME as RECORDER
from demo.recorder import recordings

ROOT = Path(__file__).resolve().parent.parent
RETENTION = "3y"


PRODUCTION, DEMO = ROOT / "config/exporter.yaml", ROOT / "demo/exporter.yaml"


@asynccontextmanager
async def exporter(
    folder: Path, port: int, environment: Mapping[str, str], config: Path = PRODUCTION
) -> AsyncIterator[Process]:
    """Run the exporter with a configuration whose ${NAMES} come from `environment`; its database goes to `folder`."""
    address = f"{LOOPBACK}:{port}"
    environment = {**environment, "STATE_DIRECTORY": str(folder / "exporter")}
    argv = [sys.executable, "-m", "exporter", "serve", f"--config.file={config}", f"--web.listen-address={address}"]
    program = Program("the exporter", argv, folder / "exporter.log", folder=ROOT, environment=environment)
    async with running(program, ready=lambda: answers(f"http://{address}/-/ready")) as process:
        yield process


HOST = """
# What a container would not see: the programs beside the exporter, and the disk that they record to.
host:
  disks: [{{path: {recordings}, purpose: recordings}}]
  processes: [icecast2, {recorder}, {{name: mariadb, match: mariadbd}}, {{name: mariadb, match: mysqld}}]
"""


def native(folder: Path, sam_port: int, loki: str | None = None) -> Path:
    """Write the demo's configuration for this machine.

    The port of its database is a number, which cannot come from the environment; and the machine is watched too.
    `loki` = the address of the pretended one, for which little waits; None = the one of the environment, if any.
    """
    file = folder / "exporter.yaml"
    text = DEMO.read_text().replace("    port: 3306\n", f"    port: {sam_port}\n")
    if loki is not None:
        text = text.replace("  url: ${LOKI_URL:-}\n", f"  url: {loki}\n  buffer: {BUFFER}\n")
    file.write_text(text + HOST.format(recordings=json.dumps(str(recordings(folder))), recorder=RECORDER))
    return file


@asynccontextmanager
async def prometheus(folder: Path, port: int, targets: Mapping[str, int]) -> AsyncIterator[Process]:
    """Run Prometheus on the repository's configuration and rules; `targets` gives the port of each target file."""
    lay_out_prometheus(folder, targets)
    argv = [
        find_program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address={LOOPBACK}:{port}",
    ]
    program = Program("Prometheus", argv, folder / "prometheus.log", folder=folder)
    async with running(program, ready=lambda: answers(f"http://{LOOPBACK}:{port}/-/ready"), within=60) as process:
        yield process


async def sees_the_exporter(port: int) -> bool:
    """Whether Prometheus has scraped the exporter successfully."""
    query = f'up{{job="radio-exporter",instance!="{COMPUTER}"}} == 1'
    return await says(f"http://{LOOPBACK}:{port}/api/v1/query?query={quote(query)}", '"__name__":"up"')


@asynccontextmanager
async def alertmanager(folder: Path, port: int, config: Path | None = None) -> AsyncIterator[Process]:
    """Run Alertmanager on the repository's configuration, or another, and the repository's templates."""
    lay_out_alertmanager(folder, config)
    argv = [
        find_program("alertmanager", "prometheus-alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--cluster.listen-address=",  # one alone needs no gossip
    ]
    program = Program("Alertmanager", argv, folder / "alertmanager.log", folder=folder)
    async with running(program, ready=lambda: answers(f"http://{LOOPBACK}:{port}/-/ready")) as process:
        yield process


def grafana_command() -> list[str] | None:
    """Return how Grafana is called here; None if it is not installed."""
    for name, arguments in (("grafana", ["server"]), ("grafana-server", [])):
        try:
            return [find_program(name), *arguments]
        except DemoError:
            continue
    return None


@asynccontextmanager
async def grafana(
    command: list[str], folder: Path, port: int, *, prometheus_port: int, alertmanager_port: int
) -> AsyncIterator[Process]:
    """Run Grafana on the repository's settings, data sources and dashboards: anyone on this machine may look."""
    argv = [*command, f"--config={ROOT / 'config/grafana/grafana.ini'}", f"--homepath={_grafana_home(command[0])}"]
    environment = {
        "GF_PATHS_DATA": str(folder),
        "GF_PATHS_LOGS": str(folder),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        "GF_PATHS_PROVISIONING": str(ROOT / "config/grafana/provisioning"),
        "GF_SERVER_HTTP_ADDR": LOOPBACK,
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_SECURITY_ADMIN_PASSWORD": secrets.token_urlsafe(24),  # grafana.ini makes no administrator; nobody learns it
        "PROMETHEUS_URL": f"http://{LOOPBACK}:{prometheus_port}",
        "ALERTMANAGER_URL": f"http://{LOOPBACK}:{alertmanager_port}",
        "LOKI_URL": os.environ.get("LOKI_URL", f"http://{LOOPBACK}:3100"),  # the pretended one answers no questions
        "DASHBOARDS_PATH": str(ROOT / "dashboards"),
    }
    program = Program("Grafana", argv, folder / "grafana.log", folder=folder, environment=environment)
    # The first start makes its database, which takes a while.
    async with running(program, ready=lambda: answers(f"http://{LOOPBACK}:{port}/api/health"), within=120) as process:
        yield process


def lay_out_prometheus(folder: Path, targets: Mapping[str, int]) -> None:
    """Make `folder` look as /etc/prometheus does in compose.yaml, but for the targets, which are on loopback.

    `targets` = the port of each target file; that of COMPUTER is a second exporter's.
    """
    (folder / "targets").mkdir(parents=True, exist_ok=True)
    _link(folder / "prometheus.yml", ROOT / "config/prometheus/prometheus.yml")
    _link(folder / "rules", ROOT / "alerting/rules")
    _link(folder / "alerts", ROOT / "alerting/alerts")
    groups: dict[str, list[dict[str, Any]]] = {
        name: [{"targets": [f"{LOOPBACK}:{port}"]}] for name, port in targets.items()
    }
    for group in groups.pop(COMPUTER, []):
        groups["exporter"].append({**group, "labels": {"instance": COMPUTER}})
    for name, some in groups.items():
        (folder / "targets" / f"{name}.yml").write_text(json.dumps(some) + "\n")  # JSON is YAML


def lay_out_alertmanager(folder: Path, config: Path | None = None) -> None:
    """Make `folder` look as /etc/alertmanager does in compose.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    _link(folder / "alertmanager.yml", config or ROOT / "config/alertmanager/alertmanager.yml")
    _link(folder / "templates", ROOT / "alerting/templates")


def _link(link: Path, target: Path) -> None:
    if not target.exists():
        raise DemoError(f"{target} is missing: this checkout is not complete")
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _grafana_home(program: str) -> Path:
    """Grafana needs its pages: beside its bin/ in a download, in /usr/share/grafana from a package."""
    beside = Path(os.path.realpath(program)).parent.parent
    return beside if (beside / "conf/defaults.ini").exists() else Path("/usr/share/grafana")
