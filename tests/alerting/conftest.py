"""A real Alertmanager to post alerts to."""

import re
import subprocess
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import yaml

from demo import servers
from demo.ports import free_port
from tests.services import need


@dataclass
class Alertmanager:
    """A running one. An alert starts when it is first posted: an old one would not wait for its group."""

    url: str
    begun: dict = field(default_factory=dict)

    async def post(self, *alerts, over=False):
        """Report alerts as Prometheus does: label sets, or pairs of labels and annotations."""
        now = datetime.now(UTC)
        pairs = [alert if isinstance(alert, tuple) else (alert, {}) for alert in alerts]
        body = [
            {
                "labels": labels,
                "annotations": annotations,
                "startsAt": self.begun.setdefault(frozenset(labels.items()), now).isoformat(),
                "endsAt": (now if over else now + timedelta(minutes=4)).isoformat(),
            }
            for labels, annotations in pairs
        ]
        async with aiohttp.ClientSession() as session, session.post(f"{self.url}/api/v2/alerts", json=body) as reply:
            assert reply.status == 200, await reply.text()


@pytest.fixture
async def alertmanager(tmp_path):
    """Start an Alertmanager with these settings, laid out as in compose."""
    need("prometheus-alertmanager|alertmanager")
    async with AsyncExitStack() as stack:

        async def start(settings):
            file = tmp_path / "settings.yml"
            file.write_text(yaml.safe_dump(settings), encoding="utf-8")
            port = free_port()
            await stack.enter_async_context(servers.alertmanager(tmp_path / "alertmanager", port, file))
            return Alertmanager(f"http://127.0.0.1:{port}")

        yield start


@pytest.fixture(scope="session")
def amtool_version():
    """The version of amtool, and so of the Alertmanager beside it, as numbers."""
    need("amtool")
    said = subprocess.run(["amtool", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    return int(found[1]), int(found[2])
