import asyncio
import os
import signal
import sys
import time

import pytest

from demo.errors import DemoError, NotReadyError, ProgramEndedError
from demo.process import Program, find_program, running, start

FOR_EVER = "import time; time.sleep(600)"


def program(tmp_path, code: str, **settings) -> Program:
    return Program("the child", [sys.executable, "-c", code], tmp_path / "child.log", **settings)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_a_program_runs_for_the_length_of_the_block(tmp_path):
    async with running(program(tmp_path, FOR_EVER), ready=yes) as process:
        assert alive(process.pid)
    assert not alive(process.pid)
    assert process.exit_status == -signal.SIGTERM


async def test_a_program_is_ended_when_the_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError):
        async with running(program(tmp_path, FOR_EVER)) as process:
            raise ZeroDivisionError
    assert not alive(process.pid)


async def test_readiness_is_asked_until_it_is_there(tmp_path):
    mark = tmp_path / "mark"

    async def ready() -> bool:
        return mark.exists()

    code = f"import pathlib, time; time.sleep(0.2); pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    async with running(program(tmp_path, code), ready=ready):
        assert mark.exists()


async def test_a_child_that_dies_at_its_start_is_told_with_the_end_of_its_log(tmp_path):
    code = "import sys; print('line 1'); sys.exit('no such option')"
    began = time.monotonic()
    with pytest.raises(ProgramEndedError) as told:
        async with running(program(tmp_path, code), ready=no):
            pytest.fail("the block must not be entered")
    assert "the child ended by itself (exit 1)" in str(told.value)
    assert "no such option" in str(told.value)
    assert time.monotonic() - began < 5


async def test_a_child_that_dies_later_can_be_waited_for_by_many(tmp_path):
    async with running(program(tmp_path, FOR_EVER)) as process:
        waiting = [asyncio.create_task(process.wait()) for _ in range(3)]
        process.send(signal.SIGKILL)
        assert await asyncio.gather(*waiting) == [-signal.SIGKILL] * 3
        assert "signal SIGKILL" in str(process.ended())


async def test_a_program_that_never_gets_ready_is_ended_and_told(tmp_path):
    code = "print('still thinking', flush=True); import time; time.sleep(600)"
    with pytest.raises(NotReadyError, match=r"not ready within 0\.5 s(.|\n)*still thinking"):
        async with running(program(tmp_path, code), ready=no, within=0.5):
            pytest.fail("the block must not be entered")


async def test_one_that_will_not_listen_is_killed(tmp_path):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )

    async def deaf() -> bool:
        return "deaf" in (tmp_path / "child.log").read_text()

    async with running(program(tmp_path, code), ready=deaf) as process:
        await process.stop(patience=0.1)
        assert process.exit_status == -signal.SIGKILL


async def test_a_stopped_program_can_be_ended_politely(tmp_path):
    async with running(program(tmp_path, FOR_EVER)) as process:
        process.send(signal.SIGSTOP)
        await process.stop()
        assert process.exit_status == -signal.SIGTERM


async def test_the_environment_is_added_and_output_can_go_elsewhere(tmp_path):
    reader, writer = os.pipe()
    code = "import os, sys; print(os.environ['WORD'], bool(os.environ['PATH'])); print('to the log', file=sys.stderr)"
    process = await start(program(tmp_path, code, environment={"WORD": "hello"}), output=writer)
    os.close(writer)
    assert await process.wait() == 0
    with os.fdopen(reader) as output:
        assert output.read() == "hello True\n"
    assert "to the log" in process.tail()


def test_what_is_not_installed_is_named_with_its_remedy():
    with pytest.raises(DemoError, match=r"no-such-program or nor-this is not installed: `make setup`"):
        find_program("no-such-program", "nor-this")
