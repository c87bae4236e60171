"""Grafana's units, by what they are used for here."""

# Every digit, grouped: "short" would make 2,209 listeners "2 K".
COUNT = "locale"
# A number without a dimension, or one that words stand for.
NUMBER = "none"
SHARE = "percentunit"
SECONDS = "s"
# Milliseconds since 1970, shown as "3 minutes ago".
AGO = "dateTimeFromNow"
# Memory in powers of 1024, line rates in powers of 1000, as their worlds do.
BYTES = "bytes"
BITS_PER_SECOND = "bps"
HERTZ = "hertz"
# Loudness after EBU R128. Grafana has no unit of its own for it.
LUFS = "suffix: LUFS"
