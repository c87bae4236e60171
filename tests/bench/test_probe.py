"""What `make bench` says of the listening probe."""

from bench.probe import Cost, Probed, report


def words(found: Probed) -> list[str]:
    return [" ".join(line.split()) for line in report(found).splitlines()]


def test_what_one_core_carries_is_held_against_the_aim_and_the_limit() -> None:
    alone = Cost(ours=0.001, ffmpeg=0.0, memory=0)
    met = words(Probed(Cost(ours=0.001, ffmpeg=0.004, memory=14_000_000), alone, bare=0.004))
    assert "streams per core, with ffmpeg >= 100 200 met" in met
    assert "the limit: ffmpeg alone, on a file 4 ms 250" in met
    assert "bytes alone (`decode: never`) 1 ms 0 ms 1000" in met
    missed = words(Probed(Cost(ours=0.005, ffmpeg=0.02, memory=14_000_000), alone, bare=0.004))
    assert "streams per core, with ffmpeg >= 100 40 MISSED" in missed
