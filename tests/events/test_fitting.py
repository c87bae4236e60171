"""Foreign texts in what the exporter sees: cut and cleaned, never refused."""

import json

from hypothesis import given
from hypothesis import strategies as st

from exporter.event import LARGEST_METADATA, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_VALUE, Event
from exporter.events.fitting import fitted
from tests.events.happenings import event

values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=400))


def test_lines_and_lengths() -> None:
    found = fitted(event(message="a\nb\x00" + "c" * 2000, source="s" * 500, deck="A\t", metadata={"x": "y\r" * 400}))
    assert found.message == "a b " + "c" * 996
    assert len(fitted(event(event="e" * 64)).event) == LONGEST_NAME == 63
    assert (len(found.source), found.deck, len(str(found.metadata["x"]))) == (100, "A", LONGEST_VALUE)


@given(st.text(max_size=1200), st.dictionaries(st.text(max_size=80), values, max_size=60))
def test_anything_fits(message: str, metadata: dict) -> None:
    found: Event = fitted(event(message=message, metadata=metadata))
    assert len(found.message) <= LONGEST_MESSAGE
    written = json.dumps(dict(found.metadata), ensure_ascii=False, allow_nan=False)
    assert len(written) <= LARGEST_METADATA
    written.encode()
    found.message.encode()
    assert not set(found.message) & {"\n", "\r", "\0", "\x1b", "\u2028"}
