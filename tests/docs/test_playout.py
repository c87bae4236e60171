"""What `docs/playout.md` tells to write is what the exporter reads."""

import re
from pathlib import Path

import pytest

from exporter.config import document as documents
from exporter.config.load import from_document
from exporter.ingest import playout
from exporter.playout.page import Mapped

PAGE = (Path(__file__).parents[2] / "docs/playout.md").read_text(encoding="utf-8")
EXAMPLE = (Path(__file__).parents[2] / "config/exporter.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_each_configuration_is_one(text: str) -> None:
    assert from_document(documents.parse("playout.md", text, {})).playout


def test_the_commented_example_is_one() -> None:
    (block,) = re.findall(r"^#playout:\n(?:#  .*\n)+", EXAMPLE, re.MULTILINE)
    engines = from_document(documents.parse("exporter.yaml", re.sub("^#", "", block, flags=re.MULTILINE), {})).playout
    assert {engine.way for engine in engines} == {"pushed", "url", "sqlite", "textfile_dir"}


def test_what_curl_pushes_is_taken_whole() -> None:
    (body,) = re.findall(r"-d '(\{.*?\})'", PAGE, re.DOTALL)
    report = playout.report(playout.read(body.encode()), 1_800_000_000_000)
    assert (len(report.values), report.mended) == (10, 0)
    assert '# {"accepted": 10, "ignored": 0}' in PAGE


def test_what_a_script_writes_is_understood() -> None:
    (text,) = re.findall(r"<<END\n(.*?)^END", PAGE, re.MULTILINE | re.DOTALL)
    assert len(Mapped("radio").report(text.encode(), 1_800_000_000_000).values) == 2


def test_every_key_of_a_push_and_every_name_for_liquidsoap_is_explained() -> None:
    for shape in (playout.Health, playout.Deck, playout.Encoder):
        assert all(f"`{key}`" in PAGE or f'"{key}"' in PAGE for key in shape.__struct_fields__)
    assert all(f"`{name}`" in PAGE for name in Mapped("liquidsoap")._meaning)
