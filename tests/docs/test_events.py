"""What `docs/events.md` says is what the exporter does."""

import json
import re
import time
from pathlib import Path

from exporter.config import document as documents
from exporter.config.load import from_document
from exporter.event import CATEGORIES, KINDS, LEVELS
from exporter.ingest import events

PAGE = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")


def test_every_event_is_there_with_its_level_and_category() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| .+ \|$", PAGE, re.MULTILINE)
    assert [(name, (level, category)) for name, level, category in rows] == list(KINDS.items())
    assert all(f"`{word}`" in PAGE for word in (*LEVELS, *CATEGORIES))


def test_the_example_can_be_pushed() -> None:
    body = re.search(r"-d '(\{.*?\})'\n", PAGE, re.DOTALL)[1]
    now = time.time_ns() // 1_000_000
    assert len(events.heard(events.read(body.encode()), now, 0).events) == 1
    assert set(json.loads(body)) == set(events.Pushed.__struct_fields__)


def test_the_configuration_is_one() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    whole = text + "icecast: [{name: main, url: 'http://127.0.0.1:8000'}]\n"
    assert from_document(documents.parse("events.md", whole, {})).loki.url
