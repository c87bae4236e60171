"""A kill between the asking to be forgotten and the checkpoint that would have heeded it."""

from pathlib import Path

from exporter.privacy import forget
from exporter.privacy.whose import Whose
from tests.audience.books import play
from tests.privacy.people import ANNA, exporter, kept, listened


async def test_the_journal_brings_nobody_back(tmp_path: Path) -> None:
    async with exporter(tmp_path, None, killed=True) as books:
        await listened(books)
        anna = play(books, "x", "started", 0, address=ANNA).listener
        books._database.write_now(lambda connection: forget._put_down(connection, Whose("address", (anna.address,))))
    assert kept(tmp_path, None)["journal"]
    async with exporter(tmp_path, None) as books:
        await books.tell([play(books, "again", "closed", 3700, address=ANNA, lasted=1000)])
    assert len(kept(tmp_path, None)["session"]) == 2  # Otto's, and Anna's of afterwards
