from ipaddress import IPv4Network, IPv6Network, ip_network

import maxminddb
from hypothesis import given
from hypothesis import strategies as st

from demo.mmdb import database

BUILT = 1_790_000_000
BLOCKS = [f"10.{number}.0.0/16" for number in range(0, 256, 5)] + [f"2001:db8:{number:x}::/48" for number in range(40)]

texts = st.text(max_size=200)
records = st.dictionaries(
    texts, st.one_of(texts, st.floats(allow_nan=False), st.dictionaries(texts, texts, max_size=3)), max_size=4
)


def opened(content: bytes, folder) -> maxminddb.Reader:
    file = folder / "some.mmdb"
    file.write_bytes(content)
    return maxminddb.open_database(str(file))


@given(st.dictionaries(st.sampled_from(BLOCKS), records, min_size=1, max_size=20))
def test_the_official_reader_finds_what_was_written_and_nothing_else(tmp_path_factory, networks):
    content = database({ip_network(name): record for name, record in networks.items()}, BUILT)
    with opened(content, tmp_path_factory.mktemp("mmdb")) as reader:
        for name in BLOCKS:
            network = ip_network(name)
            for address in (network.network_address, network.broadcast_address):
                assert reader.get(address) == networks.get(name)


def test_it_says_when_it_was_built_and_what_it_is(tmp_path):
    content = database({IPv4Network("192.0.2.0/24"): {}, IPv6Network("2001:db8::/32"): {}}, BUILT)
    with opened(content, tmp_path) as reader:
        said = reader.metadata()
    assert (said.build_epoch, said.ip_version, said.database_type) == (BUILT, 6, "Demo-City")
