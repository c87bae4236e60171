"""Loopback: a free TCP port to listen on, and the many addresses to connect from."""

import random
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address

LOOPBACK = "127.0.0.1"
SERVERS = (15_000, 32_000)
"""Where free ports are looked for: below those that Linux gives to outgoing connections (32768 and up)."""

TRIES = 100

_dice = random.SystemRandom()
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As servers do, so that connections still closing from an earlier run do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port nobody listens on, and that the system gives to no outgoing connection before a server is there."""
    for _ in range(TRIES):
        port = _dice.randrange(*SERVERS)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def prefer(port: int) -> int:
    """Return `port` if it is free, else another one."""
    return port if is_free(port) else free_port()


def can_choose_address(host: str) -> bool:
    """Whether we may connect to `host` from any 127.x.y.z: on Linux all are ours, if it is on loopback too."""
    with suppress(ValueError):
        return sys.platform == "linux" and ip_address(host).is_loopback
    return False
