"""Wrong configurations: one file for each fault, and the one line that `radio-exporter check` says of it."""

from pathlib import Path

import pytest

from exporter.cli import main
from exporter.config import document as documents
from exporter.config.load import check_hosts, from_document, load
from exporter.config.units import Duration, Secret, Size
from exporter.errors import ConfigError
from tests.captures import FIXTURES
from tests.config import audience_faults, events_faults, probe_faults, sam_faults

FILES = FIXTURES / "config"

SAID = {
    "alias": "alias.yaml:2: anchors and aliases are not used here: put quotes around a text that begins with & or *",
    "anchor": "anchor.yaml:2: anchors and aliases are not used here: put quotes around a text that begins with & or *",
    "tag": "tag.yaml:2: icecast[0].password: cannot be read as it is written: put quotes around it",
    "impossible-date": "impossible-date.yaml:1: station.name: cannot be read as it is written: put quotes around it",
    "secret-file-is-no-path": "secret-file-is-no-path.yaml:2: icecast[0].password_file: 'a\\x00b' is no path of a file with UTF-8 text",
    "host-is-no-name": "host-is-no-name.yaml:2: icecast[0].url: is no address: write one such as http://127.0.0.1:8000",
    "name-with-password": "name-with-password.yaml:2: icecast[0].name: this is no name: use letters, digits, '_', '.' and '-' (the address belongs into `url`)",
    "url-with-bare-question-mark": "url-with-bare-question-mark.yaml:2: icecast[0].url: holds more than an address: write one such as http://127.0.0.1:8000",
    "stream-is-no-number": "stream-is-no-number.yaml:2: shoutcast[0].expected_streams[0]: expected a whole number, got a text",
    "address-as-a-name": (
        "address-as-a-name.yaml:2: icecast[0].name: 'http://10.0.0.1:8000' is no name: use letters, digits, '_', '.' and '-' (the address belongs into `url`)"
    ),
    "bad-duration": (
        "bad-duration.yaml:2: icecast[0].interval: 'fast' is not a duration: write a number with a unit, such as 5s, 500ms, 15m, 1h30m or 30d"
    ),
    "bad-listen": (
        "bad-listen.yaml:1: web.listen: '10880' is no address to listen on: write host:port, such as 127.0.0.1:10880"
    ),
    "control-character": "control-character.yaml: is not YAML: it holds characters that no text file has",
    "duration-without-unit": (
        "duration-without-unit.yaml:2: icecast[0].interval: 5 is not a duration: write a number with a unit, such as 5s, 500ms, 15m, 1h30m or 30d"
    ),
    "empty": "empty.yaml: is empty: name at least one server under `icecast:` or `shoutcast:`",
    "interval-too-short": (
        "interval-too-short.yaml:2: icecast[0].interval: 10ms is too often: 500ms at least, or 0s to ask on the scrape"
    ),
    "key-twice": "key-twice.yaml:4: icecast[0].name: is written twice: keep one",
    "listeners-interval-zero": (
        "listeners-interval-zero.yaml:2: icecast[0].listeners.interval: must be more than 0s; to switch it off write `enabled: false`"
    ),
    "missing-icecast-xml": (
        "missing-icecast-xml.yaml:2: icecast[0].icecast_xml: /nonexistent/icecast.xml cannot be read (No such file or directory): check the path and its permissions"
    ),
    "missing-secret-file": (
        "missing-secret-file.yaml:2: icecast[0].password_file: /nonexistent/secret cannot be read (No such file or directory): check the path and its permissions"
    ),
    "missing-url": "missing-url.yaml:2: icecast[0]: `url` is missing: it has no default",
    "missing-variable": (
        "missing-variable.yaml:2: icecast[0].password: the environment variable RADIO_NO_SUCH_VARIABLE is not set: set it, or write ${RADIO_NO_SUCH_VARIABLE:-default}"
    ),
    "mount-without-slash": (
        "mount-without-slash.yaml:2: icecast[0].expected_mounts[0]: 'live.mp3' is no mount: it begins with a slash, such as /live.mp3"
    ),
    "name-as-an-address": (
        "name-as-an-address.yaml:2: icecast[0].url: is no http or https address: write one such as http://127.0.0.1:8000"
    ),
    "name-with-a-space": (
        "name-with-a-space.yaml:2: icecast[0].name: 'studio a' is no name: use letters, digits, '_', '.' and '-' (for example `main`)"
    ),
    "no-server": "no-server.yaml: names no server to watch: put at least one under `icecast:`, `shoutcast:` or `sam:`, or let one push to `ingest:`",
    "not-a-mapping": "not-a-mapping.yaml: is no mapping of keys: begin with `icecast:` and a list of servers",
    "not-utf-8": "not-utf-8.yaml: is not UTF-8 text: save it as UTF-8",
    "not-yaml": "not-yaml.yaml:2: is not YAML: expected the node content, but found '<stream end>'",
    "only-a-comment": "only-a-comment.yaml: is empty: name at least one server under `icecast:` or `shoutcast:`",
    "password-is-a-number": (
        "password-is-a-number.yaml:2: icecast[0].password: a password is a text: put quotes around it"
    ),
    "shoutcast-listeners-interval-zero": "shoutcast-listeners-interval-zero.yaml:2: shoutcast[0].listeners.interval: must be more than 0s; to switch it off write `enabled: false`",
    "shoutcast-missing-password-file": "shoutcast-missing-password-file.yaml:2: shoutcast[0].password_file: /nonexistent/secret cannot be read (No such file or directory): check the path and its permissions",
    "shoutcast-password-is-a-number": "shoutcast-password-is-a-number.yaml:2: shoutcast[0].password: a password is a text: put quotes around it",
    "shoutcast-password-of-version-1": "shoutcast-password-of-version-1.yaml:2: shoutcast[0].password: is of no use with `version: 1`, whose list of listeners is not read: remove one of them",
    "shoutcast-two-passwords": "shoutcast-two-passwords.yaml:2: shoutcast[0].password_file: `password` and `password_file` are both given: keep one",
    "shoutcast-username-with-colon": "shoutcast-username-with-colon.yaml:2: shoutcast[0].username: holds a colon, which HTTP's basic auth cannot send",
    "shoutcast-walks-longer-than-idle-after": "shoutcast-walks-longer-than-idle-after.yaml:2: shoutcast[0].listeners.interval: 8m is too long: two walks must fit into audience.idle_after (15m)",
    "shoutcast-version": "shoutcast-version.yaml:2: shoutcast[0].version: must be one of auto, 1, 2",
    "tab": "tab.yaml:2: a tab stands where only spaces may: indent with spaces",
    "timeout-longer-than-interval": (
        "timeout-longer-than-interval.yaml:2: icecast[0].timeout: 10s is longer than the interval (5s): make it shorter"
    ),
    "timeout-zero": "timeout-zero.yaml:2: icecast[0].timeout: must be more than 0s",
    "two-products-of-one-name": (
        "two-products-of-one-name.yaml:4: shoutcast[0].name: 'main' is the name of icecast[0] already: give each server its own"
    ),
    "two-secrets": (
        "two-secrets.yaml:2: icecast[0].password_file: `password` and `password_file` are both given: keep one"
    ),
    "two-servers-of-one-name": (
        "two-servers-of-one-name.yaml:3: icecast[1].name: 'main' is the name of icecast[0] already: give each server its own"
    ),
    "unknown-key": (
        "unknown-key.yaml:2: icecast[0].intervall: unknown key (did you mean `interval`?); allowed here: name, interval, timeout, url, remember, username, password, password_file, icecast_xml, expected_mounts, listeners, listen_probe"
    ),
    "unknown-section": (
        "unknown-section.yaml:1: icecasts: unknown key (did you mean `icecast`?); allowed here: station, web, state_dir, icecast, shoutcast, sam, host, playout, events, loki, audience, ingest, listens, api, geoip, privacy, retention, store"
    ),
    "unknown-time-zone": (
        "unknown-time-zone.yaml:1: station.timezone: 'Mars/Olympus' is no known time zone: write an IANA name, such as Europe/Berlin"
    ),
    "url-bad-port": "url-bad-port.yaml:2: icecast[0].url: is no address: write one such as http://127.0.0.1:8000",
    "url-of-another-kind": (
        "url-of-another-kind.yaml:2: icecast[0].url: is no http or https address: write one such as http://127.0.0.1:8000"
    ),
    "url-with-password": (
        "url-with-password.yaml:2: icecast[0].url: holds a user or password: put them into `username` and `password_file`"
    ),
    "url-with-query": (
        "url-with-query.yaml:2: icecast[0].url: holds more than an address: write one such as http://127.0.0.1:8000"
    ),
    "username-with-colon": (
        "username-with-colon.yaml:2: icecast[0].username: holds a colon, which HTTP's basic auth cannot send"
    ),
    "wrong-type-boolean": (
        "wrong-type-boolean.yaml:2: icecast[0].listeners.enabled: expected true or false, got a text"
    ),
    "wrong-type-list": "wrong-type-list.yaml:1: icecast: expected a list, got a mapping of keys",
    "wrong-type-number": (
        "wrong-type-number.yaml:3: icecast[0].url: expected a text, got a whole number: put quotes around it"
    ),
    **{
        name: f"{name}.yaml:{said}"
        for name, said in (audience_faults.SAID | events_faults.SAID | probe_faults.SAID | sam_faults.SAID).items()
    },
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*.yaml")))
def test_one_line_that_names_file_place_and_remedy(name: str, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.chdir(FILES)
    assert main(["check", "--offline", f"{name}.yaml"]) == 1
    out, said = capsys.readouterr()
    assert out == ""
    assert said == f"radio-exporter: {SAID[name]}\n"


async def test_check_looks_the_host_up(tmp_path: Path) -> None:
    document = documents.parse("x.yaml", "icecast:\n- {name: main, url: 'http://icecast.invalid:8000'}\n", {})
    with pytest.raises(
        ConfigError, match=r"x\.yaml:2: icecast\[0\]\.url: the host 'icecast\.invalid' cannot be resolved"
    ):
        await check_hosts(document, from_document(document))


def test_check_looks_at_the_web_configuration_too(tmp_path: Path, capsys) -> None:
    file, web = tmp_path / "exporter.yaml", tmp_path / "web.yaml"
    file.write_text("icecast: [{name: main, url: 'http://127.0.0.1:8000'}]", encoding="utf-8")
    web.write_text("basic_auth_users: {ali: plain}", encoding="utf-8")
    assert main(["check", "--offline", f"--web.config.file={web}", str(file)]) == 1
    assert "web.yaml:1: basic_auth_users.ali: is no bcrypt hash" in capsys.readouterr().err


def test_no_error_shows_a_secret(tmp_path: Path, capsys) -> None:
    file = tmp_path / "x.yaml"
    for line in ("password: hackme, passwort: hackme", "password: [hackme]", "password: hackme, interval: x"):
        file.write_text(f"icecast:\n- {{name: a, url: 'http://127.0.0.1', {line}}}\n", encoding="utf-8")
        assert main(["check", "--offline", str(file)]) == 1
        assert "hackme" not in capsys.readouterr().err


def test_a_good_file(tmp_path: Path, capsys) -> None:
    secret, xml, file = tmp_path / "secret", tmp_path / "icecast.xml", tmp_path / "exporter.yaml"
    secret.write_text("from file\n", encoding="utf-8")
    xml.write_text(
        "<icecast><authentication><admin-user>root</admin-user><admin-password>from xml</admin-password></authentication></icecast>",
        encoding="utf-8",
    )
    file.write_text(
        f"""
station: {{name: Asteroid Radio, timezone: Europe/Berlin}}
icecast:
- {{name: a, url: "http://127.0.0.1:8000", password_file: {secret}}}
- {{name: b, url: "http://127.0.0.1:8001/", icecast_xml: {xml}, interval: 0s, remember: 1h30m}}
- {{name: c, url: "http://127.0.0.1:8002", password: "${{NOT_SET:-}}", interval: 2s}}
shoutcast:
- {{name: d, url: "https://[::1]:8010", version: 1, password: "${{NOT_SET:-}}"}}
- {{name: e, url: "http://127.0.0.1:8020", username: dj, password_file: {secret}, listeners: {{interval: 30s}}}}
- {{name: f, url: "http://127.0.0.1:8030", password: "${{NOT_SET:-hackme}}", listeners: {{enabled: false, interval: 0s}}}}
""",
        encoding="utf-8",
    )
    assert main(["check", "--offline", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: good, with 6 servers to watch\n"
    config = load(file)
    assert [server.password for server in config.icecast] == [Secret("from file"), Secret("from xml"), None]
    assert config.icecast[1].username == "root"
    assert [server.password for server in config.shoutcast] == [None, Secret("from file"), Secret("hackme")]
    assert [server.username for server in config.shoutcast] == ["admin", "dj", "admin"]
    assert (config.icecast[1].remember, config.icecast[1].deadline) == (5400, 4.0)
    assert config.icecast[2].deadline == pytest.approx(1.6)


def test_variables(tmp_path: Path) -> None:
    document = documents.parse("x", "a: ${HOST}:${PORT:-8000}\nb: $$x${EMPTY:-}\n", {"HOST": "radio", "EMPTY": ""})
    assert document.data == {"a": "radio:8000", "b": "$x"}


@pytest.mark.parametrize(
    ("written", "seconds"), [("5s", 5), ("500ms", 0.5), ("1h30m", 5400), ("2w", 1209600), ("0s", 0)]
)
def test_durations(written: str, seconds: float) -> None:
    assert Duration(written) == seconds
    assert Duration(str(Duration(written))) == seconds


@pytest.mark.parametrize("written", ["", "5", "s", "-5s", "5 s", "5y", "1e3s", "٥s"])
def test_what_is_no_duration(written: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        Duration(written)


@pytest.mark.parametrize(("written", "count"), [("0B", 0), ("512KiB", 524_288), ("8MiB", 8_388_608), ("1GB", 10**9)])
def test_sizes(written: str, count: int) -> None:
    assert Size(written) == count
    assert Size(str(Size(written))) == count


@pytest.mark.parametrize("written", ["", "8", "8M", "8 MiB", "-1B", "1.5MiB", "٥B"])
def test_what_is_no_size(written: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        Size(written)


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("hackme")
    assert "hackme" not in f"{secret!r} {secret}"
    assert secret == Secret("hackme") != Secret("other")
