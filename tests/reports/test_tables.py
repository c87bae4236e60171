"""CSV as RFC 4180 and spreadsheets want it, JSON as one array."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.reports.rows import Figures, ListenRow, Row
from exporter.reports.tables import Format, writer

ROW = ListenRow("2026-03-29T01:00:00+01:00", "jazz", "DE", "Firefox", "desktop", "example.org", None)


def written(form: Format, *pages: list[Row], kind: type[Row] = ListenRow, mark: bool = False) -> bytes:
    output = writer(form, kind, mark=mark)
    return output.begin() + b"".join(map(output.page, pages)) + output.end()


def named(source: str) -> ListenRow:
    return ListenRow("2026-03-29T01:00:00+01:00", source, "DE", "Firefox", "desktop", "example.org", 1.5)


def test_csv() -> None:
    assert written("csv", [named('a "b", c\r\nd'), ROW], [named("Straße")]).decode() == (
        "at,source,country,player,player_class,referrer,duration\r\n"
        '2026-03-29T01:00:00+01:00,"a ""b"", c\r\nd",DE,Firefox,desktop,example.org,1.5\r\n'
        "2026-03-29T01:00:00+01:00,jazz,DE,Firefox,desktop,example.org,\r\n"
        "2026-03-29T01:00:00+01:00,Straße,DE,Firefox,desktop,example.org,1.5\r\n"
    )
    assert written("csv", mark=True).startswith(b"\xef\xbb\xbfat,source,")
    assert written("csv", kind=Figures).startswith(b"period,part,from,to,complete,channel,")


def test_json() -> None:
    found = json.loads(written("json", [named("a"), named("b")], [], [ROW]))
    assert [row["source"] for row in found] == ["a", "b", "jazz"]
    assert found[2]["duration"] is None
    assert json.loads(written("json")) == []


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_name_that_is_a_formula_is_a_text(begin: str) -> None:
    formula = begin + "HYPERLINK(1)"
    (_, row) = csv.reader(io.StringIO(written("csv", [named(formula)]).decode(), newline=""))
    assert row[1] == "'" + formula
    assert json.loads(written("json", [named(formula)]))[0]["source"] == formula


@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_names_are_read_back(names: list[str]) -> None:
    rows: list[Row] = [named(name) for name in names]
    _, *found = csv.reader(io.StringIO(written("csv", rows).decode(), newline=""), strict=True)
    assert [row[1].removeprefix("'") for row in found] == [name.removeprefix("'") for name in names]
    assert all(len(row) == 7 and not row[1].startswith(("=", "+", "-", "@", "\t", "\r")) for row in found)
    assert [row["source"] for row in json.loads(written("json", rows))] == names
