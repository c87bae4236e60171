"""Tells from an agent which player it is, on what kind of device, and whether a person listens.

The knowledge is in players.yaml, which says how to add to it. An agent is a stranger's text of any length: only its
beginning is looked at, and it is compared with plain words, which takes the same time whatever it holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, get_args

from exporter.config import document as documents
from exporter.config.decode import decode
from exporter.config.document import Document, Place
from exporter.config.section import Section

Device = Literal["android", "ios", "tv", "stb", "streaming_server", "desktop", "other"]

DATA = "players.yaml"
LONGEST_AGENT = 512
_REMEMBERED = 8192


@dataclass(frozen=True, slots=True)
class Player:
    """What an agent stands for: name and device are labels; `person` = neither a relay nor a bot."""

    name: str
    device: str
    person: bool


OTHER = Player("other", "other", person=True)
"""What no rule fits."""


class DeviceRule(Section, frozen=True):
    """A device and the words by which an agent names it."""

    device: Device
    match: tuple[str, ...]


class PlayerRule(Section, frozen=True):
    """A player and the words by which it is known."""

    name: str
    device: Literal["told", "android", "ios", "tv", "stb", "streaming_server", "desktop", "other"]
    match: tuple[str, ...]
    also: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    otherwise: Device | None = None
    kind: Literal["player", "relay", "bot"] = "player"


class Rules(Section, frozen=True):
    """The whole file."""

    devices: tuple[DeviceRule, ...]
    players: tuple[PlayerRule, ...]


class Players:
    """Every player there is a rule for. It remembers the agents asked for last.

    Args:
        text: rules instead of those in players.yaml, in the same form; ConfigError names the one that is wrong.
    """

    def __init__(self, text: str | None = None) -> None:
        rules = _shipped() if text is None else read(text)
        self._devices = [(_Words(rule.match), rule.device) for rule in rules.devices]
        self._rules = [_Rule(rule) for rule in rules.players]
        self._names = frozenset(rule.name for rule in rules.players) | {OTHER.name}
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._look_up)

    def of(self, agent: str) -> Player:
        """The player that sends this agent."""
        return self._remembered(agent[:LONGEST_AGENT])

    def names(self) -> frozenset[str]:
        """Every name that `of` can give."""
        return self._names

    def _look_up(self, agent: str) -> Player:
        words = agent.strip().lower()
        rule = next((rule for rule in self._rules if rule.fits(words)), None)
        if rule is None:
            return OTHER
        return rule.players[self._told(words, rule.otherwise) if rule.told else rule.otherwise]

    def _told(self, words: str, otherwise: str) -> str:
        return next((device for known, device in self._devices if known.any_in(words)), otherwise)


class _Words:
    """Words of which one is enough: anywhere, at the beginning (`^`), or as the whole agent (`=`)."""

    __slots__ = ("_inside", "_starts", "_whole")

    def __init__(self, words: Iterable[str]) -> None:
        lower = [word.lower() for word in words]
        self._starts = tuple(word[1:] for word in lower if word[0] == "^")
        self._whole = frozenset(word[1:] for word in lower if word[0] == "=")
        self._inside = tuple(word for word in lower if word[0] not in "^=")

    def any_in(self, agent: str) -> bool:
        if agent.startswith(self._starts) or agent in self._whole:
            return True
        for word in self._inside:  # noqa: SIM110  any() takes half as long again, for every new agent
            if word in agent:
                return True
        return False


class _Rule:
    """A rule made ready to be asked, with the players it can answer by device."""

    __slots__ = ("_also", "_match", "_unless", "otherwise", "players", "told")

    def __init__(self, rule: PlayerRule) -> None:
        self._match, self._unless = _Words(rule.match), _Words(rule.unless)
        self._also = _Words(rule.also) if rule.also else None
        self.told = rule.device == "told"
        self.otherwise = (rule.otherwise or "other") if self.told else rule.device
        devices = get_args(Device) if self.told else (rule.device,)
        self.players = {device: Player(rule.name, device, rule.kind == "player") for device in devices}

    def fits(self, agent: str) -> bool:
        if not self._match.any_in(agent):
            return False
        return (self._also is None or self._also.any_in(agent)) and not self._unless.any_in(agent)


def read(text: str) -> Rules:
    """The rules, checked; ConfigError names the line and the rule that cannot be used."""
    document = documents.parse(DATA, text, {})
    rules = decode(document, Rules)
    for number, device in enumerate(rules.devices):
        _check_words(document, device.match, ("devices", number, "match"))
    for number, player in enumerate(rules.players):
        _check_player(document, player, ("players", number))
    return rules


@cache
def _shipped() -> Rules:
    return read(resources.files(__package__).joinpath(DATA).read_text(encoding="utf-8"))


def _check_player(document: Document, rule: PlayerRule, place: Place) -> None:
    if not rule.name.strip():
        raise document.error("is empty", (*place, "name"))
    if rule.otherwise and rule.device != "told":
        raise document.error(f"{rule.name}: is for `device: told` alone", (*place, "otherwise"))
    _check_words(document, rule.match, (*place, "match"))
    for key, words in (("also", rule.also), ("unless", rule.unless)):
        if words:
            _check_words(document, words, (*place, key))


def _check_words(document: Document, words: tuple[str, ...], place: Place) -> None:
    for number, fault in _faults(words):
        raise document.error(fault, (*place, number))
    if not words:
        raise document.error("holds no word: nothing would fit", place)


def _faults(words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for number, word in enumerate(words):
        if word in {"", "^"}:
            yield number, f"{word!r} would fit every agent"
        elif len(word) > LONGEST_AGENT:
            yield number, f"is longer than what is looked at ({LONGEST_AGENT} characters)"
        elif word in words[:number]:
            yield number, f"{word!r} is written twice"
