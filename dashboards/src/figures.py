"""The figures of streams and servers that more than one panel shows, each as one expression."""

from . import words
from .queries import of_mount, of_shoutcast, per_stream, recorded_server, recorded_stream

# The objective of the alert rules: 99.9 % over 30 days. What is left to 100 % is the error budget.
OBJECTIVE = 0.999
BUDGET = round(1 - OBJECTIVE, 6)

STREAM_UP = recorded_stream("mount:radio_stream_up:current")
LISTENERS = recorded_stream("mount:radio_listeners:current")
RECEIVED = recorded_stream("mount:radio_received_bytes:rate5m")
SENT = recorded_stream("mount:radio_sent_bytes:rate5m")
SERVER_UP = recorded_server("server:radio_up:current")

_START = "icecast_mount_stream_start_timestamp_seconds"
_TITLE = "icecast_mount_metadata_updated_timestamp_seconds"
STREAM_START = of_mount(_START)
ON_AIR_FOR = per_stream(f"time() - {STREAM_START}", of_shoutcast("shoutcast_stream_uptime_seconds"))
RECONNECTS = per_stream(
    f"changes({of_mount(_START, '$__range')})", of_shoutcast("shoutcast_stream_uptime_seconds", "resets", "$__range")
)
# Where no title was ever seen, the stream's own age is how long nothing has changed.
TITLE_AGE = f"{per_stream(f'time() - {of_mount(_TITLE)}')} or {per_stream(f'time() - {STREAM_START}')}"

DECLARED = per_stream(
    of_mount("icecast_mount_bitrate_bytes_per_second"), of_shoutcast("shoutcast_stream_bitrate_bytes_per_second")
)
CLIENTS = per_stream(of_mount("icecast_mount_listeners"), of_shoutcast("shoutcast_stream_listeners"))
LIMIT = per_stream(of_mount("icecast_mount_max_listeners"), of_shoutcast("shoutcast_stream_max_listeners"))
PEAK = per_stream(of_mount("icecast_mount_listener_peak"), of_shoutcast("shoutcast_stream_listener_peak"))


def stream_state(window: str = "") -> str:
    """1 on air, 0 off air, -1 where the server cannot be read; with a window, the worst within it."""
    up = recorded_stream("mount:radio_stream_up:current", window)
    answers = recorded_server("server:radio_up:current", window)
    if window:
        up, answers = f"min_over_time({up})", f"min_over_time({answers})"
    return f"({up} + 1) * on (server) group_left () {answers} - 1"


def otherwise_not_told(expression: str) -> str:
    """Add every known stream of which the server does not say this figure, as "not told"."""
    return f"{expression} or {STREAM_UP} * 0 + {words.NOT_TOLD}"


def most_heard(expression: str) -> str:
    """Only the $top streams that had the most listeners in the chosen time: the same streams at every step."""
    loudest = f"max_over_time({recorded_stream('mount:radio_listeners:current', '$__range:$__interval')} @ end())"
    return f"({expression}) and on (server, mount) topk($top, {loudest})"
