"""Reads what ffmpeg's filters print of the sound, twice a second.

A frame's lines as `ametadata=mode=print` writes them: `frame:0 pts:17640 pts_time:0.4`, then one `key=value` each from
`ebur128` (`lavfi.r128.M`, `lavfi.r128.S`) and `astats` (`lavfi.astats.1.Peak_level` and so on for every channel; its
`Overall` comes last). Levels are decibels, `-inf` for nothing at all.

A loudness of `nan` is no fault: the filter adds to its sums and takes away from them, and when silence follows sound
what is left by rounding may be less than nothing, of which there is no logarithm. The levels tell how loud it is then.
"""

from math import inf, isnan, nan

from exporter.probe.reading import Level, Measure

MOMENTARY, SHORT_TERM = b"lavfi.r128.M", b"lavfi.r128.S"
SAMPLES = b"lavfi.astats.Overall.Number_of_samples"

FLOOR = -120.7
"""LUFS that ffmpeg gives for digital silence; nothing is less loud."""

FULL_SCALE = -0.001
"""dBFS above which a 16-bit sample is the largest there is: 32767 of 32768 is -0.0003."""

LONGEST_LINE = 1024
MOST_VALUES = 256
MOST_CHANNELS = 8
LARGEST = 1e9


class MeterParser:
    """Feed it what ffmpeg prints, in pieces of any size. Whatever is not understood is passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._values: dict[bytes, float] = {}

    def feed(self, data: bytes) -> list[Measure]:
        """The measures that became whole."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LONGEST_LINE]  # more than that is no line of a filter's
        return [measure for line in lines if (measure := self._line(line)) is not None]

    def _line(self, line: bytes) -> Measure | None:
        if line.startswith(b"frame:"):
            self._values.clear()
            return None
        name, _, written = line[:LONGEST_LINE].partition(b"=")
        value = _number(written)
        if value is None or (isnan(value) and name not in (MOMENTARY, SHORT_TERM)) or len(self._values) >= MOST_VALUES:
            return None
        self._values[name] = value
        return self._measure() if name == SAMPLES else None

    def _measure(self) -> Measure | None:
        values = self._values
        levels = tuple(_levels(values))
        if MOMENTARY not in values or not levels:
            return None
        loudest = max(level.rms for level in levels)
        momentary, short_term = (_loudness(values.get(name, nan), loudest) for name in (MOMENTARY, SHORT_TERM))
        # The filter counts a channel's samples once for all of them.
        samples = int(min(max(values[SAMPLES], 0.0), LARGEST)) * len(levels)
        return Measure(momentary, short_term, levels, samples)


def _levels(values: dict[bytes, float]) -> list[Level]:
    levels: list[Level] = []
    for channel in range(1, MOST_CHANNELS + 1):
        prefix = b"lavfi.astats.%d." % channel
        peak = values.get(prefix + b"Peak_level")
        if peak is None:
            break
        # The filter counts how often the highest and the lowest sample of the frame occur, however high those are.
        clipped = values.get(prefix + b"Peak_count", 0.0) if peak > FULL_SCALE else 0.0
        rms = min(values.get(prefix + b"RMS_level", -inf), 0.0)
        levels.append(Level(min(10 ** (min(peak, 0.0) / 20), 1.0), rms, int(min(max(clipped, 0.0), LARGEST))))
    return levels


def _loudness(value: float, otherwise: float) -> float:
    return min(max(otherwise if isnan(value) else value, FLOOR), 99.0)


def _number(written: bytes) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None
