import random
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

from demo.credentials import Passwords, admin_file, make_passwords, source_file
from demo.icecast import Settings, configuration, write_configuration
from demo.people import invent
from demo.programme import FEEDS, LIVE, MOUNTS, NIGHT, STUDIO
from demo.sources import command, introduction

SETTINGS = Settings(Path("/tmp/none"), Passwords("for <sources>", "for & admins"), port=8123, mounts=MOUNTS)


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


def test_there_is_every_kind_of_mount():
    assert {feed.codec for feed in FEEDS} == {"mp3", "vorbis"}
    assert {feed.mount for feed in FEEDS} == {mount.path for mount in MOUNTS}
    assert any(mount.max_listeners for mount in MOUNTS)
    assert sum(feed.popularity for feed in FEEDS) == 1.0


def test_the_configuration_is_for_its_owner_only(tmp_path):
    settings = Settings(tmp_path / "icecast", make_passwords(tmp_path))
    for file in (write_configuration(settings), admin_file(tmp_path), source_file(tmp_path)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_passwords_are_made_once_and_shown_to_nobody(tmp_path):
    passwords = make_passwords(tmp_path)
    assert make_passwords(tmp_path) == passwords
    assert passwords.source != passwords.admin
    assert len(passwords.admin) >= 32
    assert passwords.admin not in repr(passwords)
    assert passwords.admin not in repr(Settings(tmp_path, passwords))


def test_no_password_stands_in_a_command_line(monkeypatch):
    monkeypatch.setattr("demo.sources.find_program", lambda name: f"/usr/bin/{name}")
    for feed in FEEDS:
        assert "pipe:1" in command(feed)
        assert b"Authorization: Basic" in introduction(feed, "secret")
        assert not any("secret" in word for word in command(feed))


def test_people_have_addresses_of_their_own_on_loopback():
    people = invent(300, random.Random(7))
    addresses = [person.address for person in people]
    assert len(set(addresses)) == 300
    assert "127.0.0.1" not in addresses
    assert all(address.startswith("127.") and address.count(".") == 3 for address in addresses)
    assert len({person.agent for person in people}) > 5
