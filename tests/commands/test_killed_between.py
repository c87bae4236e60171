import asyncio
from pathlib import Path
from exporter.cli import main
from tests.audience.books import audience, play
from tests.commands.test_rights import config, run
from tests.privacy.people import ANNA, exporter, kept, listened
from exporter.privacy import settle, forget
from exporter.privacy.whose import Whose


async def test_forget_survives_a_kill_before_the_checkpoint(tmp_path: Path) -> None:
    async with exporter(tmp_path, None, killed=True) as books:
        await listened(books)
        anna = play(books, "x", "started", 0, address=ANNA).listener
        books._database.write_now(lambda c: forget._put_down(c, Whose("address", (anna.address,))))
    assert kept(tmp_path, None)["journal"]
    async with exporter(tmp_path, None) as books:
        await asyncio.sleep(0.3)
        await books.tell([play(books, "again", "closed", 3700, address=ANNA, lasted=1000)])
    assert len(kept(tmp_path, None)["session"]) == 2
