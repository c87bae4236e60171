"""What Icecast posts for its URL authentication: who came, who left after how long.

Fields: https://icecast.org/docs/icecast-2.4.1/auth.html. Only the fields listed here are decoded: `user` and `pass` may
be a listener's own.
"""

from typing import Literal
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from exporter.audience.facts import Fact, Listener, fingerprint, session_key
from exporter.ingest import reading
from exporter.ingest.reading import Audience, Told, Unreadable

SENDER = "icecast_auth"

Action = Literal["listener_add", "listener_remove", "mount_add", "mount_remove"]

ACTIONS: tuple[Action, ...] = ("listener_add", "listener_remove", "mount_add", "mount_remove")


class Form(Struct):
    """The fields that are looked at, as texts."""

    action: str = ""
    server: str = ""
    port: str = ""
    client: str = ""
    mount: str = ""
    duration: str = ""
    sent: str = ""
    ip: str = ""
    agent: str = ""


_WANTED = {name.encode(): name for name in Form.__struct_fields__}


def read(body: bytes) -> Form:
    """The fields of a form. Any bytes are one; Unreadable if they hold no action of a listener or a mount.

    Whoever answers other actions with yes (Icecast-KH's `stream_auth`) lets strangers in as sources.
    """
    form = Form()
    for part in body.split(b"&"):
        name, _, value = part.partition(b"=")
        if name in _WANTED:
            text = unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8", "replace")
            setattr(form, _WANTED[name], text)
    if form.action not in ACTIONS:
        raise Unreadable("type", f"`action` must be one of {', '.join(ACTIONS)}")
    return form


def told(form: Form, server: str, audience: Audience, now: int) -> Told:
    """What a form tells at `now` of a listener of the configured `server`."""
    told = Told()
    if form.action == "listener_remove":
        told.facts.append(_removed(form, server, told, audience, now))
    elif form.action == "listener_add" and (fact := _added(form, server, audience, now)):
        told.facts.append(fact)
    else:
        told.ignored = 1
    return told


def _added(form: Form, server: str, audience: Audience, now: int) -> Fact | None:
    """Somebody came. Without the connection's key nothing is told: the end would not find this beginning."""
    client = _client(form)
    key = audience.connection_key(server, client)
    if key is None:
        return None
    listener = None if audience.known(key) else _listener(form, server, client, audience, now)
    return Fact(SENDER, "started", key, now, fingerprint("listener_add"), now, listener=listener)


def _removed(form: Form, server: str, told: Told, audience: Audience, now: int) -> Fact:
    """Somebody left, and the server knows exactly after how long."""
    client = _client(form)
    lasted = told.lasting(1000 * _number(form, "duration"))
    key = audience.connection_key(server, client) or session_key("icecast", server, 0, str(client))
    return Fact(
        sender=SENDER,
        kind="closed",
        key=key,
        at=now,
        event=fingerprint("listener_remove", form.duration),
        lasted=lasted,
        sent=told.sent(_number(form, "sent")) if form.sent else None,
        reason="left",
        listener=None if audience.known(key) else _listener(form, server, client, audience, now),
    )


def _client(form: Form) -> int:
    if form.client.isascii() and form.client.isdecimal() and len(form.client) < 19:
        return int(form.client)
    raise Unreadable("type", "`client` must be the number of the connection")


def _number(form: Form, field: str) -> float:
    value = reading.number(getattr(form, field))
    if value is None:
        raise Unreadable("type", f"`{field}` must be a number")
    return value


def _listener(form: Form, server: str, client: int, audience: Audience, now: int) -> Listener:
    mount = reading.cleaned(form.mount.partition("?")[0])
    if not mount:
        raise Unreadable("type", "`mount` is missing or empty")
    return audience.listener(
        server=server,
        channel=mount,
        protocol="icecast",
        address=form.ip[: reading.LONGEST_ADDRESS],
        agent=form.agent[: reading.LONGEST_AGENT],
        at=now,
        connection=client,
    )
