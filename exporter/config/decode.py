"""Plain data to the schema's types, and every way that can go wrong as one clear line."""

import difflib
import re
import types
import typing
from typing import Any, TypeVar

import msgspec

from exporter.config.document import Document, Place
from exporter.config.units import DURATION_HELP, SIZE_HELP, Duration, Secret, Size
from exporter.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping of keys",
    "null": "nothing",
}


def decode(document: Document, schema: type[T]) -> T:
    """The document as a `schema`; ConfigError names the first thing that does not fit."""
    try:
        return msgspec.convert(document.data, schema, dec_hook=_custom)
    except msgspec.ValidationError as error:
        raise _explained(document, schema, str(error)) from error


def _custom(wanted: type, value: Any) -> Any:
    if wanted is Duration:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a duration: write {DURATION_HELP}")
        return Duration(value)
    if wanted is Size:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a size: write {SIZE_HELP}")
        return Size(value)
    if wanted is Secret:
        if not isinstance(value, str):
            raise ValueError("a password is a text: put quotes around it")
        return Secret(value)
    raise NotImplementedError(wanted)


def _explained(document: Document, schema: type, said: str) -> ConfigError:
    """What msgspec said, in the operator's words."""
    problem, _, path = said.partition(" - at `$")
    place: Place = tuple(name or int(number) for name, number in _STEP.findall(path.removesuffix("`")))
    field = re.search(r"field `(.*)`", problem)
    if field and "unknown" in problem:
        return document.error(_unknown_key(field[1], schema, place), (*place, field[1]))
    if field:
        return document.error(f"`{field[1]}` is missing: it has no default", place)
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", problem):
        return document.error(_wrong_type(found[1], found[2]), place)
    if found := re.fullmatch(r"Expected `int` (>=|<=) (-?\d+)", problem):
        return document.error(f"must be {'at least' if found[1] == '>=' else 'at most'} {found[2]}", place)
    if choices := _choices(_at(schema, place)):
        return document.error(f"must be one of {', '.join(choices)}", place)
    return document.error(problem, place)


def _unknown_key(key: str, schema: type, place: Place) -> str:
    allowed = _keys_at(schema, place)
    close = difflib.get_close_matches(key, allowed, n=1)
    meant = f" (did you mean `{close[0]}`?)" if close else ""
    return f"unknown key{meant}; allowed here: {', '.join(allowed)}"


def _keys_at(schema: Any, place: Place) -> list[str]:
    """The keys that the struct at a place has."""
    return [field.encode_name for field in msgspec.structs.fields(_at(schema, place))]


def _at(schema: Any, place: Place) -> Any:
    """The type at a place."""
    for step in place:
        schema = _bare(typing.get_args(schema)[0] if isinstance(step, int) else typing.get_type_hints(schema)[step])
    return schema


def _choices(hint: Any) -> list[str]:
    """What may be written where a few words are all there is."""
    if typing.get_origin(hint) is typing.Literal:
        return [str(choice) for choice in typing.get_args(hint)]
    if hint is bool:
        return ["true", "false"]
    return [choice for part in typing.get_args(hint) for choice in _choices(part)]


def _bare(hint: Any) -> Any:
    """A type without `| None`; of several the struct, which alone has places within."""
    if not isinstance(hint, types.UnionType):
        return hint
    parts = [part for part in typing.get_args(hint) if part is not types.NoneType]
    return next((part for part in parts if hasattr(part, "__struct_fields__")), parts[0])


def _wrong_type(wanted: str, got: str) -> str:
    names = " or ".join(_TYPES.get(part, part) for part in wanted.split(" | ") if part != "null")
    quotes = ": put quotes around it" if "str" in wanted and got in ("int", "float", "bool") else ""
    return f"expected {names}, got {_TYPES.get(got, got)}{quotes}"
