"""The systemd unit, as far as it can be read without systemd."""

import shutil
import subprocess
from pathlib import Path

import pytest

from exporter.config.state_dir import SYSTEM

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/radio-exporter.service"


def settings() -> dict[str, list[str]]:
    lines = [line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {key: [value for name, value in lines if name == key] for key, _ in lines}


def test_it_is_an_ordinary_user_with_a_secret_and_a_reload():
    unit = settings()
    assert unit["DynamicUser"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["LoadCredential"][0].startswith("icecast:/etc/radio-exporter/")
    assert unit["ExecReload"][-1] == "/bin/kill -HUP $MAINPID"


def test_its_state_is_kept_for_it_alone_and_it_has_room_for_100_000_listeners():
    unit = settings()
    assert unit["StateDirectory"] == [SYSTEM.name]
    assert unit["StateDirectoryMode"] == ["0700"]
    assert unit["MemoryMax"] == ["1536M"]
    assert "writes nothing" not in UNIT.read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_it_well_closed():
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
