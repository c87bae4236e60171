"""Reads `/admin/stats`, the XML of Icecast 2.4, KH and 2.5, piece by piece as it arrives.

Shape: `<icestats>` holds the server's fields and one `<source mount="…">` per mount with its fields; names in any case,
white space between elements (KH), and in 2.5 nested elements inside a source, which are passed over. Broken UTF-8 and
control characters, which XML forbids and sources send, are replaced.
"""

from exporter.errors import ParseError
from exporter.icecast.reading import IcecastReading, Interpreter
from exporter.icecast.xml import Reader

LONGEST_TEXT = 10_000
"""Characters kept of one field. Titles can be long; nobody needs a megabyte of one."""


class StatsParser:
    """Feed it the pieces, then `close` it for the reading."""

    def __init__(self) -> None:
        self._interpreter = Interpreter()
        self._server: dict[str, str] = {}
        self._source: dict[str, str] | None = None
        self._mount = ""
        self._depth = 0
        self._leaf = ""
        self._text: list[str] = []
        self._reader = Reader(self._start, self._end, self._characters)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the document; ParseError as soon as it cannot be one."""
        self._reader.feed(piece)

    def close(self) -> IcecastReading:
        """The reading, once everything was fed; ParseError if the document is not whole."""
        self._reader.close()
        return self._interpreter.reading(self._server)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._text.clear()
        self._leaf = name
        if self._depth == 2 and name.lower() == "source":
            self._source, self._mount = {}, attributes.get("mount", "")
        elif self._depth == 1 and name.lower() != "icestats":
            kind = "HTML page" if name.lower() == "html" else "XML document"
            raise ParseError(f"an {kind}, but no Icecast statistics")

    def _end(self, name: str) -> None:
        # A leaf is an element that ends before another begins: inside a source on level 3, else on level 2.
        if self._source is None:
            if self._depth == 2 and name == self._leaf:
                self._server[name.lower()] = self._take_text()
        elif self._depth == 3 and name == self._leaf:
            self._source[name.lower()] = self._take_text()
        elif self._depth == 2:
            self._interpreter.mount(self._mount, self._source)
            self._source = None
        self._depth -= 1
        self._leaf = ""

    def _take_text(self) -> str:
        return "".join(self._text)[:LONGEST_TEXT].strip()

    def _characters(self, text: str) -> None:
        self._text.append(text)


def parse_stats(document: bytes) -> IcecastReading:
    """The reading of a whole document."""
    parser = StatsParser()
    parser.feed(document)
    return parser.close()
