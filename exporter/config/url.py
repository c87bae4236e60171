"""What an address of something that is asked over HTTP must look like."""

import re
from urllib.parse import urlsplit


def url_fault(url: str, example: str = "http://127.0.0.1:8000") -> str | None:
    """What is wrong with an address; None if nothing is. It is never quoted, for it may hold a password."""
    advice = f"write one such as {example}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        return f"is no address: {advice}"
    if parts.scheme not in ("http", "https") or not host:
        return f"is no http or https address: {advice}"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password: put them into `username` and `password_file`"
    if re.search(r"[\s?#]", url):
        return f"holds more than an address: {advice}"
    return None
