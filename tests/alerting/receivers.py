"""The ready-made receivers of alertmanager.yml, as somebody gets them who takes away the #."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from tests.alerting.files import ALERTMANAGER, commented_blocks, uncomment

TEXT = ALERTMANAGER.read_text(encoding="utf-8")

NEWER = {
    "bot_token_file": ((0, 26), {"bot_token": "1:secret"}),
    "webhook_url_file": ((0, 28), {"webhook_url": "https://example.org/secret"}),
    "url_file": ((0, 28), {"url": "https://example.org/secret"}),
}
"""Options that came after Debian 12's Alertmanager: since when, and what to put there before."""


@dataclass(frozen=True)
class Block:
    """Whose it is, what the comment above calls it, and its lines."""

    owner: str
    comment: str
    lines: range

    def __str__(self) -> str:
        return f"{self.owner}-{re.split('[ :]', self.comment)[0].lower()}"

    def live(self) -> dict[str, Any]:
        """All settings, with this block live."""
        settings: dict[str, Any] = yaml.safe_load(uncomment(TEXT, self.lines))
        return settings

    def receiver(self) -> dict[str, Any]:
        """The receiver, with this block alone: its name and one list of one entry."""
        return next(entry for entry in self.live()["receivers"] if entry["name"] == self.owner)


def blocks() -> list[Block]:
    """Every block below `receivers:`."""
    lines = TEXT.splitlines()
    found = []
    for block in commented_blocks(TEXT):
        if block.start > lines.index("receivers:"):
            above = block.start
            while lines[above - 1].startswith("    # "):
                above -= 1
            comment = " ".join(line.strip(" #") for line in lines[above : block.start])
            owners = [line.removeprefix("  - name: ") for line in lines[:above] if line.startswith("  - name: ")]
            found.append(Block(owners[-1], comment, block))
    return found


def for_version(entry: dict[str, Any], version: tuple[int, int]) -> dict[str, Any]:
    """An entry of a receiver, with options that this version does not know replaced by those it had before."""
    known = dict(entry)
    for option, (since, before) in NEWER.items():
        if option in known and version < since:
            del known[option]
            known |= before
    return known
