"""Play events over many sessions, in disorder and repeated, told to an exporter that is killed: all of it counts once.

TRUTH_EVENTS=500000 asks for the whole of it.
"""

import os
from pathlib import Path

import pytest

from tests.integration.truth import webhooks

pytestmark = pytest.mark.integration

EVENTS = int(os.environ.get("TRUTH_EVENTS", "100000"))
KILLS = 10 if EVENTS >= 500_000 else 5


async def test_every_acknowledged_event_counts_exactly_once(tmp_path: Path) -> None:
    run = await webhooks.run(tmp_path, EVENTS, KILLS)
    print(run.line)
    webhooks.check(run, tmp_path / "state" / "radio.db")
