"""Those who just stay: nearly every fact of a polled list. What they add is summed up before it is counted."""

from collections import Counter

from exporter.audience.facts import QUALIFIED, QUARTER
from exporter.audience.sessions import Session
from exporter.audience.tallies import Whose


class Staying:
    """Sums over some facts.

    Attributes:
        listened: milliseconds, of all sessions and of those that have lasted a minute.
        told: facts by their sender.
    """

    def __init__(self) -> None:
        self.listened: dict[Whose, list[int]] = {}
        self.told: Counter[str] = Counter()

    def add(self, session: Session, longer: int) -> None:
        """A session that lasts so much longer, within one quarter-hour."""
        who, seen = session.listener, session.seen
        if not (who.person and longer):
            return
        last = seen - 1
        key = (who.server, who.channel, who.country, last - last % QUARTER)
        sums = self.listened.get(key)
        if sums is None:
            sums = self.listened[key] = [0, 0]
        sums[0] += longer
        if seen - session.started >= QUALIFIED:
            sums[1] += longer
