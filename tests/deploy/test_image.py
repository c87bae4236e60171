"""The Dockerfile's habits, and the pins it installs."""

import importlib.util
import re
from importlib.metadata import requires
from pathlib import Path

import pytest

from exporter.config.state_dir import SYSTEM

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CONSTRAINTS = (ROOT / "constraints.txt").read_text()

spec = importlib.util.spec_from_file_location("pins", ROOT / "deploy/pins.py")
pins = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pins)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(distribution: str) -> set[str]:
    """What an installed distribution needs, by its own word, all the way down."""
    names = set()
    for requirement in requires(distribution) or []:
        if "extra ==" not in requirement and not re.search(r"python_version|sys_platform", requirement):
            name = normal(re.match(r"[\w.-]+", requirement)[0])
            names |= {name} | needs(name)
    return names


def test_the_image_gets_what_the_exporter_needs_and_no_development_tool():
    chosen = set(pins.entries(pins.needed(CONSTRAINTS)))
    assert needs("radio-exporter") <= chosen
    assert not {"pytest", "mypy", "ruff", "flit-core", "hypothesis", "colorama"} & chosen


def test_a_group_gets_its_own():
    assert list(pins.entries(pins.needed(CONSTRAINTS, "build"))) == ["flit-core"]


def test_every_pin_keeps_its_hashes():
    for entry in pins.entries(pins.needed(CONSTRAINTS)).values():
        assert "--hash=sha256:" in entry


def test_both_ways_of_writing_who_needs_it_are_read():
    text = (
        "aaa==1 \\\n    --hash=sha256:00\n    # via radio-exporter (pyproject.toml)\n"
        "bbb==2 \\\n    --hash=sha256:00\n    # via\n    #   ccc\n    #   aaa\n"
        "ccc==3 \\\n    --hash=sha256:00\n    # via radio-exporter (pyproject.toml:test)\n"
    )
    assert set(pins.entries(pins.needed(text))) == {"aaa", "bbb"}
    assert set(pins.entries(pins.needed(text, "test"))) == {"bbb", "ccc"}


def test_the_base_is_pinned():
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON}", "runtime"}


def test_the_probe_has_its_ffmpeg_unless_somebody_builds_without():
    (stage,) = re.findall(r"^FROM \S+ AS runtime\n(.+?)^FROM ", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert 'ARG FFMPEG=ffmpeg\nRUN if [ -n "$FFMPEG" ]; then' in stage
    assert '--no-install-recommends "$FFMPEG"' in stage


@pytest.mark.parametrize("stage", ["demo", "exporter"])
def test_no_image_runs_as_root(stage):
    users = re.findall(r"^(?:FROM \S+ AS (\w+)|USER (\S+))$", DOCKERFILE, re.MULTILINE)
    current, last = "", {}
    for name, user in users:
        current = name or current
        if user:
            last[current] = user
    assert last.get(stage, last["runtime"]) == "10001:10001"


def test_what_must_outlive_a_container_is_in_a_volume_of_its_user():
    assert DOCKERFILE.rpartition("FROM ")[2].count(f"\nVOLUME {SYSTEM}\n") == 1
    made = re.search(r"install -d -o radio -g radio -m 0700 (.+)", DOCKERFILE)
    assert str(SYSTEM) in made[1].split()


def test_the_default_image_is_the_exporter_with_its_own_health_check():
    assert re.findall(r"^FROM \S+ AS (\w+)", DOCKERFILE, re.MULTILINE)[-1] == "exporter"
    assert 'HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["radio-exporter", "health"]' in DOCKERFILE


def test_nothing_comes_in_that_the_dockerfile_does_not_copy():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    copied = {word for line in re.findall(r"^COPY ([^-].*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert allowed == copied
    assert all((ROOT / name).exists() for name in allowed)
