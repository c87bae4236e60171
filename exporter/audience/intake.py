"""What waits to be committed, and who waits for an answer to that."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exporter.audience.facts import Fact, Listen
from exporter.errors import StoreFailed

LARGEST_GROUP = 2000
"""Facts in one commit: so many take some 30 ms to apply."""

LONGEST_QUEUE = 100_000
"""Facts that wait for their commit; who comes then is asked to come again."""

Answer = asyncio.Future[None]


@dataclass(slots=True)
class Group:
    """What is committed together, and who waits for it."""

    facts: list[Fact] = field(default_factory=list)
    plays: list[Listen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


class Intake:
    """Facts and reported plays, in the order in which they came."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        """Set when something came."""
        self._facts: deque[tuple[Sequence[Fact], Answer]] = deque()
        self._plays: list[tuple[Sequence[Listen], Answer | None]] = []
        self._waiting = 0

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._facts or self._plays)

    @property
    def full(self) -> bool:
        """No more is taken."""
        return self._waiting >= LONGEST_QUEUE

    def facts(self, facts: Sequence[Fact]) -> Answer:
        """Take them; StoreFailed if there is no room. The answer comes with the commit."""
        answer = self._answer(len(facts))
        self._facts.append((facts, answer))
        return answer

    def plays(self, rows: Sequence[Listen]) -> Answer:
        """As `facts`, for reported plays."""
        answer = self._answer(len(rows))
        self._plays.append((rows, answer))
        return answer

    def play_soon(self, row: Listen) -> None:
        """A play for which nobody waits."""
        self._plays.append(([row], None))
        self._waiting += 1
        self.came.set()

    def next_group(self) -> Group:
        """The next that are committed together; whole tellings, so that one is acknowledged at once."""
        group = Group()
        while self._facts and (not group.facts or len(group.facts) + len(self._facts[0][0]) <= LARGEST_GROUP):
            told, answer = self._facts.popleft()
            group.facts += told
            group.answers.append(answer)
        plays, self._plays = self._plays, []
        group.plays = [play for rows, _ in plays for play in rows]
        group.answers += [answer for _, answer in plays if answer is not None]
        self._waiting -= len(group.facts) + len(group.plays)
        return group

    def refuse(self, error: StoreFailed) -> None:
        """Nobody who waits is served: each may come again."""
        waiting = [answer for _, answer in self._facts] + [answer for _, answer in self._plays if answer]
        self._facts.clear()
        self._plays, self._waiting = [], 0
        tell(waiting, error)

    def _answer(self, more: int) -> Answer:
        if self.full:
            raise StoreFailed("too much is waiting to be stored")
        self._waiting += more
        self.came.set()
        return asyncio.get_running_loop().create_future()


def tell(waiting: Iterable[Answer], error: StoreFailed | None = None) -> None:
    """Tell them that it is done, or why not. Who has gone away meanwhile needs no answer."""
    for answer in waiting:
        if answer.done():
            continue
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)
