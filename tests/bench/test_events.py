"""The measurement of the event log, with few events."""

from pathlib import Path

from bench import events


def test_every_search_is_measured_and_finds_what_it_is_called(tmp_path: Path, monkeypatch) -> None:
    for name, value in {"SEARCHES": 2, "SCANS": 1, "WRITTEN": 100, "AT_ONCE": 500}.items():
        monkeypatch.setattr(events, name, value)
    found = events.run(tmp_path, 2000)
    rows = {one.what: one.rows for one in found.searches}
    assert rows["everything"] == rows["a word that is everywhere"] == rows["one letter"] == 100
    assert rows["a word that is nowhere"] == 0
    assert 0 < rows["one level, rare"] < 100
    assert "limit 50 ms" in events.report(found)
