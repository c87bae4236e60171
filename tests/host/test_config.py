"""The section `host`: what it may say, and the one line about what it may not."""

import pytest

from exporter.config.check_host import check_host, watches_the_host
from exporter.config.decode import decode
from exporter.config.document import parse
from exporter.config.schema_host import WatchedHost
from exporter.errors import ConfigError
from tests.host.reading import section


def checked(text: str) -> WatchedHost:
    document = parse("host.yaml", text, {})
    host = decode(document, WatchedHost)
    check_host(document, host)
    return host


def test_as_the_manual_has_it() -> None:
    host = checked(
        "disks: [{path: /srv/recordings, purpose: recordings}, {path: 'D:\\Library', purpose: library}]\n"
        "processes: [icecast2, liquidsoap, {name: SAM, match: SAMBC.exe}]\n"
    )
    assert (host.enabled, host.interval) == ("auto", 15)
    assert [(process.name, process.executable) for process in host.watched_processes] == [
        ("icecast2", "icecast2"),
        ("liquidsoap", "liquidsoap"),
        ("SAM", "sambc"),
    ]
    assert watches_the_host(host)
    assert not watches_the_host(checked("{}"))


@pytest.mark.parametrize(("written", "means"), [("auto", "auto"), ("true", True), ("false", False)])
def test_on_off_or_as_it_is_found(written, means) -> None:
    assert checked(f"enabled: {written}").enabled == means


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("interval: 500ms", "host.interval: 500ms is too often: 1s at least"),
        (
            "disks: [{path: srv, purpose: a}]",
            "host.disks[0].path: 'srv' is no whole path: write one such as /srv/recordings",
        ),
        (
            'disks: [{path: "/a\\0b", purpose: a}]',
            "host.disks[0].path: '/a\\x00b' is no whole path: write one such as /srv/recordings",
        ),
        (
            "disks: [{path: 'C:x', purpose: a}]",
            "host.disks[0].path: 'C:x' is no whole path: write one such as /srv/recordings",
        ),
        (
            "disks: [{path: /srv, purpose: my disk}]",
            "host.disks[0].purpose: 'my disk' is no word: use letters, digits, '_', '.' and '-' (for example `recordings`)",
        ),
        (
            "disks: [{path: /srv, purpose: a}, {path: /srv, purpose: b}, {path: /srv, purpose: a}]",
            "host.disks[2]: /srv is there already for a: keep one",
        ),
        ("processes: ['']", "host.processes[0]: a name has 1 to 64 characters that can be seen"),
        ("processes: [' ']", "host.processes[0]: a name has 1 to 64 characters that can be seen"),
        (f"processes: [{'x' * 65}]", "host.processes[0]: a name has 1 to 64 characters that can be seen"),
        ('processes: [{name: "a\\nb", match: c}]', "host.processes[0]: a name has 1 to 64 characters that can be seen"),
        (
            "processes: [/usr/bin/icecast2]",
            "host.processes[0]: '/usr/bin/icecast2' holds a path: the executable's name alone is compared, such as icecast2",
        ),
        (
            "processes: [sambc, {name: SAM, match: SAMBC.EXE}]",
            "host.processes[1]: 'SAMBC.EXE' is watched as 'sambc' already: keep one",
        ),
    ],
)
def test_what_cannot_work_is_one_clear_line(text, said) -> None:
    with pytest.raises(ConfigError) as error:
        checked(text)
    assert str(error.value).partition(": ")[2] == said


def test_one_name_for_several_executables_is_no_fault() -> None:
    assert len(checked("processes: [{name: MySQL, match: mysqld}, {name: MySQL, match: mariadbd}]").processes) == 2


def test_two_sections_of_the_same_words_are_equal() -> None:
    """So that a reload sees what did not change."""
    keys = {"disks": [{"path": "/", "purpose": "a"}], "processes": ["a", {"name": "b", "match": "c"}]}
    assert section(**keys) == section(**keys)
