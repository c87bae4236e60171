"""The key that every identity hangs on: where it comes from, and that it stays."""

import logging
import stat
import threading
from pathlib import Path

import pytest

from exporter.audience.identity import read_key
from exporter.config.units import Secret
from exporter.errors import ConfigError


def test_a_key_is_made_once_kept_private_and_said(tmp_path: Path, caplog) -> None:
    state = tmp_path / "state"
    key = read_key(state, None)
    file = state / "identity.key"
    assert len(key) == 32
    assert file.read_bytes() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(state.iterdir()) == [file]
    assert read_key(state, Secret("")) == key
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert str(file) in record.message
    assert "everybody who returns counts as new" in record.message


def test_two_that_start_at_once_have_one_key(tmp_path: Path, caplog) -> None:
    barrier, keys = threading.Barrier(8), []

    def start() -> None:
        barrier.wait()
        keys.append(read_key(tmp_path, None))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert set(keys) == {(tmp_path / "identity.key").read_bytes()}
    assert len(caplog.records) == 1


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert read_key(tmp_path, None) == read_key(tmp_path, None)
    assert [file.name for file in tmp_path.iterdir()] == ["identity.key"]


def test_a_configured_key_needs_no_file(tmp_path: Path) -> None:
    key = read_key(tmp_path / "absent", Secret("correct horse battery"))
    assert len(key) == 32
    assert key == read_key(tmp_path / "absent", Secret("correct horse battery"))
    assert key != read_key(tmp_path / "absent", Secret("correct horse staples"))
    assert not (tmp_path / "absent").exists()


def test_a_short_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_key(tmp_path, Secret("hackme"))
    assert str(caught.value).startswith("configuration: privacy.key: is too short to be secret: at least 16 characters")
    assert "hackme" not in repr(caught.value)


@pytest.mark.parametrize("content", [b"", b"hackme", bytes(33)])
def test_a_damaged_key_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "identity.key"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"identity\.key: is no key of 32 bytes: restore it, or delete it") as caught:
        read_key(tmp_path, None)
    assert "hackme" not in repr(caught.value)
    assert file.read_bytes() == content


def test_a_state_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"identity\.key: cannot be used \(.*\): check the folder's permissions"):
        read_key(tmp_path / "file", None)
