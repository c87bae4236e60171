"""Real replies of real servers, by server version: `tests/fixtures/icecast/VERSION/DOCUMENT.http`."""

from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
GOLDEN = Path(__file__).parent / "golden"


def capture(name: str) -> bytes:
    """The body of a captured reply, such as `2.4.4/stats.many`."""
    return (FIXTURES / "icecast" / f"{name}.http").read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[2]
