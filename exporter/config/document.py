"""One YAML file as plain data that still knows on which line each key stands."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from exporter.errors import ConfigError

Place = tuple[str | int, ...]
"""The way to a value: `("icecast", 0, "url")`."""

Fault = tuple[Place, str]
"""Where something cannot work, and why."""

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})")


def written(place: Place) -> str:
    """A place as people write it: `icecast[0].url`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


class Document:
    """Data, and where each part of it was written.

    Args:
        source: what errors call it: the file as it was given, or "command line".
        data: dicts, lists and plain values.
        lines: 1-based line by place, where known.
    """

    def __init__(self, source: str, data: Any, lines: Mapping[Place, int] | None = None) -> None:
        self.source, self.data, self._lines = source, data, lines or {}

    def error(self, message: str, place: Place = ()) -> ConfigError:
        """An error about this place, with the line of it or of the nearest part around it."""
        line = next((self._lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self._lines), None)
        return ConfigError(self.source, message, place=written(place), line=line)


def read(path: Path, environment: Mapping[str, str] = os.environ) -> Document:
    """Read a YAML file, with `${NAME}` and `${NAME:-default}` replaced (`$$` is one dollar).

    Raises:
        ConfigError: no such file, not UTF-8, not YAML, a tab, a key written twice, an unset variable.
    """
    source = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(source, f"cannot be read ({error.strerror}): check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise ConfigError(source, "is not UTF-8 text: save it as UTF-8") from error
    return parse(source, text, environment)


def parse(source: str, text: str, environment: Mapping[str, str]) -> Document:
    """As `read`, for a text."""
    try:
        _refuse_references(source, text)
        loader = yaml.SafeLoader(text)
        return _Reader(source, loader, environment).document(loader.get_single_node())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(source, _syntax(error), line=mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise ConfigError(source, "is not YAML: it holds characters that no text file has") from error
    except RecursionError as error:
        raise ConfigError(source, "is nested too deeply") from error


def _refuse_references(source: str, text: str) -> None:
    """A password that begins with `&` or `*` would be an anchor or an alias to YAML, and silently none to us."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            message = "anchors and aliases are not used here: put quotes around a text that begins with & or *"
            raise ConfigError(source, message, line=event.start_mark.line + 1 if event.start_mark else None)


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "cannot be read"
    if r"'\t'" in problem:
        return "a tab stands where only spaces may: indent with spaces"
    return f"is not YAML: {problem}"


class _Reader:
    """Turns YAML's nodes into data, noting lines on the way."""

    def __init__(self, source: str, loader: yaml.SafeLoader, environment: Mapping[str, str]) -> None:
        self._source, self._loader, self._environment = source, loader, environment
        self._lines: dict[Place, int] = {}

    def document(self, root: yaml.Node | None) -> Document:
        return Document(self._source, None if root is None else self._value(root, ()), self._lines)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, number)) for number, item in enumerate(node.value)]
        try:
            value = self._loader.construct_object(node, deep=True)
        except (ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
            raise self._error("cannot be read as it is written: put quotes around it", place) from error
        return self._expanded(value, place) if isinstance(value, str) else value

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            self._lines[(*place, key)] = key_node.start_mark.line + 1
            if key in mapping:
                raise self._error("is written twice: keep one", (*place, key))
            mapping[key] = self._value(value_node, (*place, key))
        return mapping

    def _expanded(self, text: str, place: Place) -> str:
        def replaced(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None:
                return "$"
            value = self._environment.get(name) or found["default"]
            if value is None:
                raise self._error(
                    f"the environment variable {name} is not set: set it, or write ${{{name}:-default}}", place
                )
            return value

        return _VARIABLE.sub(replaced, text)

    def _error(self, message: str, place: Place) -> ConfigError:
        return Document(self._source, None, self._lines).error(message, place)
