"""Two hundred real listeners of a real Icecast, with known times, players and addresses: the figures are the truth.

The lists of listeners are read every two seconds. Who leaves between two of them was there for up to two seconds more
than the exporter can know, unless Icecast tells it of the end. Both are tried, each also with an exporter that is
killed outright when half of the listeners have come.
"""

import asyncio

import pytest

from tests.integration.truth import listeners, seen, truth
from tests.integration.truth.listeners import Visit
from tests.integration.truth.station import WALK, Run, Scenario, all_of
from tests.services import need

pytestmark = pytest.mark.integration

SCENARIOS = {
    "lists": Scenario(authentication=False, killed=False),
    "lists-killed": Scenario(authentication=False, killed=True),
    "told": Scenario(authentication=True, killed=False),
    "told-killed": Scenario(authentication=True, killed=True),
}

WHOLE_SECONDS = 1.0
"""Icecast counts in whole seconds, from whole seconds."""

DISPATCH = 0.7
"""Seconds that requests take on a busy machine, and Icecast to notice that somebody has hung up: when it next sends."""

BUSY, FEW = 3.0, 0.02
"""So many seconds it may take a few, while four stations share two cores."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    need("icecast2", "ffmpeg")
    return asyncio.run(all_of(tmp_path_factory.mktemp("truth"), SCENARIOS))


@pytest.fixture(params=SCENARIOS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(name: str, runs: dict[str, Run]) -> Run:
    return runs[name]


def away(run: Run, moment: float) -> float:
    """For how long nobody looked, if somebody who left at a moment left because of that unseen; else 0."""
    return sum(end - begin for begin, end in run.away if begin - WALK - DISPATCH < moment < end + WALK + DISPATCH)


def test_everybody_was_let_in_and_left_by_themselves(run: Run) -> None:
    assert len(run.visits) == listeners.NUMBER
    assert not [visit for visit in run.visits if visit.dropped]


def test_every_connection_is_one_session_with_its_own_length(run: Run) -> None:
    """In the order of their connections. Machines are kept too, as what they are."""
    assert [(row.channel, row.country, row.player_class, row.person) for row in run.rows] == [
        (visit.mount, visit.network.country, visit.agent.player_class, visit.agent.person) for visit in run.visits
    ]
    late = [abs(row.started / 1000 - visit.began) for row, visit in zip(run.rows, run.visits, strict=True)]
    assert max(late) < WHOLE_SECONDS + BUSY
    assert sum(one >= WHOLE_SECONDS + DISPATCH for one in late) <= FEW * len(late)


def test_a_session_is_as_long_as_icecast_counts_but_for_what_nobody_looked_at(run: Run) -> None:
    """However late a walk comes on a busy machine: what was there at the walk before the end is known."""
    wrong = [
        (visit, row.lasted, seconds)
        for row, visit, seconds in zip(run.rows, run.visits, run.logged, strict=True)
        if not seconds - unseen(run, visit) - WHOLE_SECONDS <= row.lasted / 1000 <= seconds + WHOLE_SECONDS
    ]
    assert not wrong


def unseen(run: Run, visit: Visit) -> float:
    """For how many seconds before its end nobody had looked. Who is killed may not have stored its last walk yet."""
    walks = 2 if away(run, visit.ended) else 1
    # Icecast notes the second in which it has answered. Each walk asks for every mount that somebody listens to.
    asked = [moment for moment in run.asked if moment + WHOLE_SECONDS <= visit.ended][-walks * len(listeners.MOUNTS) :]
    return visit.ended - max([visit.began, *asked[:1]])


@pytest.mark.parametrize("name", ["told", "told-killed"])
def test_what_icecast_tells_of_the_end_is_exact(name: str, runs: dict[str, Run]) -> None:
    """To the second that Icecast itself counts. What it tells while the exporter is down, it tells nobody."""
    run = runs[name]
    ends = zip(run.rows, run.visits, run.logged, strict=True)
    told = [(row, seconds) for row, visit, seconds in ends if not away(run, visit.ended)]
    assert len(told) == listeners.NUMBER or (run.away and len(told) > listeners.NUMBER * 2 // 3)
    assert all(row.final for row, _ in told)
    assert {row.lasted % 1000 for row, _ in told} == {0}
    # Its log looks at the clock a moment before: now and then that is another second.
    assert {row.lasted // 1000 - seconds for row, seconds in told} <= {-1, 0, 1}
    assert sum(row.lasted != 1000 * seconds for row, seconds in told) < len(told) / 10
    # It takes a listener from its list a moment before it tells so: a walk just then finds them gone.
    assert {row.reason for row, _ in told} <= {"left", "gone"}
    assert sum(row.reason == "left" for row, _ in told) > len(told) * 3 / 4


def test_the_figures_are_those_of_the_people(name: str, run: Run) -> None:
    """Everything that can be counted exactly; the lengths are those of the sessions, which the test above looks at."""
    pairs = zip(run.visits, run.rows, strict=True)
    heard = [one for visit, row in pairs if (one := visit.listening("main", row.reason, row.lasted)) is not None]
    true = truth.figures(heard)
    found = seen.figures(run.page)
    families = {family for family in truth.LABELS if not family.startswith("radio_ingest")}
    assert not truth.differences(true, seen.only(found, families))
    everyone = truth.distinct(heard)
    assert seen.total(run.page, "radio_listeners_new_total") == everyone[""]
    assert seen.total(run.page, "radio_listeners_returning_total") == len(heard) - everyone[""]
    assert run.page.get("radio_station_unique_listeners", window="1h") == everyone[""]
    for mount in listeners.MOUNTS:
        assert run.page.get("radio_unique_listeners", channel=mount, window="1h") == everyone[mount]
    assert name.startswith("told") or {one.reason for one in heard} == {"gone"}
