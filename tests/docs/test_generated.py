"""The documentation says what the code does."""

import os
import re
from pathlib import Path

import pytest

from docs import generate
from exporter.app import FAMILIES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_as_generated(name: str) -> None:
    page = generate.PAGES[name]()
    if os.environ.get("UPDATE_GOLDEN"):
        (DOCS / name).write_text(page, encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == page, "`make golden` writes it anew"


def test_every_family_is_documented_once_and_explained() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| [^|]* \| (.+) \|$", (DOCS / "metrics.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    documented = [name for name, _, _ in rows]
    assert len(documented) == len(set(documented))
    assert {family.name for family in FAMILIES} <= set(documented)
    assert all(meaning.endswith((".", ")")) for _, _, meaning in rows)


def test_links_between_the_pages_lead_somewhere() -> None:
    root = DOCS.parent
    for page in (*root.glob("*.md"), *DOCS.rglob("*.md"), *root.glob("alerting/**/*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page}: {target}"
