"""Makes `metrics.md`, `configuration.md` and `configuration.schema.json` from the code; a test holds them together."""

import json
import re
import types
import typing
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from exporter.app import create_app
from exporter.audience.families import FAMILIES as AUDIENCE
from exporter.config.schema import Config, IcecastServer
from exporter.config.section import Section
from exporter.config.units import DURATION_HELP, SIZE_HELP, Duration, Secret, Size
from exporter.events.families import FAMILIES as EVENTS
from exporter.host.families import FAMILIES as HOST
from exporter.icecast.metrics import FAMILIES as ICECAST
from exporter.page import Family
from exporter.playout.families import FAMILIES as PLAYOUT
from exporter.polling.metrics import FAMILIES as POLLING
from exporter.probe.families import FAMILIES as PROBE
from exporter.reload import Settings
from exporter.sam.families import FAMILIES as SAM
from exporter.shoutcast.metrics import FAMILIES as SHOUTCAST
from exporter.web import keys

_NOTICE = "<!-- made by `make golden` from the code: change it there -->\n"

METRICS_HEAD = f"""{_NOTICE}# Metrics

Every family that `/metrics` can show. Base units throughout; bit rates are in bytes per second. A value that a server does not
give has no series. Times are Unix times: starts of servers and streams by the server's clock, the rest by the exporter's.

- While a server cannot be read, `*_up` is 0 and each of its known streams keeps one series: `icecast_mount_up` or
  `shoutcast_stream_up`, 0. Alerts on a stream should therefore ask for `icecast_up == 1` beside it.
- A stream that left keeps that one series for `remember` (15 minutes), one listed as expected for ever. Then it is gone.
- `icecast_mount_listeners` is what the server says, relaying servers and listening probes included. People are what is left without
  `icecast_mount_relay_listeners` and the probes (`icecast_mount_probe_listeners`, or `radio_probe_listening` where it is more), which
  the recording rules keep as `mount:radio_listeners:current`.
- The listening probe (`listen_probe`) says of the sound what was heard by then. While nothing arrives there is no loudness and no
  silence: that is `radio_probe_up` 0. A Shoutcast's stream stands in the label `mount`.
- The audience's counters are kept in the store: after a restart they go on from where they were.
- SAM's totals and charts are sums over the play log in the store. They stay while the playout's database cannot be read; what is
  on the air and in the queue goes. An engine that writes a track when it ends (`date_played_means: end`) does not say what is on.
- Of a playout engine each value goes when it was not told anew within `ttl` (15 seconds); `radio_playout_up` stays.
"""

CONFIGURATION_HEAD = f"""{_NOTICE}# Configuration

One YAML file, given as `--config.file`. It is strict: a key that is not listed here is an error that names the file, the line and
what is allowed. `radio-exporter check FILE` says the first thing that is wrong. Any text may hold `${{NAME}}` or
`${{NAME:-default}}` from the environment (`$$` is one dollar). A duration is {DURATION_HELP};
a size is {SIZE_HELP}.

SIGHUP or `POST /-/reload` reads the file again, with the secrets it names: either all of it is taken over, or none of it and the
answer, the log and `radio_exporter_config_last_reload_successful` say so. Servers whose part did not change are not disturbed.

`configuration.schema.json` beside this page is the same as JSON Schema, for editors.

A whole station:

```yaml
station: {{name: Asteroid Radio, timezone: Europe/Berlin}}
icecast:
  - name: main
    url: http://127.0.0.1:8000
    password_file: /run/secrets/icecast
    expected_mounts: [/live.mp3]
    listen_probe: {{mounts: [/live.mp3]}}      # {{}} = every mount that is on the air
shoutcast:
  - {{name: relay, url: "http://127.0.0.1:8010"}}
sam:
  - {{name: studio-a, host: 127.0.0.1, user: exporter, password_file: /run/secrets/sam}}
```
"""


def metrics_page() -> str:
    """`docs/metrics.md`."""
    parts = [METRICS_HEAD]
    for title, families in (
        ("Polling", POLLING),
        ("Icecast", ICECAST),
        ("Shoutcast", SHOUTCAST),
        ("The listening probe", PROBE),
        ("SAM Broadcaster", SAM),
        ("The audience", AUDIENCE),
        ("The machine", HOST),
        ("The playout engine", PLAYOUT),
        ("Events", EVENTS),
        ("The exporter itself", tuple(_own())),
    ):
        parts.append(f"\n## {title}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
        parts += [_metric_row(family) for family in families]
    return "".join(parts)


def _own() -> Iterator[Family]:
    """The families of the exporter's own registry. The process's differ between systems; Linux has them all."""
    with TemporaryDirectory() as folder:
        empty = Settings(Config(icecast=(IcecastServer(name="main", url="http://127.0.0.1"),), state_dir=folder))
        registry: CollectorRegistry = create_app(empty, lambda: empty)[keys.OWN].registry
    labels = {"radio_exporter_build_info": ("version", "python"), "radio_exporter_task_restarts_total": ("task",)}
    for family in registry.collect():
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        name = family.name.removesuffix(suffix) + suffix
        kind: Any = "gauge" if family.type == "info" else family.type
        yield Family(name, kind, family.documentation, labels.get(name, ()))


def _metric_row(family: Family) -> str:
    return f"| `{family.name}` | {family.kind} | {', '.join(family.labels)} | {family.help} |\n"


def configuration_page() -> str:
    """`docs/configuration.md`."""
    sections: list[tuple[str, type[Section]]] = [("", Config), *_sections(Config, "")]
    return CONFIGURATION_HEAD + "".join(_section(path, section) for path, section in sections)


def _sections(section: type[Section], path: str) -> Iterator[tuple[str, type[Section]]]:
    for name, hint in typing.get_type_hints(section).items():
        part, many = _struct(hint)
        if part is not None:
            below = f"{path}{name}{'[]' if many else ''}"
            yield below, part
            yield from _sections(part, f"{below}.")


def _struct(hint: Any) -> tuple[type[Section] | None, bool]:
    """The section a key holds, if it holds one, and whether it holds a list of them."""
    if isinstance(hint, type) and issubclass(hint, Section):
        return hint, False
    if typing.get_origin(hint) is tuple and (found := _struct(typing.get_args(hint)[0])[0]):
        return found, True
    if _is_union(hint):
        return next((struct for struct in map(_struct, typing.get_args(hint)) if struct[0]), (None, False))
    return None, False


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (types.UnionType, typing.Union)


def _parts(hint: Any) -> list[Any]:
    """What a union is made of, without None."""
    return [part for part in typing.get_args(hint) if part is not types.NoneType]


def _section(path: str, section: type[Section]) -> str:
    title = f"`{path}`" if path else "The file"
    rows = "".join(_key_row(section, field) for field in msgspec.structs.fields(section))
    return f"\n## {title}\n\n{section.__doc__}\n\n| key | type | default | meaning |\n|---|---|---|---|\n{rows}"


def _key_row(section: type[Section], field: Any) -> str:
    plain = typing.get_type_hints(section)[field.name]
    meaning = _meaning(section, field)
    if (part := _struct(plain)[0]) is not None:
        meaning = meaning or re.sub(r"\.$", "", (part.__doc__ or "").partition("\n")[0])
    return f"| `{field.name}` | {_kind(plain)} | {_default(field)} | {meaning} |\n"


def _meaning(section: type[Section], field: Any) -> str | None:
    """What the schema says a key is for."""
    hint = typing.get_type_hints(section, include_extras=True)[field.name]
    return next((meta.description for meta in typing.get_args(hint)[1:] if isinstance(meta, msgspec.Meta)), None)


def _kind(hint: Any) -> str:
    if _is_union(hint):
        return " or ".join(map(_kind, _parts(hint)))
    if typing.get_origin(hint) is tuple:
        return f"list of {_kind(typing.get_args(hint)[0]).replace(' or ', 's or ')}s"
    if typing.get_origin(hint) is dict:
        return f"mapping of names to {_kind(typing.get_args(hint)[1])}s"
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(f"`{choice}`" for choice in typing.get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Section):
        return "section"
    return _KINDS[hint]


_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "`true` or `false`",
    Duration: "duration",
    Size: "size",
    Secret: "text",
}


def _default(field: Any) -> str:
    if field.required:
        return "needed"
    if not _says_something(field.default):
        return ""
    return f"`{_yaml(field.default)}`"


def _says_something(default: Any) -> bool:
    """Whether a default is worth writing down. What a factory makes is an empty mapping."""
    return default not in (None, (), msgspec.NODEFAULT) and not isinstance(default, Section)


def _yaml(value: Any) -> str:
    """A value as the file would have it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def configuration_schema() -> str:
    """`docs/configuration.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_json_schema(Config)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _json_schema(hint: Any) -> dict[str, Any]:
    if isinstance(hint, type) and issubclass(hint, Section):
        return _object_schema(hint)
    if _is_union(hint):
        parts = [_json_schema(part) for part in _parts(hint)]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _json_schema(typing.get_args(hint)[0])}
    if typing.get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _json_schema(typing.get_args(hint)[1])}
    if typing.get_origin(hint) is typing.Literal:
        return {"enum": list(typing.get_args(hint))}
    kinds = {
        str: "string",
        int: "integer",
        float: "number",
        bool: "boolean",
        Secret: "string",
        Duration: "string",
        Size: "string",
    }
    return {"type": kinds[hint]}


def _object_schema(section: type[Section]) -> dict[str, Any]:
    fields = msgspec.structs.fields(section)
    return {
        "type": "object",
        "description": section.__doc__,
        "additionalProperties": False,
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: _property_schema(section, field) for field in fields},
    }


def _property_schema(section: type[Section], field: Any) -> dict[str, Any]:
    schema = _json_schema(typing.get_type_hints(section)[field.name]) | _limits(section, field)
    if meaning := _meaning(section, field):
        schema["description"] = meaning
    if _says_something(field.default):
        schema["default"] = _json_value(field.default)
    return schema


def _limits(section: type[Section], field: Any) -> dict[str, Any]:
    """The least and the largest number that a key may hold."""
    hint = typing.get_type_hints(section, include_extras=True)[field.name]
    metas = [meta for meta in typing.get_args(hint)[1:] if isinstance(meta, msgspec.Meta)]
    limits = {"minimum": [meta.ge for meta in metas], "maximum": [meta.le for meta in metas]}
    return {name: value for name, values in limits.items() for value in values if value is not None}


def _json_value(value: Any) -> Any:
    """A value as the schema has it: durations and sizes as they are written."""
    return str(value) if isinstance(value, Duration | Size) else value


PAGES = {
    "metrics.md": metrics_page,
    "configuration.md": configuration_page,
    "configuration.schema.json": configuration_schema,
}
