"""An engine's own page, and a folder of textfiles, mapped to reports."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exporter.config.schema_playout import PlayoutFamily
from exporter.errors import ConnectionFailed, ParseError
from exporter.playout import textfile
from exporter.playout.page import READY, Mapped
from exporter.playout.reading import Key

NOW = 1_800_000_000_000

LIQUIDSOAP = b"""# HELP liquidsoap_buffer_seconds Audio in the buffer.
# TYPE liquidsoap_buffer_seconds gauge
liquidsoap_buffer_seconds{source="a"} 4.2
liquidsoap_buffer_fill_ratio{source="a"} 0.42
liquidsoap_underruns_total{source="a"} 3
liquidsoap_output_up{output="mp3-128"} 1
liquidsoap_memory_bytes 250000000
# TYPE something_else counter
something_else_total{a="b"} 7
"""


def test_the_ready_mapping_for_liquidsoap() -> None:
    report = Mapped("liquidsoap").report(LIQUIDSOAP, NOW)
    assert report.at == NOW
    assert report.values == {
        Key("deck_seconds", "a"): 4.2,
        Key("deck_fill", "a"): 0.42,
        Key("deck_underruns", "a"): 3,
        Key("encoder_up", "mp3-128"): 1,
        Key("memory"): 250e6,
    }


def test_a_mapping_of_ones_own() -> None:
    more = (
        PlayoutFamily(family="my_fill_percent", field="deck_fill", label="player", factor=0.01),
        PlayoutFamily(family="my_latency_ms", field="deck_latency", factor=0.001),
        PlayoutFamily(family="my_kbit", field="encoder_bitrate", label="name", factor=125.0),
        PlayoutFamily(family="my_age", field="time"),
    )
    text = (
        b'my_fill_percent{player="1"} 8\nmy_fill_percent{player="2"} 170\nmy_latency_ms 12\nmy_kbit{name="mp3"} 128\n'
    )
    report = Mapped("radio", more).report(text + b"my_age 1799999990\n", NOW)
    assert report.values == {
        Key("deck_fill", "1"): pytest.approx(0.08),
        Key("deck_fill", "2"): 1,
        Key("deck_latency", "all"): 0.012,
        Key("encoder_bitrate", "mp3"): 16_000,
    }
    assert (report.at, report.mended) == (NOW - 10_000, 1)


def test_our_own_names_are_understood_without_saying_so() -> None:
    """So that one exporter can be the source of another, and a script writes what it reads in docs/metrics.md."""
    text = b'radio_deck_buffer_fill_ratio{deck="a",engine="x"} 0.5\nradio_encoder_up{encoder="mp3"} 0\nradio_playout_cpu_ratio NaN\n'
    report = Mapped("radio").report(text, NOW)
    assert report.values == {Key("deck_fill", "a"): 0.5, Key("encoder_up", "mp3"): 0}
    assert report.mended == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"<html><body>Login</body></html>", "not in Prometheus' text format"),
        (b"\xff\xfe", "not in Prometheus' text format"),
        (b"", "nothing on it is known"),
        (b"up 1\n", "nothing on it is known"),
    ],
)
def test_a_page_of_something_else_is_no_report(text: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        Mapped("radio").report(text, NOW)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"radio_encoder_up{text}".encode()))
def test_any_bytes_are_a_report_or_a_parse_error(text: bytes) -> None:
    try:
        report = Mapped("radio").report(text, NOW)
    except ParseError:
        return
    assert all(value >= 0 for value in report.values.values())


def test_every_family_of_a_ready_mapping_is_there_once() -> None:
    for families in READY.values():
        names = [family.family for family in families]
        assert len(names) == len(set(names))


def written(folder: Path, name: str, text: bytes, at: float) -> None:
    (folder / name).write_bytes(text)
    os.utime(folder / name, (at, at))


def test_a_textfile_is_as_old_as_it_was_written(tmp_path: Path) -> None:
    written(tmp_path, "b.prom", b'radio_deck_buffer_fill_ratio{deck="b"} 0.2\n', NOW / 1000 - 5)
    written(tmp_path, "a.prom", b'radio_deck_buffer_fill_ratio{deck="a"} 0.1\n', NOW / 1000 - 3)
    written(tmp_path, "future.prom", b"radio_playout_cpu_ratio 0.3\n", NOW / 1000 + 500)
    written(tmp_path, "broken.prom", b"what is this", NOW / 1000)
    written(tmp_path, "c.prom.tmp", b"radio_playout_cpu_ratio 0.9\n", NOW / 1000)
    reports, unreadable = textfile.read(tmp_path, Mapped("radio"), NOW)
    assert [(report.at - NOW, [*report.values.values()]) for report in reports] == [
        (-5000, [0.2]),
        (-3000, [0.1]),
        (0, [0.3]),
    ]
    assert unreadable == 1


def test_a_folder_without_a_file_or_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="no file"):
        textfile.read(tmp_path, Mapped("radio"), NOW)
    with pytest.raises(ConnectionFailed, match="No such file"):
        textfile.read(tmp_path / "none", Mapped("radio"), NOW)
    written(tmp_path, "large.prom", b"#" * (textfile.LARGEST_FILE + 1), NOW / 1000)
    with pytest.raises(ParseError, match="longer than 1 MiB"):
        textfile.read(tmp_path, Mapped("radio"), NOW)


def test_a_counter_goes_by_the_name_on_its_page_with_or_without_total() -> None:
    mine = PlayoutFamily(family="my_underruns", field="deck_underruns", label="player")
    for name in ("my_underruns", "my_underruns_total"):
        for header in ("", f"# TYPE {name} counter\n"):
            page = f'{header}{name}{{player="a"}} 3\n'.encode()
            meant = structs.replace(mine, family=name)
            assert Mapped("radio", [meant]).report(page, NOW).values == {Key("deck_underruns", "a"): 3}


def test_what_is_called_total_and_is_no_counter_is_something_else() -> None:
    mine = PlayoutFamily(family="my_memory_bytes", field="memory")
    for header in ("", "# TYPE my_memory_bytes_total gauge\n"):
        page = f"my_memory_bytes 5\n{header}my_memory_bytes_total 16e9\n".encode()
        assert Mapped("radio", [mine]).report(page, NOW).values == {Key("memory"): 5}
    page = b"# TYPE my_memory_bytes gauge\nmy_memory_bytes 5\n# TYPE my_memory_bytes_total counter\nmy_memory_bytes_total 9\n"
    assert Mapped("radio", [mine]).report(page, NOW).values == {Key("memory"): 5}


def test_an_empty_label_is_none() -> None:
    page = b'radio_deck_buffer_fill_ratio{deck=""} 0.5\n'
    assert Mapped("radio").report(page, NOW).values == {Key("deck_fill", "all"): 0.5}
