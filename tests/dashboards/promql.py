"""Just enough of PromQL to name the metrics in an expression, and what is done to each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAMES_IN_LABELS = re.compile(r'__name__=~?"([^"]+)"')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_LABELS = re.compile(r"\{[^}]*\}")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w:$.])(?P<name>[a-zA-Z_:][\w:]*)(?:\[(?P<window>[^\]]+)\])?(?P<call>\s*\()?")
_AROUND = re.compile(r"(\w+)\s*\(\s*$")
_WORDS = {"and", "or", "unless", "bool", "offset", "NaN"}


@dataclass(frozen=True, slots=True)
class Used:
    """A metric as an expression uses it: the function right around it, and its window if it has one."""

    name: str
    function: str = ""
    window: str = ""


def used_metrics(expression: str) -> Iterator[Used]:
    """Every metric selected in the expression."""
    for found in _NAMES_IN_LABELS.finditer(expression):
        yield from (Used(name) for name in found[1].split("|"))
    bare = expression
    for noise in (_STRING, _LABELS, _GROUPING):
        bare = noise.sub("", bare)
    for found in _NAME.finditer(bare):
        if found["call"] or found["name"] in _WORDS:
            continue
        around = _AROUND.search(bare[: found.start()])
        yield Used(found["name"], around[1] if around else "", found["window"] or "")
