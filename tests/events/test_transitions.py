"""What two looks at a server make of it: what came, what went, what stands still."""

import pytest

from exporter.event import KINDS, Event
from exporter.events.transitions import STALLED_AFTER, observer
from exporter.polling.target import State, StreamState
from tests.polling.test_poller import FakeTarget


def on(name: str = "/live", state: State = "on air", **more) -> StreamState:
    return StreamState(name, state, listeners=3, title=more.pop("title", None), **more)


class Server(FakeTarget):
    """A server with the streams that it is given."""

    def __init__(self, source: str = "icecast", titles: bool = False) -> None:
        super().__init__()
        self.source, self.there, self.now = source, (), 0.0
        self.told: list[Event] = []
        self._look = observer(self.told.append, lambda: titles, lambda: self.now)(self)

    def streams(self) -> tuple[StreamState, ...]:
        return self.there

    def look(self, *streams: StreamState, up: bool = True, after: float = 5.0) -> list[str]:
        """What a look tells: events, and the mounts they are about."""
        self.there, self.now = streams, self.now + after
        self.told.clear()
        self._look(up)
        return [" ".join((event.event, str(event.metadata.get("mount", "")))).strip() for event in self.told]


def test_what_is_there_at_the_first_look_is_no_news() -> None:
    assert Server().look(on(), on("/off", "off air")) == []


def test_a_source_that_dies_and_comes_back_is_told_once_each() -> None:
    server = Server()
    server.look(on())
    assert server.look(on(state="off air")) == ["stream_disconnected /live"]
    assert server.look(on(state="off air")) == []
    assert server.look(on()) == ["stream_connected /live"]


def test_a_source_that_came_again_between_two_looks_has_left_and_come() -> None:
    server = Server()
    server.look(on(started=100.0))
    assert server.look(on(started=100.0)) == []
    assert server.look(on(started=107.0)) == ["stream_disconnected /live", "stream_connected /live"]
    assert server.look(on(started=107.0)) == []


def test_a_server_without_starts_tells_of_no_reconnection() -> None:
    server = Server("shoutcast")
    server.look(on("1"))
    assert server.look(on("1", started=5.0)) == []


def test_new_and_forgotten_mounts() -> None:
    server = Server()
    server.look()
    assert server.look(on("/new")) == ["mount_added /new", "stream_connected /new"]
    assert server.look(on("/new"), on("/idle", "idle")) == ["mount_added /idle"]
    assert server.look(on("/new")) == ["mount_removed /idle"]


def test_an_on_demand_relay_that_wakes_and_sleeps_is_no_news_but_one_that_is_lost_is() -> None:
    server = Server()
    server.look(on(state="idle"))
    assert server.look(on()) == []
    assert server.look(on(state="idle")) == []
    server.look(on())
    assert server.look(on(state="off air")) == ["stream_disconnected /live"]
    assert server.look(on(state="idle")) == []


def test_a_server_that_is_away_says_nothing_of_its_streams_and_the_next_reading_does() -> None:
    server = Server()
    server.look(on("/a"), on("/b"))
    assert server.look(up=False) == ["server_disconnected"]
    assert server.look(up=False) == []
    assert server.look(on("/a"), on("/b", "off air")) == ["server_connected", "stream_disconnected /b"]


def test_a_server_that_was_never_read_is_told_of() -> None:
    server = Server()
    assert server.look(up=False) == ["server_disconnected"]
    assert server.look(on()) == ["server_connected"]


def test_a_playouts_database_is_a_database_and_has_no_streams() -> None:
    studio = Server("sam")
    studio.look(on("playout", playout=True))
    assert studio.look(up=False) == ["mysql_disconnected"]
    assert studio.look(on("playout", "off air", playout=True)) == ["mysql_connected"]
    assert studio.told[0].category == "database"


def test_a_source_that_sends_nothing_is_told_once_and_again_when_it_goes_on() -> None:
    server = Server()
    server.look(on(received=100))
    assert server.look(on(received=100), after=STALLED_AFTER - 1) == []
    assert server.look(on(received=100), after=1) == ["stream_stalled /live"]
    assert server.look(on(received=100), after=60) == []
    assert server.look(on(received=101)) == ["stream_resumed /live"]
    assert server.look(on(received=101), after=STALLED_AFTER) == ["stream_stalled /live"]


def test_a_stall_that_ends_with_the_source_is_no_resumption() -> None:
    server = Server()
    server.look(on(received=100, started=1.0))
    assert server.look(on(received=100, started=1.0), after=STALLED_AFTER) == ["stream_stalled /live"]
    assert server.look(on(state="off air")) == ["stream_disconnected /live"]
    assert server.look(on(received=100, started=9.0)) == ["stream_connected /live"]
    assert server.look(on(received=100, started=9.0), after=STALLED_AFTER - 1) == []


def test_the_very_number_of_the_source_before_is_no_stall() -> None:
    server = Server()
    server.look(on(received=100, started=1.0))
    told = server.look(on(received=100, started=20.0), after=STALLED_AFTER + 1)
    assert told == ["stream_disconnected /live", "stream_connected /live"]


@pytest.mark.parametrize("received", [None, 0])
def test_a_stream_off_the_air_or_without_a_counter_does_not_stall(received: int | None) -> None:
    server, state = Server(), "off air" if received == 0 else "on air"
    server.look(on(state=state, received=received))
    assert server.look(on(state=state, received=received), after=60) == []


def test_titles_are_told_only_if_asked_for() -> None:
    quiet, talkative = Server(), Server(titles=True)
    for server in (quiet, talkative):
        assert server.look(on(title="A - One")) == []
    assert quiet.look(on(title="B - Two")) == []
    assert talkative.look(on(title="B - Two")) == ["track_played /live"]
    assert talkative.told[0].message == "B - Two"
    assert talkative.look(on(title="B - Two")) == []
    assert talkative.look(on(title=None)) == []
    assert talkative.look(on(title="B - Two")) == []
    assert talkative.look(on(title="B - Two"), on("/new")) == ["mount_added /new", "stream_connected /new"]
    assert talkative.look(on(title="B - Two"), on("/new", title="First")) == ["track_played /new"]


def test_what_is_told_says_who_says_so_and_is_one_of_the_kinds() -> None:
    server = Server()
    server.look(on())
    server.look(on(state="off air"))
    (event,) = server.told
    assert (event.source, event.metadata) == ("icecast/main", {"server": "main", "mount": "/live"})
    assert (event.level, event.category) == KINDS[event.event] == ("error", "stream")
