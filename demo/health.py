"""A container's health check without curl: `python -m demo.health URL [TEXT]` asks a page, and for a text on it."""

import asyncio
import sys

from demo.readiness import says


def main(arguments: list[str]) -> int:
    """Return 0 if the page answers and holds the text, else 1."""
    url, text = (*arguments, "")[:2]
    return 0 if asyncio.run(says(url, text)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
