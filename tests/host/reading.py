"""A host as a test runs it: its rounds are asked for one by one, and the page is what a scraper sees."""

from pathlib import Path

from exporter.config.decode import decode
from exporter.config.document import Document
from exporter.config.schema_host import WatchedHost
from exporter.host import metrics
from exporter.host.families import FAMILIES
from exporter.host.host import Host
from exporter.host.reading import Reading
from exporter.page import assemble
from tests.running import Scrape

NOBODY: dict[int, str] = {}
"""No ports on which another exporter is asked for."""


def section(**keys) -> WatchedHost:
    """The section `host` as if written in a file."""
    return decode(Document("test.yaml", keys), WatchedHost)


def host(state: Path | str, ports=NOBODY, **keys) -> Host:
    return Host(section(**keys), Path(state), ports=ports)


def page(reading: Reading) -> Scrape:
    """What is served of a reading."""
    return served(metrics.render(reading))


def served(block) -> Scrape:
    return Scrape(assemble(FAMILIES, [block], openmetrics=False))
