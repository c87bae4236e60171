"""The sections about the audience: a whole file, and what it means."""

from pathlib import Path

import pytest

from exporter.cli import main
from exporter.config import document as documents
from exporter.config.load import from_document, load
from exporter.config.units import Secret, Size
from tests.running import config

WHOLE = """
state_dir: {folder}
web: {{trusted_proxies: [127.0.0.1, "::1/128", 10.0.0.0/8]}}
audience: {{idle_after: 20m, max_channels: 50, royalty_countries: [US, GB]}}
ingest:
  token_file: {folder}/token
  username: flussonic
  password: "${{INGEST_PASSWORD:-}}"
  allow_networks: [192.0.2.0/24]
  max_body: 512KiB
  rate: 20
  mappings:
  - name: wowza
    events: {{started: [play, connect-success], closed: [stop]}}
    event: data.type
    channel: data.stream
    time_unit: ms
listens:
  sources: {{jazz: "http://127.0.0.1:8000/jazz.mp3?from=exporter"}}
  allow_origins: ["https://example.org", "http://localhost:8080", "*"]
api: {{token: open-sesame}}
geoip: {{database: /var/lib/GeoIP/GeoLite2-City.mmdb, min_cell: 5}}
privacy: {{key: 0123456789abcdef}}
retention: {{sessions: 7d, listens: 1w}}
store: {{url: mysql+pymysql://radio:hackme@127.0.0.1/radio}}
"""


def test_a_whole_file_without_a_server_to_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "exporter.yaml"
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    file.write_text(WHOLE.format(folder=tmp_path), encoding="utf-8")
    assert main(["check", "--offline", str(file)]) == 0, capsys.readouterr().err
    whole = load(file)
    assert (whole.ingest.token, whole.ingest.password) == (Secret("from-file"), None)
    assert (whole.ingest.max_body, whole.ingest.rate) == (Size("512KiB"), 20)
    assert whole.ingest.mappings[0].events.started == ("play", "connect-success")
    assert whole.listens.sources == {"jazz": "http://127.0.0.1:8000/jazz.mp3?from=exporter"}
    assert whole.api.token == Secret("open-sesame")
    assert (whole.retention.sessions, whole.audience.idle_after) == (7 * 86400, 1200)
    assert whole.audience.royalty_countries == ("US", "GB")


def test_doors_are_shut_by_default() -> None:
    plain = config(icecast=[{"name": "main", "url": "http://127.0.0.1:8000"}])
    assert (plain.ingest.token, plain.ingest.password, plain.ingest.allow_networks) == (None, None, ())
    assert not plain.listens.sources
    assert not plain.web.trusted_proxies


@pytest.mark.parametrize(
    "section",
    ["ingest: {token: hackme}", "ingest: {allow_networks: [127.0.0.0/8]}", "listens: {sources: {a: 'http://b/c'}}"],
)
def test_an_open_door_is_work_enough(section: str) -> None:
    assert from_document(documents.parse("x", section, {})).polled() == (("icecast", ()), ("shoutcast", ()))


def test_no_error_shows_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.yaml"
    for section in (
        "ingest: {token: hack me}",
        "ingest: {token: hackme, token_file: /x}",
        "ingest: {password: [hackme]}",
        "api: {token: hack\tme}",
        "privacy: {key: hackme}",
        "listens: {sources: {jazz: 'http://u:hackme@h/'}}",
        "store: {url: [hackme]}",
    ):
        file.write_text(f"icecast: [{{name: a, url: 'http://127.0.0.1'}}]\n{section}\n", encoding="utf-8")
        assert main(["check", "--offline", str(file)]) == 1, section
        assert "hack" not in capsys.readouterr().err
