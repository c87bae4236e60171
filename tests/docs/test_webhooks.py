"""What `docs/webhooks.md` tells to write is what the exporter reads."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from exporter.config import document as documents
from exporter.config.load import from_document

PAGE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.mark.parametrize("text", blocks("yaml"))
def test_each_configuration_is_one(text: str, tmp_path: Path) -> None:
    secret = tmp_path / "ingest"
    secret.write_text("open-sesame", encoding="utf-8")
    whole = text.replace("/run/secrets/ingest", str(secret)) + "icecast: [{name: main, url: 'http://127.0.0.1:8000'}]\n"
    assert from_document(documents.parse("webhooks.md", whole, {}))


def test_icecasts_part_is_what_icecast_reads() -> None:
    options = {option.get("name"): option.get("value") for option in ET.fromstring(blocks("xml")[0]).iter("option")}
    assert options["listener_remove"] == "http://exporter.example.org:10880/api/v1/icecast/auth?server=main"
    assert "listener_add" not in options


def test_the_warning_is_there() -> None:
    assert "**Leave `listener_add` out.**" in PAGE
    assert "**every listener is refused**" in PAGE
