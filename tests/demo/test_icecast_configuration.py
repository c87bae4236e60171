import signal
import stat
import xml.etree.ElementTree as ET
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import demo.icecast
from demo.credentials import Passwords, admin_file, ingest_file, make_passwords, source_file
from demo.errors import ProgramEndedError
from demo.icecast import STARTS, Settings, configuration, icecast, write_configuration
from demo.programme import FEEDS, LIVE, MOUNTS, NIGHT, OGG, STUDIO
from demo.sources import command, introduction

SETTINGS = Settings(Path("/tmp/none"), Passwords("for <sources>", "for & admins", "to tell"), port=8123, mounts=MOUNTS)


def test_icecast_xml_is_what_icecast_reads():
    root = ET.fromstring(configuration(SETTINGS))
    assert root.findtext("authentication/source-password") == "for <sources>"
    assert root.findtext("authentication/admin-password") == "for & admins"
    assert root.findtext("listen-socket/port") == "8123"
    assert root.findtext("listen-socket/bind-address") == "127.0.0.1"
    mounts = {mount.findtext("mount-name"): mount for mount in root.iter("mount")}
    assert mounts[LIVE].findtext("fallback-mount") == NIGHT
    assert mounts[STUDIO].findtext("hidden") == "1"
    assert {mount.findtext("charset") for mount in mounts.values()} == {"UTF-8"}


def test_one_mount_tells_the_exporter_who_left_and_asks_it_for_nothing():
    root = ET.fromstring(configuration(replace(SETTINGS, exporter="http://exporter:10880")))
    telling = {mount.findtext("mount-name"): mount for mount in root.iter("mount") if mount.find("authentication")}
    options = {option.get("name"): option.get("value") for option in telling[OGG].iter("option")}
    assert telling.keys() == {OGG}
    assert options == {
        "listener_remove": "http://exporter:10880/api/v1/icecast/auth?server=main",
        "username": "radio",
        "password": "to tell",
    }
    assert not ET.fromstring(configuration(SETTINGS)).findall("mount/authentication")


def test_there_is_every_kind_of_mount():
    assert {feed.codec for feed in FEEDS} == {"mp3", "vorbis"}
    assert {feed.mount for feed in FEEDS} == {mount.path for mount in MOUNTS}
    assert any(mount.max_listeners for mount in MOUNTS)
    assert sum(feed.popularity for feed in FEEDS) == 1.0


def test_the_configuration_is_for_its_owner_only(tmp_path):
    settings = Settings(tmp_path / "icecast", make_passwords(tmp_path))
    files = (admin_file(tmp_path), source_file(tmp_path), ingest_file(tmp_path))
    for file in (write_configuration(settings), *files):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_passwords_are_made_once_and_shown_to_nobody(tmp_path):
    passwords = make_passwords(tmp_path)
    assert make_passwords(tmp_path) == passwords
    words = {passwords.source, passwords.admin, passwords.ingest}
    assert len(words) == 3
    for word in words:
        assert len(word) >= 32
        assert word not in repr(passwords)
        assert word not in repr(Settings(tmp_path, passwords))


def test_no_password_stands_in_a_command_line(monkeypatch):
    monkeypatch.setattr("demo.sources.find_program", lambda name: f"/usr/bin/{name}")
    for feed in FEEDS:
        assert "pipe:1" in command(feed)
        assert b"Authorization: Basic" in introduction(feed, "secret")
        assert not any("secret" in word for word in command(feed))


@pytest.mark.parametrize(
    ("status", "ends", "starts"),
    [(-signal.SIGSEGV, 2, 3), (-signal.SIGSEGV, 99, STARTS), (1, 99, 1), (-signal.SIGKILL, 99, 1)],
)
async def test_only_a_crashed_start_is_tried_again(status, ends, starts, tmp_path, monkeypatch):
    seen, process = [], object()

    @asynccontextmanager
    async def ending(program, ready):
        seen.append(program)
        if len(seen) <= ends:
            raise ProgramEndedError("it ended", status)
        yield process

    monkeypatch.setattr(demo.icecast, "running", ending)
    monkeypatch.setattr(demo.icecast, "find_program", lambda *names: names[0])
    if ends < starts:
        async with icecast(tmp_path / "icecast") as running:
            assert running.process is process
    else:
        with pytest.raises(ProgramEndedError, match="it ended"):
            async with icecast(tmp_path / "icecast"):
                pytest.fail("the block must not be entered")
    assert len(seen) == starts


async def test_one_that_crashes_just_after_it_has_answered_is_not_ready(tmp_path, monkeypatch):
    said = [False, True, False, True, True]
    readiness = []

    async def answers(_):
        return said.pop(0)

    @asynccontextmanager
    async def asked(program, ready):
        readiness.extend([await ready() for _ in range(3)])
        yield object()

    monkeypatch.setattr(demo.icecast, "STILL", 0)
    monkeypatch.setattr(demo.icecast, "answers", answers)
    monkeypatch.setattr(demo.icecast, "running", asked)
    monkeypatch.setattr(demo.icecast, "find_program", lambda *names: names[0])
    async with icecast(tmp_path / "icecast"):
        assert (readiness, said) == ([False, False, True], [])
