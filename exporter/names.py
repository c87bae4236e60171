"""How things may be called whose name becomes the value of a label: a server, an engine, a deck, a disk's purpose."""

import re

ALLOWED = "letters, digits, '_', '.' and '-'"
"""For whoever is told that something is no name."""

LONGEST = 63

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST - 1}}}", re.ASCII)


def is_name(text: str) -> bool:
    """Whether something may be called so: of what is ALLOWED, at most LONGEST, beginning with a letter or digit."""
    return _NAME.fullmatch(text) is not None
