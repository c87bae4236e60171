"""The events that an engine's reports tell of."""

from tests.playout.engines import Told


def test_what_is_found_at_first_is_no_change() -> None:
    told = Told()
    told.report(1001, ("stream_connected", 0), ("encoder_up", 0, "mp3"), ("deck_underruns", 7, "a"))
    assert told.names() == []


def test_a_low_buffer_is_told_once_until_it_was_fine_again() -> None:
    told = Told()
    for second, fill in enumerate((0.5, 0.10, 0.09, 0.05, 0.12, 0.08, 0.151, 0.02)):
        told.report(1001 + second, ("deck_fill", fill, "a"), ("deck_fill", 0.9, "b"))
    assert told.names() == ["deck_buffer_low", "deck_buffer_low"]
    low = told.events[0]
    assert (low.source, low.deck, low.level, low.metadata) == ("playout/studio-a", "a", "warning", {"fill": 0.09})
    assert low.message == "The buffer of deck a of studio-a is down to 9%."


def test_underruns_stream_database_and_encoders() -> None:
    told = Told()
    on = ("stream_connected", 1), ("mysql_connected", 1), ("encoder_up", 1, "mp3"), ("deck_underruns", 2, "b")
    off = ("stream_connected", 0), ("mysql_connected", 0), ("encoder_up", 0, "mp3"), ("deck_underruns", 4, "b")
    for second, values in enumerate((on, off, off, on)):
        told.report(1001 + second, *values)
    assert told.names() == [
        "stream_disconnected",
        "mysql_disconnected",
        "encoder_stopped",
        "deck_underrun",
        "stream_connected",
        "mysql_connected",
        "encoder_started",
        "deck_underrun",  # its count began anew: whatever it counts since then happened since then
    ]
    assert (told.events[2].encoder_id, told.events[3].deck, told.events[3].metadata) == ("mp3", "b", {"times": 2})


def test_silence_is_told_once_and_so_is_its_end() -> None:
    told = Told(ttl="15s")
    told.report(1001)
    for second in range(1002, 1040):
        told.engine.look(second)
    told.report(1040)
    told.report(1041)
    assert told.names() == ["playout_silent", "playout_connected"]


def test_an_engine_that_comes_long_after_the_start_was_silent() -> None:
    told = Told(ttl="15s")
    for second in range(1001, 1100):
        told.engine.look(second)
    assert told.names() == []
    told.report(1100)
    assert told.names() == ["playout_connected"]
