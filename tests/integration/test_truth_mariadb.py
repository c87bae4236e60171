"""The same as test_truth_webhooks.py with the store on a real MariaDB."""

import os
from pathlib import Path

import pytest

from tests.integration.truth import webhooks
from tests.mariadb import MariaDB, mariadb  # noqa: F401 the fixture

pytestmark = pytest.mark.integration

EVENTS = int(os.environ.get("TRUTH_EVENTS", "100000")) // 4
KILLS = 3


async def test_every_acknowledged_event_counts_exactly_once_on_mariadb(tmp_path: Path, mariadb: MariaDB) -> None:  # noqa: F811
    url = mariadb.new()
    run = await webhooks.run(tmp_path, EVENTS, KILLS, store={"url": url})
    print(run.line)
    webhooks.check(run, url)
