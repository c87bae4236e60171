"""A forgiving, harmless XML reader over expat: broken text is mended, entities of the document's own are refused."""

import codecs
import re
from collections.abc import Callable
from xml.parsers import expat

from exporter.errors import ParseError

# What XML 1.0 forbids (section 2.2) and sources send in titles all the same.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Reader:
    """Feeds a document to three callbacks.

    Args:
        start: gets an element's name and its attributes.
        end: gets the name of the element that ended.
        characters: gets text, possibly in several parts.
    """

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        characters: Callable[[str], None],
    ) -> None:
        # Icecast's documents name no encoding and are meant as UTF-8; what is not is replaced, not refused.
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._expat = expat.ParserCreate("utf-8")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = start
        self._expat.EndElementHandler = end
        self._expat.CharacterDataHandler = characters
        self._expat.EntityDeclHandler = self._refuse_entity

    def feed(self, piece: bytes) -> None:
        """The next bytes of the document.

        Raises:
            ParseError: not well-formed, or it declares entities of its own (which could expand without end).
        """
        self._parse(self._decoder.decode(piece), final=False)

    def close(self) -> None:
        """The document is whole; ParseError if it is not."""
        self._parse(self._decoder.decode(b"", final=True), final=True)

    def _parse(self, text: str, *, final: bool) -> None:
        try:
            self._expat.Parse(_FORBIDDEN.sub(" ", text), final)
        except expat.ExpatError as error:
            raise ParseError(f"the document is cut off or broken: {expat.ErrorString(error.code)}") from error

    @staticmethod
    def _refuse_entity(*_: object) -> None:
        raise ParseError("the document declares entities, which Icecast never does")
