import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.sam.database.texts import mend

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def as_served(stored: bytes) -> str:
    """What MySQL makes of the bytes of a latin1 column."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in stored)


def shown(text: str) -> str:
    """Without what nobody wants to see."""
    return "".join(c for c in text if not (c < " " or "\x7f" <= c <= "\x9f")).strip()


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (b"Blue in Green", "Blue in Green"),
        ("Café".encode("cp1252"), "Café"),
        ("Café".encode(), "Café"),
        ("Кино – Группа крови".encode(), "Кино – Группа крови"),
        ("Sigur Rós – Ágætis byrjun".encode("cp1252"), "Sigur Rós – Ágætis byrjun"),
        ("Áá".encode(), "Áá"),  # its second byte, 81, is none of Windows-1252's
        ("久石譲 – 🎹".encode(), "久石譲 – 🎹"),
        ("“Heroes” €5".encode("cp1252"), "“Heroes” €5"),
        ("Ã©".encode(), "Ã©"),  # mended once, not twice
        ("Über Ä".encode("cp1252"), "Über Ä"),  # ends like the beginning of a character of UTF-8
        ("Motörhead – Ö".encode()[:-1], "Motörhead –"),  # cut off by the column's end
        (b"A\x00B\x1bC\tD\x7f\xc2\x85", "ABCD"),
        (b"  padded \r\n", "padded"),
    ],
)
def test_auto_finds_out_how_a_text_was_written(stored, meant):
    assert mend(as_served(stored), "auto", 255) == meant


@pytest.mark.parametrize("text", ["Кино", "Ænima – Łódź", "日本", "Ångström Ω"])
@pytest.mark.parametrize("encoding", ["auto", "utf-8", "latin1"])
def test_a_column_of_real_unicode_stays_as_it_is(text, encoding):
    assert mend(text, encoding, 255) == text


def test_latin1_never_and_utf_8_always():
    mojibake = as_served("Café".encode())
    assert mend(mojibake, "latin1", 255) == "CafÃ©"
    assert mend(mojibake, "utf-8", 255) == "Café"
    assert mend(as_served("Café!".encode("cp1252")), "utf-8", 255) == "Caf�!"


def test_a_text_fits_the_store_after_it_was_mended():
    assert mend(as_served("é".encode() * 60), "auto", 50) == "é" * 50
    assert mend("word and more", "auto", 5) == "word"


@given(st.text(max_size=60), st.sampled_from(["auto", "utf-8", "latin1"]), st.integers(1, 255))
@example("\ud800", "auto", 1)
@example("\x81\ud800é", "utf-8", 9)
def test_any_string_comes_back_as_one_that_can_be_stored(text, encoding, length):
    mended = mend(text, encoding, length)
    assert len(mended) <= length
    assert mended.encode().decode() == mended == shown(mended)


@given(TEXTS)
def test_every_text_in_utf_8_is_restored(text):
    assert mend(as_served(text.encode()), "auto", 255) == shown(text)
    assert mend(as_served(text.encode()), "utf-8", 255) == shown(text)


@given(st.binary(max_size=60))
def test_whatever_bytes_a_column_holds(stored):
    for encoding in ("auto", "utf-8", "latin1"):
        assert isinstance(mend(as_served(stored), encoding, 255), str)
