# ruff: noqa: INP001  a script of the Dockerfile, no package
"""Print what an image needs out of constraints.txt, with its hashes: `pins.py constraints.txt [group]`.

constraints.txt holds development tools too, and pip asks for a hash of everything it is given once it sees one. This
follows the "# via" comments that uv wrote, from the package's own dependencies (or a dependency group's) downwards.
"""

import re
import sys
from pathlib import Path

ROOT = re.compile(r"radio-exporter \(pyproject\.toml(?::(?P<group>\w+))?\)")


def entries(text: str) -> dict[str, str]:
    """Return the lines of each pinned package, by its name."""
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return {block.partition("==")[0]: block for block in blocks if "==" in block}


def wanted_by(block: str) -> list[str]:
    """Return who needs the package, as its comments say."""
    return re.findall(r"^ +#(?: via)? +(?!via$)(.+)$", block, flags=re.MULTILINE)


def needed(text: str, group: str | None = None) -> str:
    """Return the entries that the package itself, or its dependency group, needs."""
    blocks = entries(text)
    chosen: set[str] = set()
    while more := {name for name, block in blocks.items() if name not in chosen and _reached(block, chosen, group)}:
        chosen |= more
    return "".join(block for name, block in blocks.items() if name in chosen)


def _reached(block: str, chosen: set[str], group: str | None) -> bool:
    for name in wanted_by(block):
        root = ROOT.fullmatch(name)
        if (root and root["group"] == group) or name in chosen:
            return True
    return False


if __name__ == "__main__":
    sys.stdout.write(needed(Path(sys.argv[1]).read_text(), *sys.argv[2:3]))
