"""The application as a test runs it: as in production, on aiohttp's test server, with short times."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from exporter.app import create_app
from exporter.config.document import Document
from exporter.config.load import from_document
from exporter.config.schema import Config
from exporter.reload import Settings
from exporter.web.web_config import WebConfig

INTERVAL = 0.5

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def config(**sections: Any) -> Config:
    """A configuration as if written in a file."""
    return from_document(Document("test.yaml", sections))


def icecast(url: str, **keys: Any) -> dict[str, Any]:
    """An entry under `icecast:` with a short interval."""
    timeout = "10s" if keys.get("interval") == "0s" else "500ms"
    return {"name": "main", "url": url, "password": "hackme", "interval": "500ms", "timeout": timeout, **keys}


@asynccontextmanager
async def exporter(
    setup: Config | Settings, load: Callable[[], Settings] | None = None, web: WebConfig | None = None
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a running exporter."""
    whole = setup if isinstance(setup, Settings) else Settings(setup, web or WebConfig())
    with TemporaryDirectory() as folder:
        if whole.config.state_dir is None:
            whole = replace(whole, config=msgspec.structs.replace(whole.config, state_dir=folder))
        app = create_app(whole, load or (lambda: whole))
        async with TestClient(TestServer(app, access_log=None)) as client:
            yield client


class Scrape:
    """A parsed page."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        self.samples: Samples = {}
        for family in self.families:
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples, f"{key} is there twice"
                self.samples[key] = sample.value

    def get(self, name: str, /, **labels: str) -> float | None:
        """The value of a series; None if it is not there."""
        return self.samples.get((name, frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        """The label sets of a name."""
        return [dict(labels) for sample, labels in self.samples if sample == name]

    def names(self) -> set[str]:
        """The names of all samples."""
        return {name for name, _ in self.samples}


async def scrape(client: TestClient[Any, Any], path: str = "/metrics") -> Scrape:
    """Scrape and parse with the official parser."""
    async with client.get(path) as reply:
        assert reply.status == 200, await reply.text()
        return Scrape(await reply.text())
