"""What a `listen_probe` section may say."""

import msgspec
import pytest

from exporter.config.check_probe import probe_faults
from exporter.config.decode import decode
from exporter.config.document import Document
from exporter.config.schema_probe import IcecastProbe, ShoutcastProbe
from exporter.errors import ConfigError


def test_an_empty_section_listens_to_everything():
    probe = decode(Document("x", {}), IcecastProbe)
    assert (probe.mounts, probe.decode, probe.silence_below, probe.limit) == ((), "auto", -50, 32)
    assert list(probe_faults(probe)) == []
    assert list(probe_faults(None)) == []


FAULTS = {
    "no slash": (IcecastProbe(mounts=("live.mp3",)), ("mounts", 0), "begins with a slash"),
    "twice": (IcecastProbe(mounts=("/a", "/b", "/a")), ("mounts", 2), "written twice"),
    "no stream": (ShoutcastProbe(streams=(0,)), ("streams", 0), "the first one is 1"),
    "stream twice": (ShoutcastProbe(streams=(1, 1)), ("streams", 1), "written twice"),
}


@pytest.mark.parametrize(("probe", "place", "said"), FAULTS.values(), ids=FAULTS)
def test_faults_are_placed_and_named(probe, place, said):
    ((where, message),) = probe_faults(probe)
    assert where == place
    assert said in message


@pytest.mark.parametrize("wrong", [{"decode": "maybe"}, {"silence_below": 3}, {"mount": []}, {"limit": 0}])
def test_what_types_refuse(wrong):
    with pytest.raises(ConfigError):
        decode(Document("x", wrong), IcecastProbe)


def test_sections_can_be_compared_and_hashed():
    """A server whose part did not change keeps its probes over a reload."""
    one, other = (msgspec.convert({"mounts": ["/a"]}, IcecastProbe) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
