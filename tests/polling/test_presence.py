"""Which streams are still reported when they are not listed."""

from exporter.polling.presence import Presence


def test_a_stream_that_left_is_remembered_for_a_while() -> None:
    presence = Presence([], remember=60, longest_step=100)
    presence.update(["/a", "/b"], ["/a"], now=0)
    presence.update([], [], now=10)
    assert presence.missing() == ["/a"]  # /b was never live, so nobody misses it
    presence.update([], [], now=59)
    assert presence.missing() == ["/a"]
    presence.update([], [], now=60)
    assert presence.missing() == []


def test_one_that_comes_back_is_not_missing_and_can_leave_again() -> None:
    presence = Presence([], remember=60, longest_step=100)
    presence.update(["/a"], ["/a"], now=0)
    presence.update([], [], now=50)
    presence.update(["/a"], ["/a"], now=55)
    assert presence.missing() == []
    presence.update([], [], now=100)
    assert presence.missing() == ["/a"]
    presence.update([], [], now=115)
    assert presence.missing() == []


def test_a_ghost_that_is_not_listed_any_more_is_still_missed() -> None:
    presence = Presence([], remember=60, longest_step=100)
    presence.update(["/a"], ["/a"], now=0)
    presence.update(["/a"], [], now=5)  # its source is gone, its fallback plays
    assert presence.missing() == []
    presence.update([], [], now=10)  # the fallback is gone too
    assert presence.missing() == ["/a"]
    presence.update([], [], now=60)
    assert presence.missing() == []


def test_an_expected_stream_is_missing_for_ever() -> None:
    presence = Presence(["/live"], remember=0, longest_step=100)
    assert presence.missing() == ["/live"]
    presence.update(["/live"], ["/live"], now=0)
    assert presence.missing() == []
    presence.update([], [], now=10**9)
    assert presence.missing() == ["/live"]


def test_an_outage_of_the_server_does_not_use_up_the_time() -> None:
    for left_before in (True, False):
        presence = Presence([], remember=60, longest_step=15)
        presence.update(["/a"], ["/a"], now=0)
        if left_before:
            presence.update([], [], now=5)
        assert presence.known() == ["/a"]
        presence.update([], [], now=10_000)  # the first reading after hours without one
        assert presence.missing() == ["/a"]


def test_nothing_is_remembered_without_memory() -> None:
    presence = Presence([], remember=0, longest_step=100)
    presence.update(["/a"], ["/a"], now=0)
    presence.update([], [], now=1)
    assert presence.missing() == []
