"""Logs as they lie about: rotated, gzipped, cut off, or no logs at all."""

import gzip
from pathlib import Path

import pytest

from exporter.backfill import files
from exporter.errors import ConfigError
from tests.backfill.logs import BEGAN, line, log


def content(path: Path) -> list[str]:
    return [one for piece in files.read(path) for one in piece.lines if one]


def test_plain_and_gzipped_are_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(files, "PIECE", 700)
    lines = [line(BEGAN + n, n + 1, agent=f"Zürich {n}") for n in range(50)]
    plain = log(tmp_path / "access.log", lines)
    packed = tmp_path / "access.log.1"  # no .gz in the name: its first bytes say it
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert content(plain) == lines == content(packed)
    assert [piece.first + at for piece in files.read(plain) for at, one in enumerate(piece.lines) if one][-1] == 50
    *_, last = files.read(packed)
    assert last.read == packed.stat().st_size, "progress is counted in what is on the disk"


def test_a_last_line_without_an_end_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"a\r\nb\xff\n\nc")
    assert content(path) == ["a\r", "b\ufffd", "c"]


def test_what_is_no_text_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(b"x" * (5 << 20))
    assert sum(map(len, content(path))) < 2 << 20


def test_rotated_logs_are_read_by_their_time(tmp_path: Path) -> None:
    newest, oldest, empty = (
        log(tmp_path / name, lines)
        for name, lines in (
            ("access.log", [line(BEGAN + 9, 1)]),
            ("access.log.2", ["broken", line(BEGAN, 1)]),
            ("x", []),
        )
    )
    assert files.in_order([newest, oldest, empty, newest]) == [empty, oldest, newest]
    assert files.total_bytes([newest, oldest]) == newest.stat().st_size + oldest.stat().st_size
    assert files.in_order([files.STANDARD_INPUT, newest]) == [newest, files.STANDARD_INPUT]
    assert files.total_bytes([newest, files.STANDARD_INPUT]) is None


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"/missing: cannot be read \(No such file or directory\): check path"):
        content(tmp_path / "missing")
    whole = gzip.compress(b"line\n" * 10_000)
    for name, damaged in (("short.gz", whole[:-20]), ("wrong.gz", whole[:30] + b"\0" * 30 + whole[60:])):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(ConfigError, match="is a damaged gzip file; what could be read of it is stored"):
            content(tmp_path / name)
