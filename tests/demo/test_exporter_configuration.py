"""The two configurations: the demo's is the one for everybody, with more doors open."""

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from demo.credentials import admin_file, ingest_file, make_passwords, sam_file
from demo.music import MOUNTS
from demo.pages import PAGE, SOURCES
from demo.places import places_file, write
from demo.ports import free_port
from demo.programme import SERVER
from demo.recorder import NAME as RECORDER
from demo.recorder import recordings
from demo.sam_tables import DATABASE, EXPORTER
from demo.servers import DEMO, PRODUCTION, exporter, native
from exporter.cli import main
from exporter.config.load import load
from exporter.config.schema import Config, Ingest, Listens
from exporter.config.schema_probe import IcecastProbe

NAMES = ("STATION_NAME", "STATION_TIMEZONE", "ICECAST_URL", "ICECAST_USERNAME", "ICECAST_PASSWORD_FILE")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """What the demo makes, and an environment that names it."""
    make_passwords(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ICECAST_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("ICECAST_PASSWORD_FILE", str(admin_file(tmp_path)))
    monkeypatch.setenv("INGEST_TOKEN_FILE", str(ingest_file(tmp_path)))
    monkeypatch.setenv("GEOIP_DATABASE", str(write(places_file(tmp_path))))
    monkeypatch.setenv("SAM_PASSWORD_FILE", str(sam_file(tmp_path)))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "watched"), [(DEMO, "2 servers"), (PRODUCTION, "1 server")], ids=["demo", "production"]
)
def test_both_check(file, watched, folder, capsys):
    assert main(["check", "--offline", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: good, with {watched} to watch\n"


def test_the_demos_playout_is_read_where_it_is(folder):
    studio = load(native(folder, 3399)).sam[0]
    assert (studio.port, studio.user, studio.database) == (3399, EXPORTER, DATABASE)
    assert studio.password.reveal() == sam_file(folder).read_text().strip()
    assert studio.mounts == MOUNTS


def test_on_this_machine_the_recorder_and_its_disk_are_watched(folder):
    host = load(native(folder, 3399)).host
    assert [(disk.path, disk.purpose) for disk in host.disks] == [(str(recordings(folder)), "recordings")]
    assert {"icecast2", RECORDER, "mariadb"} == {process.name for process in host.watched_processes}


def test_everybodys_needs_an_address_and_nothing_else(folder, monkeypatch):
    for name in ("ICECAST_PASSWORD_FILE", "INGEST_TOKEN_FILE", "GEOIP_DATABASE"):
        monkeypatch.setenv(name, "")  # as compose has it
    config = load(PRODUCTION)
    assert config.icecast[0].password is None
    assert not config.geoip.database
    assert not config.ingest.token
    for section in ("audience", "listens", "api", "privacy", "retention", "store"):
        assert getattr(config, section) == getattr(Config(), section)


def test_the_demos_differs_in_its_doors_alone(folder):
    demo, everybodys = load(DEMO), load(PRODUCTION)
    (server,) = demo.icecast
    assert (server.listen_probe, everybodys.icecast[0].listen_probe) == (IcecastProbe(), None)
    assert structs.replace(server, listen_probe=None) == everybodys.icecast[0]
    assert demo.geoip == everybodys.geoip
    assert demo.ingest.token == everybodys.ingest.token
    changed = {name for name in Config.__struct_fields__ if getattr(demo, name) != getattr(everybodys, name)}
    assert changed == {"station", "icecast", "ingest", "listens", "sam", "playout"}
    assert (everybodys.listens, everybodys.ingest.password) == (Listens(), None)
    assert Ingest().password is None


def test_the_demos_names_are_those_that_the_demo_uses(folder):
    config = load(DEMO)
    assert [server.name for server in config.icecast] == [SERVER]
    assert set(SOURCES) == config.listens.sources.keys()
    assert config.listens.allow_origins == (PAGE,)
    assert config.listens.sources["jazz"] == "http://127.0.0.1:8000/jazz.mp3"


@pytest.mark.parametrize("key", ["audience", "listens", "privacy", "retention", "store"])
def test_each_commented_section_can_be_uncommented(key, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("STORE_PASSWORD", "hackme")
    file = tmp_path / "exporter.yaml"
    file.write_text(uncommented(PRODUCTION.read_text(), key))
    (tmp_path / "key").write_text("0123456789abcdef")
    file.write_text(file.read_text().replace("/run/secrets/identity_key", str(tmp_path / "key")))
    assert main(["check", "--offline", str(file)]) == 0
    assert f"\n{key}:" in file.read_text()


def uncommented(text: str, key: str) -> str:
    """The configuration with the # before a section and its keys taken away."""
    lines, inside = [], False
    for line in text.split("\n"):
        inside = line.startswith(f"#{key}:") or (inside and line.startswith("#  "))
        lines.append(line[1:] if inside else line)
    return "\n".join(lines)


async def test_everybodys_serves_without_any_of_it(tmp_path):
    environment = {"ICECAST_URL": f"http://127.0.0.1:{free_port()}", "INGEST_TOKEN_FILE": "", "GEOIP_DATABASE": ""}
    async with asyncio.timeout(30), exporter(tmp_path, free_port(), environment):
        assert (tmp_path / "exporter/identity.key").exists()
