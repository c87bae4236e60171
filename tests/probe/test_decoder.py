"""A real ffmpeg on real streams: what it measures, and that it neither outlives us nor swallows memory."""

import asyncio
import signal
import subprocess
import sys
import time

import psutil
import pytest

from exporter.probe import decoder
from exporter.probe.decoder import Decoder
from exporter.probe.ear import Ear
from exporter.probe.faults import Unheard
from tests.services import need

TONE = "0.1*sin(2*PI*1000*t)"
TOLERANCE = 0.5
"""LU. LAME turns everything down by 5 %, which is 0.45 dB."""

CODECS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"],
    "aac": ["-c:a", "aac", "-b:a", "96k", "-f", "adts"],
    "vorbis": ["-c:a", "libvorbis", "-f", "ogg"],
    "opus": ["-c:a", "libopus", "-ar", "48000", "-f", "ogg"],
    "flac": ["-c:a", "flac", "-f", "ogg"],
}


@pytest.fixture(autouse=True)
def _ffmpeg():
    need("ffmpeg")


def stream(expression, codec="mp3", seconds=4.0):
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"aevalsrc={expression}:s=44100:d={seconds}"]
    return subprocess.run([*command, *CODECS[codec], "-"], capture_output=True, check=True).stdout


async def heard(data, at_least=5):
    """The measures of a stream, fed in pieces as they arrive."""
    measures = []
    running = await Decoder.start(decoder.find(), measures.append)
    try:
        for start in range(0, len(data), 4096):
            running.feed(data[start : start + 4096])
        async with asyncio.timeout(30):
            while len(measures) < at_least:
                await asyncio.sleep(0.02)
    finally:
        await running.close()
    return measures


@pytest.mark.parametrize("codec", CODECS)
async def test_a_tone_is_as_loud_as_the_standard_says(codec):
    """EBU Tech 3341: a sine of 1 kHz at -20 dBFS in both channels is -20 LUFS."""
    measure = (await heard(stream(f"{TONE}|{TONE}", codec)))[3]
    assert measure.momentary == pytest.approx(-20, abs=TOLERANCE)
    assert [level.peak for level in measure.levels] == pytest.approx([0.1, 0.1], abs=0.01)
    assert [level.rms for level in measure.levels] == pytest.approx([-23.01, -23.01], abs=TOLERANCE)
    assert sum(level.clipped for level in measure.levels) == 0


@pytest.mark.parametrize(("frequency", "channels"), [(100, 1), (100, 2), (997, 2), (3000, 1)])
async def test_nothing_is_lost_when_sound_gives_way_to_silence(frequency, channels):
    """Rounding leaves ebur128's sums a little below nothing then, by chance, and it says `nan` of the silence."""
    tone = f"0.1*sin(2*PI*{frequency}*t)*lt(t\\,5)"
    measures = await heard(stream("|".join([tone] * channels), seconds=16), at_least=29)
    ear = Ear(-50)
    for measure in measures[:29]:  # 14.5 s of the 16: ffmpeg waits for more before it tells of the rest
        ear.hear(measure)
    assert ear.sound().silence == pytest.approx(9.5, abs=1)


async def test_mono_is_as_loud_as_two_speakers_play_it():
    measure = (await heard(stream(TONE)))[3]
    assert len(measure.levels) == 1
    assert measure.momentary == pytest.approx(-20, abs=TOLERANCE)


async def test_a_dead_channel_stays_below_the_level_of_silence():
    measure = (await heard(stream(f"0|{TONE}+0.1*random(0)")))[3]
    assert measure.levels[0].rms < -60
    assert measure.levels[1].rms > -25


async def test_what_is_too_loud_is_clipped():
    measure = (await heard(stream(f"2*{TONE}*10|{TONE}", codec="flac")))[3]
    left, right = measure.levels
    assert (left.peak, right.clipped) == (pytest.approx(1, abs=1e-3), 0)
    # A sine of twice full scale is beyond it for two thirds of the time.
    assert left.clipped / (measure.samples / 2) == pytest.approx(2 / 3, abs=0.02)


async def fed_for_ever(running, piece):
    async with asyncio.timeout(30):
        while True:
            running.feed(piece)
            await asyncio.sleep(0.02)


async def test_a_playlist_is_not_followed(tmp_path):
    secret = tmp_path / "other.mp3"
    secret.write_bytes(stream(TONE))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode()
    measures = []
    running = await Decoder.start(decoder.find(), measures.append)
    try:
        with pytest.raises(Unheard, match="ffmpeg has ended"):
            await fed_for_ever(running, playlist + b"#\n" * 10000)
    finally:
        await running.close()
    assert measures == []


async def test_it_lets_others_go_first_and_is_gone_after_its_end():
    running = await Decoder.start(decoder.find(), lambda measure: None)
    process = psutil.Process(running.pid)
    async with asyncio.timeout(30):
        while process.name() != "ffmpeg":  # it begins as nice
            await asyncio.sleep(0.01)
    assert process.nice() == 10
    await running.close()
    assert not psutil.pid_exists(running.pid)


async def test_it_is_gone_even_if_we_are_stopped_while_it_ends():
    running = await Decoder.start(decoder.find(), lambda measure: None)
    closing = asyncio.create_task(running.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert not psutil.pid_exists(running.pid)


async def test_one_that_hangs_is_given_up_before_it_costs_memory():
    running = await Decoder.start(decoder.find(), lambda measure: None)
    try:
        psutil.Process(running.pid).suspend()
        with pytest.raises(Unheard, match="does not keep up"):
            await fed_for_ever(running, b"x" * 65536)
        assert running._input.transport.get_write_buffer_size() < 2 * decoder.MOST_WAITING
    finally:
        await running.close()


async def test_words_that_mean_nothing_are_no_measure(monkeypatch, tmp_path):
    """Were they, what was heard last would stand for ever, and silence would be taken for sound."""
    stand_in = tmp_path / "ffmpeg"
    stand_in.write_text("#!/bin/sh\nwhile sleep 0.05; do echo lavfi.r128.X=1; done\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(decoder, "FRESH", 0.4)
    running = await Decoder.start(str(stand_in), lambda measure: None)
    try:
        assert running.speaks
        await asyncio.sleep(0.8)
        assert not running.speaks
    finally:
        await running.close()


async def test_one_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(decoder, "MUTE_AFTER", 0.2)
    running = await Decoder.start(decoder.find(), lambda measure: None)
    try:
        await asyncio.sleep(0.3)
        with pytest.raises(Unheard, match="says nothing"):
            running.feed(b"x")
    finally:
        await running.close()


OUR_LIFE = """
import asyncio
from exporter.probe import decoder
async def live():
    running = await decoder.Decoder.start(decoder.find(), print)
    print(running.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(live())
"""


def test_it_ends_with_us_even_if_we_are_killed():
    ours = subprocess.Popen([sys.executable, "-c", OUR_LIFE], stdout=subprocess.PIPE, text=True)
    try:
        pid = int(ours.stdout.readline())
        assert psutil.pid_exists(pid)
        process = psutil.Process(pid)
        ours.send_signal(signal.SIGKILL)
        until = time.monotonic() + 5
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
            time.sleep(0.05)
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    finally:
        ours.kill()
        ours.wait()
        ours.stdout.close()
