"""The command line: one station with no file, health, and what cannot go together."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from demo.ports import free_port
from exporter.cli import main
from tests.faulty import faulty_icecast

PROGRAM = (sys.executable, "-m", "exporter")


async def get(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer


@pytest.mark.parametrize("by", ["flags", "environment"])
async def test_one_station_needs_no_file(by: str, tmp_path: Path, monkeypatch) -> None:
    port, secret = free_port(), tmp_path / "secret"
    secret.write_text("hackme", encoding="utf-8")
    async with faulty_icecast() as server:
        flags = [f"--icecast.url={server.url}", f"--icecast.password-file={secret}"] if by == "flags" else []
        if by == "environment":
            monkeypatch.setenv("ICECAST_URL", server.url)
            monkeypatch.setenv("ICECAST_PASSWORD", "hackme")
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            "serve",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.format=json",
            *flags,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            for _ in range(200):
                await asyncio.sleep(0.05)
                try:
                    if 'icecast_up{server="icecast"} 1' in await get(port, "/metrics"):
                        break
                except OSError:
                    continue
            else:
                pytest.fail("never up")
            health = await asyncio.create_subprocess_exec(*PROGRAM, "health", f"http://127.0.0.1:{port}")
            assert await health.wait() == 0
        finally:
            process.terminate()
            _, said = await process.communicate()
        assert process.returncode == 0
        assert b"listening on" in said
        assert b"hackme" not in said
        assert server.authorizations


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve"], "command line: names no server to watch: give --icecast.url, --shoutcast.url or --config.file"),
        (["serve", "--icecast.url=main"], "command line: icecast[0].url: is no http or https address: write one such as http://127.0.0.1:8000"),
        (["serve", "--icecast.url=http://x", "--config.file=y"], "command line: --icecast.url and --config.file are both given: keep one"),
        (["serve", "--config.file=/nonexistent"], "/nonexistent: cannot be read (No such file or directory): check the path and its permissions"),
        (["serve", "--icecast.url=http://127.0.0.1", "--web.listen-address=x"],
         "command line: --web.listen-address: 'x' is no address to listen on: write host:port, such as 127.0.0.1:10880"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_line(arguments: list[str], said: str, capsys, monkeypatch) -> None:
    monkeypatch.delenv("ICECAST_URL", raising=False)
    assert main(arguments) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"radio-exporter: {said}"


def test_a_taken_port_is_one_line(capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--icecast.url=http://127.0.0.1:1", f"--web.listen-address=127.0.0.1:{port}"]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_health_of_nobody(capsys) -> None:
    assert main(["health", f"http://127.0.0.1:{free_port()}"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_a_wrong_flag_is_status_2(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--speed"])
    assert ended.value.code == 2
