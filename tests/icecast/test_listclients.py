"""Lists of listeners, version by version."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import ParseError
from exporter.icecast.audience import MountAudience
from exporter.icecast.listclients import Listener, ListenerParser
from exporter.probe.head import AGENT
from tests.captures import capture


def parse(document: bytes, piece: int = 65536) -> list[Listener]:
    listeners: list[Listener] = []
    parser = ListenerParser()
    for start in range(0, len(document), piece):
        parser.feed(document[start : start + piece])
        listeners += parser.take()
    parser.close()
    return listeners


def test_icecast_2_4() -> None:
    listeners = parse(capture("2.4.4/listclients.many"))
    assert len(listeners) == 25
    assert listeners[0].agent == "VLC/3.0.18 LibVLC/3.0.18"
    assert not any(listener.relay for listener in listeners)


def test_icecast_2_5_writes_lower_case() -> None:
    assert [listener.agent for listener in parse(capture("2.5.0/listclients.many"), piece=10)] == [
        f"VLC/3.0.{number}" for number in (3, 2, 5, 1, 4)
    ]


def test_kh_tells_the_lag_and_may_have_no_agent() -> None:
    rows = "<listener id='3'><ID>3</ID><IP>192.0.2.1</IP><lag>4096</lag><Connected>5</Connected></listener>"
    (listener,) = parse(
        f"<icestats>\n <source mount='/k'>\n<listeners>1</listeners>{rows}</source></icestats>".encode()
    )
    assert listener == Listener(connection=3, address="192.0.2.1", agent="", seconds=5, lag_bytes=4096)


def test_an_address_is_in_no_repr() -> None:
    assert "192.0.2.1" not in repr(Listener(connection=3, address="192.0.2.1", agent="", seconds=5, lag_bytes=None))


def test_a_relay_is_no_person() -> None:
    rows = (
        "<listener><UserAgent>Icecast 2.4.4</UserAgent></listener><listener><UserAgent>Icecaster</UserAgent></listener>"
    )
    assert [row.relay for row in parse(f"<icestats><source>{rows}</source></icestats>".encode())] == [True, False]


def test_a_listening_probe_is_no_person_either() -> None:
    agents = (AGENT, "radio-exporter-probe/9", "VLC")
    rows = "".join(f"<listener><UserAgent>{agent}</UserAgent></listener>" for agent in agents)
    listeners = parse(f"<icestats><source>{rows}</source></icestats>".encode())
    assert [row.probe for row in listeners] == [True, True, False]
    audience = MountAudience()
    audience.take(listeners)
    assert (audience.probes, audience.relays) == (2, 0)


@settings(max_examples=200, deadline=1000)
@given(st.binary(max_size=500), st.integers(0, 3000))
def test_any_bytes_give_listeners_or_a_parse_error(junk: bytes, place: int) -> None:
    whole = capture("2.4.4/listclients.many")
    for document in (junk, whole[:place] + junk + whole[place:]):
        try:
            parse(document)
        except ParseError:
            pass


def test_no_address_is_kept() -> None:
    assert "192.0.2" not in repr(
        parse(b"<icestats><source><listener><IP>192.0.2.7</IP></listener></source></icestats>")
    )


@pytest.mark.parametrize("document", [b"", b"<html/>", capture("2.4.4/listclients.many")[:900]])
def test_what_is_no_list(document: bytes) -> None:
    with pytest.raises(ParseError):
        parse(document)
