"""Tasks that may not die quietly."""

import asyncio

from prometheus_client import CollectorRegistry

from exporter.polling.supervise import Supervisor


async def test_a_crash_is_counted_logged_and_the_task_started_again(caplog) -> None:
    registry, runs, done = CollectorRegistry(), [], asyncio.Event()

    async def fragile() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ZeroDivisionError
        done.set()
        await asyncio.sleep(60)

    supervisor = Supervisor(registry, first_pause=0.01)
    supervisor.start("fragile", fragile)
    await asyncio.wait_for(done.wait(), 30)
    assert registry.get_sample_value("radio_exporter_task_restarts_total", {"task": "fragile"}) == 2
    assert "fragile crashed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    await supervisor.stop()


async def test_a_stopped_task_is_gone_from_the_metrics() -> None:
    registry = CollectorRegistry()
    supervisor = Supervisor(registry)
    supervisor.start("a", lambda: asyncio.sleep(60))
    supervisor.start("b", lambda: asyncio.sleep(60))
    await supervisor.stop(["a"])
    assert registry.get_sample_value("radio_exporter_task_restarts_total", {"task": "a"}) is None
    assert registry.get_sample_value("radio_exporter_task_restarts_total", {"task": "b"}) == 0
    await supervisor.stop()


async def test_whoever_stumbles_over_the_end_of_another_task_is_started_again(caplog) -> None:
    registry, runs, done = CollectorRegistry(), [], asyncio.Event()

    async def stumbles() -> None:
        runs.append(1)
        if len(runs) == 1:
            other = asyncio.ensure_future(asyncio.sleep(60))
            other.cancel()
            await other
        done.set()
        await asyncio.sleep(60)

    supervisor = Supervisor(registry, first_pause=0.01)
    supervisor.start("stumbles", stumbles)
    await asyncio.wait_for(done.wait(), 30)
    assert registry.get_sample_value("radio_exporter_task_restarts_total", {"task": "stumbles"}) == 1
    await supervisor.stop()
    assert len(runs) == 2
