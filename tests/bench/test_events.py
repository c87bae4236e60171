"""The measurement of the event log, with few events."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench import events
from tests.services import need


@pytest.mark.parametrize("run", [events.run, pytest.param(events.run_on_mariadb, marks=pytest.mark.integration)])
def test_every_search_is_measured_and_finds_what_it_is_called(run, monkeypatch) -> None:
    if run is events.run_on_mariadb:
        need("mariadbd|mysqld")
    for name, value in {"SEARCHES": 2, "SCANS": 1, "WRITTEN": 100, "AT_ONCE": 500}.items():
        monkeypatch.setattr(events, name, value)
    with TemporaryDirectory() as folder:  # which MariaDB's own account may pass, unlike pytest's
        found = run(Path(folder), 2000)
    rows = {one.what: one.rows for one in found.searches}
    assert rows["everything"] == rows["a word that is everywhere"] == rows["one letter"] == 100
    assert rows["a word that is nowhere"] == 0
    assert 0 < rows["one level, rare"] < 100
    assert found.size > 100_000
    assert f"on {found.store}" in events.report(found)
