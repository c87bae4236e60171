"""The page: families once, formats, gzip."""

import gzip
import zlib

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.page import Family, Page, assemble, labels, number, sample

UP = Family("x_up", "gauge", "Whether.\nReally \\ so.", ("server",))
BYTES = Family("x_bytes_total", "counter", "Bytes.", ("server",))
INFO = Family("x_info", "gauge", "1.", ("server", "version"))
FAMILIES = (UP, BYTES, INFO)


def block(server: str, value: float) -> dict[str, str]:
    return {
        "x_up": sample(UP, labels(server=server), 1),
        "x_bytes_total": sample(BYTES, labels(server=server), value),
        "x_info": sample(INFO, labels(server=server, version='2 "b" \\ \n'), 1),
    }


def test_two_targets_share_each_family() -> None:
    page = assemble(FAMILIES, [block("a", 1), block("b", 2)], openmetrics=False)
    assert page.count("# TYPE x_up gauge") == 1
    found = {(s.name, s.labels["server"]): s.value for f in parse_text(page) for s in f.samples}
    assert found["x_bytes_total", "a"] == 1
    assert found["x_bytes_total", "b"] == 2


def test_openmetrics_is_read_back_by_the_official_parser() -> None:
    page = assemble(FAMILIES, [block("a", 1.5)], openmetrics=True) + "# EOF\n"
    families = {family.name: family for family in parse_openmetrics(page)}
    assert families["x_bytes"].type == "counter"
    assert families["x"].type == "info"
    assert families["x"].samples[0].labels["version"] == '2 "b" \\ \n'
    assert families["x_up"].documentation == "Whether.\nReally \\ so."


def test_only_the_named_families() -> None:
    page = assemble(FAMILIES, [block("a", 1)], openmetrics=False, names={"x_up"})
    assert [family.name for family in parse_text(page)] == ["x_up"]


def test_page_and_tail_are_kept_until_one_of_them_is_replaced() -> None:
    page, first, tail = Page(FAMILIES, openmetrics=False), block("a", 1), b"own 1\n"
    kept, packed = page.text([first], tail), page.gzip([first], tail)
    assert page.text([first], tail) is kept
    assert page.gzip([first], tail) is packed
    assert page.text([first], b"own 2\n").endswith(b"own 2\n")
    assert b"} 2" in page.text([block("a", 2)], tail)
    assert b'server="b"' in page.text([first, block("b", 1)], tail)
    assert b'server="b"' not in page.text([first], tail)


@pytest.mark.parametrize("blocks", [[], [block("a", 1)], [block(f"server-{n}", n) for n in range(300)]])
@pytest.mark.parametrize("tail", [b"", b"# EOF\n", b"own_metric 1\n" * 1000])
def test_gzip_is_the_same_page_in_one_member(blocks: list[dict[str, str]], tail: bytes) -> None:
    page = Page(FAMILIES, openmetrics=False)
    for after in (tail, b"other\n"):
        packed = page.gzip(blocks, after)
        assert gzip.decompress(packed) == page.text(blocks, after)
        one_member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert one_member.decompress(packed) == page.text(blocks, after)
        assert one_member.eof
        assert not one_member.unused_data


def test_numbers() -> None:
    assert [number(value) for value in (0, 12, 0.25, float("inf"), 1795226914.0)] == [
        "0", "12", "0.25", "+Inf", "1795226914.0",
    ]  # fmt: skip
