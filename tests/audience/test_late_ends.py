"""Ends that are told before their beginnings, and ends that nobody told."""

import asyncio
from pathlib import Path

from msgspec import structs

from exporter.audience.audience import Audience
from tests.audience.books import audience, play
from tests.audience.test_recorder import WHERE, figure


async def written(books: Audience) -> None:
    """Return when a checkpoint has written everything and let go of what is over."""
    while books._ledger.waiting or books._ledger._leaving or books._ledger._newcomers:
        await asyncio.sleep(0.05)


async def test_a_listener_whose_end_was_told_first_is_not_new_again(tmp_path: Path) -> None:
    """The same person in two sessions; of one of them the end is told long before the beginning."""
    async with audience(tmp_path) as books:
        await books.tell([play(books, "a", "closed", 50, begins=False)])
        await books.tell([play(books, "b", "started", 60)])
        await written(books)
        # Decoded while the session was in memory still, so without its listener; told when it had left.
        await books.tell([structs.replace(play(books, "a", "started", 0), listener=None)])
        assert figure(books, "radio_listeners_new_total", **WHERE) == 1
        assert figure(books, "radio_listeners_returning_total", **WHERE) == 1


async def test_nor_if_the_session_is_still_in_memory(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        await books.tell([play(books, "b", "started", 60)])
        await written(books)
        await books.tell([play(books, "a", "updated", 50, begins=False)])  # stays in memory: it has not ended
        await books.tell([play(books, "a", "started", 0)])
        assert figure(books, "radio_listeners_new_total", **WHERE) == 1
        assert figure(books, "radio_listeners_returning_total", **WHERE) == 1


async def test_what_expired_was_told_by_nobody(tmp_path: Path) -> None:
    """It is neither a telling nor a sign of life: that the sender is silent must show."""
    async with audience(tmp_path, audience={"idle_after": "1s"}) as books:
        await books.tell([play(books, "a", "started", 0)])
        await written(books)
        told = figure(books, "radio_ingest_last_fact_timestamp_seconds", sender="test")
        assert told
        while figure(books, "radio_sessions_active", **WHERE):
            await asyncio.sleep(0.05)
        await written(books)
        assert figure(books, "radio_sessions_closed_total", **WHERE, reason="expired") == 1
        assert figure(books, "radio_ingest_facts_total", sender="test", kind="started") == 1
        assert figure(books, "radio_ingest_facts_total", sender="test", kind="closed") is None
        assert figure(books, "radio_ingest_last_fact_timestamp_seconds", sender="test") == told
