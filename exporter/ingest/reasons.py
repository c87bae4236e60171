"""Why a session ended, in the senders' many words and in our few."""

from exporter.audience.facts import REASONS

_WORDS = {
    "left": "client close closed client_closed client_disconnect disconnect disconnected eof finished normal ok"
    " play_closed quit stop stopped user",
    "gone": "no_source not_found source_lost source_stopped stream_closed stream_gone stream_stopped unpublish",
    "timeout": "client_timeout idle inactive inactivity session_timeout timed_out",
    "error": "broken_pipe connection_lost connection_reset crash econnreset failed failure network reset slow",
    "denied": "auth backend banned blocked forbidden kicked killed limit rejected session_limit unauthorized",
    "expired": "token_expired",
    "server_restart": "reload restart server_shutdown server_stop shutdown",
}
_FOLDED = {word: reason for reason, words in _WORDS.items() for word in (reason, *words.split())}

if not set(_WORDS) < set(REASONS):
    raise AssertionError("a reason that no metric has")


def folded(said: str | None) -> str:
    """One of REASONS. A sender that gives no reason means that the listener left."""
    if not said:
        return "left"
    return _FOLDED.get(said) or _FOLDED.get("_".join(said[:64].lower().replace("-", " ").split()), "other")
