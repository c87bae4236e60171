"""The families every polled source has: up, duration, failures, last success."""

from exporter.errors import REASONS, Reason
from exporter.page import Block, Family, labels, sample

SOURCES = {"icecast": "Icecast", "shoutcast": "Shoutcast", "sam": "SAM"}


def _families(source: str, product: str) -> dict[str, Family]:
    per_server = ("server",)
    families = (
        Family(f"{source}_up", "gauge", f"1 if the latest poll of the {product} server gave a reading.", per_server),
        Family(f"{source}_poll_duration_seconds", "gauge", "How long the latest poll took.", per_server),
        Family(
            f"{source}_poll_failures_total",
            "counter",
            f"Polls that gave no reading, by reason: {', '.join(REASONS)}.",
            ("server", "reason"),
        ),
        Family(
            f"{source}_last_success_timestamp_seconds",
            "gauge",
            "When a poll last gave a reading, as Unix time.",
            per_server,
        ),
    )
    return {family.name.removeprefix(f"{source}_"): family for family in families}


_BY_SOURCE = {source: _families(source, product) for source, product in SOURCES.items()}

FAMILIES: tuple[Family, ...] = tuple(family for families in _BY_SOURCE.values() for family in families.values())


def render(
    source: str,
    server: str,
    *,
    up: bool,
    duration: float | None,
    failures: dict[Reason, int],
    last_success: float | None,
) -> Block:
    """The state of one target. `duration` in seconds, `last_success` as Unix time; None where there is none yet."""
    families, server_label = _BY_SOURCE[source], labels(server=server)
    gauges = {"up": int(up), "poll_duration_seconds": duration, "last_success_timestamp_seconds": last_success}
    block = {
        families[name].name: sample(families[name], server_label, value)
        for name, value in gauges.items()
        if value is not None
    }
    counter = families["poll_failures_total"]
    block[counter.name] = "".join(
        sample(counter, labels(server=server, reason=reason), failures[reason]) for reason in REASONS
    )
    return block
