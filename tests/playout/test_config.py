"""The section `playout`: what it may say, and the one line about what it may not."""

import pytest

from exporter.config.document import parse
from exporter.config.load import from_document
from exporter.config.schema_playout import PlayoutEngine
from exporter.errors import ConfigError


def loaded(entries: str) -> tuple[PlayoutEngine, ...]:
    return from_document(parse("playout.yaml", f"playout:\n{entries}", {})).playout


def test_as_the_manual_has_it() -> None:
    engines = loaded(
        "- {engine: studio-a, ttl: 15s}\n"
        "- {engine: studio-b, url: 'http://127.0.0.1:9097/metrics', mapping: liquidsoap, interval: 5s,\n"
        "   families: [{family: my_fill_percent, field: deck_fill, label: player, factor: 0.01}]}\n"
        "- {engine: desizone, sqlite: /path/broadcaster.db, interval: 5s}\n"
        "- {engine: studio-d, textfile_dir: /var/lib/radio-exporter/textfile}\n"
    )
    assert [engine.way for engine in engines] == ["pushed", "url", "sqlite", "textfile_dir"]
    assert engines[1].families[0].factor == 0.01
    assert {engine.ttl for engine in engines} == {15}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{}", "playout[0]: `engine` is missing: it has no default"),
        ("{engine: studio a}", "playout[0].engine: 'studio a' is no name: use letters, digits, '_', '.' and '-' (for example `studio-a`)"),
        ("{engine: a, ttl: 500ms}", "playout[0].ttl: 500ms is too short: 1s at least"),
        ("{engine: a, url: 'http://x/', sqlite: /x}", "playout[0].sqlite: `url` and `sqlite` are both given: an engine reports by one way, keep one"),
        ("{engine: a, url: 'ftp://x/'}", "playout[0].url: is no http or https address: write one such as http://127.0.0.1:8000"),
        ("{engine: a, url: 'http://u:p@x/'}", "playout[0].url: holds a user or password, which cannot be used here: let the exporter read the page without"),
        ("{engine: a, url: 'http://x/', interval: 15s}", "playout[0].interval: 15s is not shorter than the ttl (15s): everything would be dropped between two looks"),
        ("{engine: a, url: 'http://x/', interval: 100ms}", "playout[0].interval: 100ms is too often: 500ms at least"),
        ("{engine: a, sqlite: x.db}", "playout[0].sqlite: 'x.db' is no whole path: write one such as /srv/desizone/broadcaster.db"),
        ("{engine: a, textfile_dir: ''}", "playout[0].textfile_dir: '' is no whole path: write one such as /var/lib/radio/textfile"),
        ("{engine: a, mapping: liquidsoap}", "playout[0].mapping: is of no use here: it belongs to `url` or `textfile_dir`"),
        ("{engine: a, mapping: rivendell}", "playout[0].mapping: must be one of radio, liquidsoap"),
        ("{engine: a, url: 'http://x/', families: [{family: a-b, field: cpu}]}", "playout[0].families[0].family: 'a-b' is no name that Prometheus knows: letters, digits and '_'"),
        ("{engine: a, url: 'http://x/', families: [{family: a, field: cpu, factor: 0}]}", "playout[0].families[0].factor: must be a number other than 0"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_clear_line(entry: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(f"- {entry}\n")
    assert str(error.value).partition(": ")[2] == said


def test_each_engine_has_its_own_name() -> None:
    with pytest.raises(ConfigError, match="'a' is playout\\[0\\] already"):
        loaded("- {engine: a}\n- {engine: a}\n")
