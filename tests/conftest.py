"""Fixtures for every test."""

import logging
import os
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.captures import GOLDEN
from tests.mariadb import mariadb
from tests.postgresql import postgresql

__all__ = ["mariadb", "postgresql"]

# A machine that is busy with something else is no fault of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Whether a change lands is no matter of chance: there the same examples are tried each time, elsewhere always new ones.
settings.register_profile("ci", settings.get_profile("patient"), derandomize=True)
settings.load_profile("ci" if os.environ.get("REQUIRE_SERVICES") else "patient")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell has it for what runs in its background; what tests start and interrupt would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Hold a text against `tests/golden/NAME`; with UPDATE_GOLDEN=1 (`make golden`) write it there instead."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; `make golden` rewrites it"

    return compare


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The command sets logging up for its whole process; a test's process goes on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
