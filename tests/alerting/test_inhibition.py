"""A real Alertmanager with the repository's rules of inhibition, and somebody who hears what is left."""

import asyncio

import pytest

from tests.alerting.files import ALERTMANAGER, ROOT, load
from tests.alerting.files import rules as rules_of
from tests.integration.receiver import receiver

pytestmark = pytest.mark.integration

ALERTS_OF_SAM = [ROOT / "alerting/alerts/sam.yml"]

SETTLED = 4
"""Seconds after which everything has come that will come."""


def alert(name, severity, **labels):
    return {"alertname": name, "severity": severity, **labels}


def dead_server(product):
    where = {"server": f"dead-{product}"}
    stream = {**where, "mount": "/live.mp3"}
    says = alert(f"{product}ServerDown", "critical", **where)
    silent = [
        alert("StreamDown", "critical", **stream),
        alert("StreamStalled", "critical", **stream),
        alert("StreamErrorBudgetBurn", "critical", long="1h", short="5m", **stream),
        alert("DeadAir", "critical", **stream),
        alert("ProbeFailing", "warning", **stream),
        alert("AudienceCollapsed", "warning", **stream),
        alert("StreamFlapping", "warning", **stream),
        alert("TargetFailing", "warning", job="radio-exporter", instance="x", reason="connection", **where),
    ]
    return [says], silent


def dead_stream():
    where = {"server": "main", "mount": "/live.mp3"}
    says = [
        alert("StreamDown", "critical", **where),
        # The next mount's warning, and the other server's stream of the same name, are no part of it.
        alert("StreamFlapping", "warning", server="main", mount="/jazz.mp3"),
        alert("AudienceCollapsed", "warning", server="two", mount="/live.mp3"),
    ]
    silent = [
        alert("StreamErrorBudgetBurn", "critical", long="1h", short="5m", **where),
        alert("StreamErrorBudgetBurn", "warning", long="1d", short="2h", **where),
        alert("AudienceCollapsed", "warning", **where),
        alert("MetadataStuck", "warning", **where),
        *heard_of(where),
    ]
    return says, silent


def heard_of(where):
    """What a listening probe says of a stream."""
    return [
        alert("DeadAir", "critical", **where),
        alert("DeadChannel", "warning", channel="left", **where),
        alert("Clipping", "warning", **where),
        alert("ProbeFailing", "warning", **where),
    ]


def stalled_stream():
    where = {"server": "five", "mount": "/live.mp3"}
    return [alert("StreamStalled", "critical", **where)], heard_of(where)


def dead_air():
    where = {"server": "six", "mount": "/live.mp3"}
    dead, *others = heard_of(where)
    says = [
        dead,
        # The mount beside it has its own faults.
        alert("DeadChannel", "warning", channel="right", server="six", mount="/jazz.mp3"),
    ]
    return says, [*others, alert("MetadataStuck", "warning", **where)]


def burning_stream():
    where = {"server": "three", "mount": "/live.mp3"}
    says = [alert("StreamErrorBudgetBurn", "critical", long="1h", short="5m", **where)]
    return says, [alert("StreamFlapping", "warning", **where)]


def dead_exporter():
    dead, alive = {"job": "radio-exporter", "instance": "a"}, {"job": "radio-exporter", "instance": "b"}
    says = [
        alert("ExporterDown", "critical", **dead),
        # What another exporter reports goes on.
        alert("ExporterLoopBlocked", "warning", **alive),
        alert("TargetFailing", "warning", server="of-b", reason="timeout", **alive),
        alert("StreamDown", "critical", server="of-b", mount="/live.mp3"),
        # So does what Prometheus and Alertmanager say of themselves.
        alert("ConfigReloadFailed", "warning", job="prometheus", instance="a"),
    ]
    silent = [
        alert("ExporterLoopBlocked", "warning", **dead),
        alert("ExporterTaskRestarting", "warning", task="poll main", **dead),
        alert("ConfigReloadFailed", "warning", **dead),
        alert("TargetFailing", "warning", server="of-a", reason="timeout", **dead),
    ]
    return says, silent


def no_exporter():
    """`absent` gives ExporterDown no instance."""
    return [alert("ExporterDown", "critical", job="radio-exporter"), alert("Watchdog", "none")], []


def dead_database():
    where = {"server": "studio-a"}
    says = [
        alert("SamDatabaseDown", "warning", **where),
        # Other studios and the streams have servers of their own.
        alert("QueueEmpty", "warning", server="studio-b"),
        alert("StreamDown", "critical", server="four", mount="/live.mp3"),
    ]
    silent = [
        alert(one["alert"], one["labels"]["severity"], **where)
        for one in rules_of(ALERTS_OF_SAM)
        if one["alert"] != "SamDatabaseDown"
    ]
    return says, silent


def stopped_playout():
    where = {"server": "studio-c"}
    says = [
        alert("PlayoutStopped", "critical", **where),
        alert("RequestsUnanswered", "warning", **where),
        alert("SamPartMissing", "warning", part="requests", **where),
        alert("NoStationId", "warning", server="studio-d"),
    ]
    silent = [alert(name, "warning", **where) for name in ("QueueEmpty", "QueueShort", "SameTrackLoop", "NoStationId")]
    return says, silent


def silent_engine():
    where = {"engine": "studio-e"}
    says = [
        alert("PlayoutSilent", "critical", **where),
        # Another engine has decks of the same names; a SAM of the same name is another thing.
        alert("DeckBufferLow", "critical", engine="studio-f", deck="a"),
        alert("EncoderDown", "critical", engine="studio-f", encoder="mp3"),
        alert("EncoderBitrateUnstable", "warning", engine="studio-f", encoder="aac"),
        alert("QueueShort", "warning", server="studio-e"),
    ]
    silent = [
        alert("DeckBufferLow", "critical", deck="a", **where),
        alert("DeckUnderrun", "critical", deck="b", **where),
        alert("DecoderSlow", "warning", deck="all", **where),
        alert("EncoderDown", "critical", encoder="mp3", **where),
        alert("EncoderBitrateUnstable", "warning", encoder="mp3", **where),
        alert("EncoderBitrateUnstable", "warning", engine="studio-f", encoder="mp3"),
    ]
    return says, silent


async def test_what_is_said_and_what_is_not(alertmanager):
    cases = [dead_server("Icecast"), dead_server("Shoutcast"), dead_stream(), burning_stream(), dead_exporter()]
    cases += [stalled_stream(), dead_air()]
    cases += [no_exporter(), dead_database(), stopped_playout(), silent_engine()]
    async with receiver() as heard:
        settings = load(ALERTMANAGER)
        for route in settings["route"]["routes"]:
            route["group_wait"] = "1s"
        for entry in settings["receivers"]:
            entry["webhook_configs"] = [{"url": heard.url}]
        running = await alertmanager(settings)
        await running.post(*[one for says, silent in cases for one in (*says, *silent)])
        await asyncio.sleep(SETTLED)
        said = [delivery.labels for delivery in heard.deliveries]
    expected = [one for says, _ in cases for one in says]
    missing = [one for one in expected if one not in said]
    too_much = [one for one in said if one not in expected]
    assert (missing, too_much) == ([], [])


async def test_bad_news_and_good_news_of_a_stream_travel_fast(alertmanager):
    """With the file's own times: told after 5 s, not before others could silence it, and told within 10 s that it is over."""
    down = alert("StreamDown", "critical", server="main", mount="/live.mp3")
    async with receiver() as heard:
        settings = load(ALERTMANAGER)
        for entry in settings["receivers"]:
            entry["webhook_configs"] = [{"url": heard.url}]
        running = await alertmanager(settings)
        begun = asyncio.get_running_loop().time()
        await running.post(down)
        assert await heard.wait_for("StreamDown", "firing", begun, 8) > 4
        over = asyncio.get_running_loop().time()
        await running.post(down, over=True)
        await heard.wait_for("StreamDown", "resolved", over, 13)
