"""The files of the alerting part, found and read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "config/prometheus/prometheus.yml"
ALERTMANAGER = ROOT / "config/alertmanager/alertmanager.yml"
RULES = sorted((ROOT / "alerting/rules").glob("*.yml"))
ALERTS = sorted((ROOT / "alerting/alerts").glob("*.yml"))
TESTS = sorted((ROOT / "alerting/tests").glob("*.yml"))
RUNBOOKS = sorted((ROOT / "alerting/runbooks").glob("*.md"))

_BLOCK_HEAD = re.compile(r"(\s*)#(- )?\w+:")


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """Every rule of these files."""
    for path in paths:
        for group in load(path)["groups"]:
            yield from group["rules"]


def alerts() -> list[dict[str, Any]]:
    """Every alerting rule; an alert with several windows comes several times."""
    return [rule for rule in rules(ALERTS) if "alert" in rule]


def commented_blocks(text: str) -> list[range]:
    """Where configuration is commented out: `#key:` or `#- key:` and the lines `#  …` that belong to it.

    Prose is told apart by the space after its `#`.
    """
    lines, blocks, here = text.splitlines(), [], 0
    while here < len(lines):
        start = here
        here += 1
        if head := _BLOCK_HEAD.match(lines[start]):
            while here < len(lines) and lines[here].startswith(f"{head[1]}#  "):
                here += 1
            blocks.append(range(start, here))
    return blocks


def uncomment(text: str, *blocks: range) -> str:
    """The text with these blocks made live."""
    chosen = {number for block in blocks for number in block}
    lines = text.splitlines(keepends=True)
    return "".join(line.replace("#", "", 1) if number in chosen else line for number, line in enumerate(lines))
