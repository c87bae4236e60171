"""Which streams are listened to, and at which paths."""

from exporter.config.schema_probe import IcecastProbe, ShoutcastProbe
from exporter.polling.target import StreamState
from exporter.probe.wanted import OnAir, ProbedServer, named, probed, stream
from tests.running import config


def states(**by_name):
    return [StreamState(name, state, listeners=0, title=None) for name, state in by_name.items()]


def test_servers_are_probed_that_have_a_section_even_an_empty_one():
    found = probed(
        config(
            icecast=[
                {"name": "main", "url": "http://x", "interval": "7s", "listen_probe": {}},
                {"name": "off", "url": "http://y"},
            ],
            shoutcast=[{"name": "old", "url": "http://z", "version": 1, "listen_probe": {"streams": [1]}}],
        )
    )
    main, old = found
    assert (main.name, main.url, main.probe) == ("main", "http://x", IcecastProbe())
    assert (old.name, old.probe, old.version) == ("old", ShoutcastProbe(streams=(1,)), 1)
    assert stream(main, "/a.mp3").lingers == 8  # until the next poll, and what the server needs to notice


def test_named_mounts_are_their_own_paths():
    server = ProbedServer("main", "http://x", IcecastProbe(mounts=("/a.mp3", "/b.mp3")))
    assert named(server) == ("/a.mp3", "/b.mp3")
    assert stream(server, "/a.mp3").paths == ("/a.mp3",)


def test_a_stream_is_another_one_only_when_it_is_listened_to_in_another_way():
    def made(**listen_probe):
        return stream(ProbedServer("main", "http://x", IcecastProbe(**listen_probe)), "/a.mp3")

    assert made(mounts=("/a.mp3",), limit=3) == made()
    assert made(silence_below=-60) != made()
    assert made(decode="never") != made()


def test_streams_of_a_shoutcast_have_the_label_of_its_other_figures():
    def paths(version, number):
        found = stream(ProbedServer("old", "http://x", ShoutcastProbe(streams=(1, 2)), version=version), str(number))
        assert found.mount == str(number)
        return found.paths

    assert paths("auto", 1) == ("/stream/1/", "/;")
    assert paths("auto", 2) == ("/stream/2/",)
    assert paths(2, 1) == ("/stream/1/",)
    assert paths(1, 1) == ("/;",)


def test_without_names_what_is_on_the_air_is_heard_and_stays_while_it_is_remembered():
    on_air = OnAir()
    assert on_air.choose(states(a="on air", b="off air"), (), 9) == ["a"]
    assert on_air.choose(states(a="off air", b="off air"), ("a",), 9) == ["a"]
    assert on_air.choose(states(b="on air"), ("a",), 9) == ["b"]


def test_an_on_demand_relay_is_not_woken_nor_kept_awake():
    on_air = OnAir()
    assert on_air.choose(states(a="on air", relay="idle"), (), 9) == ["a"]
    assert on_air.choose(states(a="on air", relay="on air"), ("a",), 9) == ["a"]
    # It was forgotten, and is another mount now.
    on_air.choose(states(a="on air"), ("a",), 9)
    assert on_air.choose(states(a="on air", relay="on air"), ("a",), 9) == ["a", "relay"]


def test_who_is_heard_already_stays_when_there_is_not_room_for_all():
    on_air = OnAir()
    assert on_air.choose(states(a="on air", b="on air", c="on air"), ("c",), 2) == ["c", "a"]
    assert on_air.left_out == 1
