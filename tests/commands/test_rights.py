"""`radio-exporter forget` and `export`: beside a running exporter, without one, after one was killed."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from exporter.cli import main
from exporter.store.claim import Claim
from exporter.store.database import database_url
from tests.audience.books import play
from tests.privacy.people import ANNA, ASKED, OTTO, asked, exporter, kept, listened
from tests.store.stores import KINDS, given


@pytest.fixture
def url(kind: str, request) -> str | None:
    return given(kind, request)


def config(folder: Path, url: str | None = None, more: str = "") -> str:
    file = folder / "exporter.yaml"
    store = f"store: {{url: '{url}'}}\n" if url else ""
    file.write_text(f"icecast: [{{name: main, url: 'http://127.0.0.1:9'}}]\nstate_dir: {folder}\n{store}{more}")
    return f"--config.file={file}"


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


def identities(folder: Path, url: str | None) -> list[str]:
    return sorted(bytes(row["identity"]).hex() for row in kept(folder, url)["session"])


@pytest.mark.parametrize("kind", KINDS)
async def test_forget_beside_a_running_exporter(tmp_path: Path, url: str | None, capsys) -> None:
    async with exporter(tmp_path, url) as books:
        await listened(books)
        still = play(books, "open", "started", 0, address=ANNA)
        await books.tell([still])
        assert books.known(still.key)
        assert await run("forget", f"--ip={ANNA}", config(tmp_path, url)) == 0
        assert capsys.readouterr().out == "removed:\n  session: 3\n  listen: 1\n  request: 0\n"
        await books.tell([play(books, "otto1", "closed", 61, address=OTTO, lasted=51_000)])
        async with asyncio.timeout(30):  # with its next checkpoint, a minute later at most, it drops them from memory
            while books.known(still.key):
                await asyncio.sleep(0.1)
        late = play(books, "open", "updated", 90, address=ANNA)
        await books.tell([structs.replace(late, listener=None)])
        assert books.tallies.present.everyone == 0
    found = kept(tmp_path, url)
    assert [len(found[name]) for name in ("session", "listen", "journal", "erasure", "audit")] == [1, 1, 0, 1, 1]
    (line,) = found["audit"]
    assert (line["action"], line["row_count"], line["detail"]) == ("forget", 4, "by address")
    assert {bytes(row["address"]) for row in found["session"]} != {bytes(found["erasure"][0]["address"])}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("killed", [True, False])
async def test_forget_without_an_exporter(tmp_path: Path, url: str | None, killed: bool, capsys) -> None:
    async with exporter(tmp_path, url, killed=killed) as books:
        await listened(books)
    assert bool(kept(tmp_path, url)["journal"]) == killed, "a killed one leaves what it was told in the journal"
    assert await run("forget", f"--ip={ANNA}", config(tmp_path, url)) == 0
    assert capsys.readouterr().out == "removed:\n  session: 2\n  listen: 1\n  request: 0\n"
    found = kept(tmp_path, url)
    assert [len(found[name]) for name in ("session", "listen", "journal")] == [1, 1, 0]
    async with exporter(tmp_path, url) as books:  # and they do not come back
        assert books.tallies.counters.value("sessions_started", "s1", "jazz") == 3
        await books.tell([play(books, "anna9", "closed", 60, address=ANNA, lasted=1000)])
    assert len(kept(tmp_path, url)["session"]) == 2, "who listens again afterwards is a listener again"
    assert Claim(database_url(url, tmp_path)).try_take(), "the command has let go of the database"


async def test_forget_one_identity(tmp_path: Path, capsys) -> None:
    async with exporter(tmp_path, None) as books:
        await listened(books)
    anna = next(who for who in identities(tmp_path, None) if identities(tmp_path, None).count(who) == 2)
    assert await run("forget", f"--identity={anna.upper()}", config(tmp_path)) == 0
    assert capsys.readouterr().out == "removed:\n  session: 2\n  listen: 1\n  request: 0\n"
    assert anna not in identities(tmp_path, None)
    assert await run("forget", f"--identity={anna}", config(tmp_path)) == 0
    assert capsys.readouterr().out == "removed:\n  session: 0\n  listen: 0\n  request: 0\n"
    numbers = [row["id"] for row in kept(tmp_path, None)["erasure"]]
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 1_700_000_000_000, "a number is never given twice, also when older rows were cleaned away"


@pytest.mark.parametrize("running", [True, False])
async def test_nothing_of_them_is_left_in_the_files(tmp_path: Path, running: bool) -> None:
    async with exporter(tmp_path, None) as books:
        await listened(books)
        who = play(books, "anna1", "started", 0, address=ANNA).listener
        if running:
            await run("forget", f"--ip={ANNA}", config(tmp_path))
            assert in_the_files(tmp_path, who.identity) == []
    if not running:
        assert in_the_files(tmp_path, who.identity) == ["radio.db"]
        await run("forget", f"--ip={ANNA}", config(tmp_path))
    assert in_the_files(tmp_path, who.identity) == []
    assert in_the_files(tmp_path, ANNA.encode()) == []


def in_the_files(folder: Path, what: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if what in file.read_bytes()]


def requesters(folder: Path, url: str | None) -> list[bytes | None]:
    """Of the four requests, in their order."""
    rows = sorted(kept(folder, url)["request"], key=lambda row: row["request_id"])
    return [None if row["requester"] is None else bytes(row["requester"]) for row in rows]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("running", [True, False])
async def test_who_asked_for_songs_is_forgotten(tmp_path: Path, url: str | None, running: bool, capsys) -> None:
    async with exporter(tmp_path, url) as books:
        await listened(books)
        await asked(books)
        anna, otto = books.requester(ANNA), books.requester(OTTO)
        if running:
            assert await run("forget", f"--ip={ANNA}", config(tmp_path, url)) == 0
    if not running:
        assert requesters(tmp_path, url) == [anna, anna, anna, otto]
        assert await run("forget", f"--ip={ANNA}", config(tmp_path, url)) == 0
    assert capsys.readouterr().out == "removed:\n  session: 2\n  listen: 1\n  request: 3\n"
    assert requesters(tmp_path, url) == [None, None, None, otto], "the requests stay, and count"
    (line,) = kept(tmp_path, url)["audit"]
    assert line["row_count"] == 6
    assert await run("forget", f"--ip={ANNA}", config(tmp_path, url)) == 0
    assert "request: 0" in capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
async def test_who_asked_for_songs_is_forgotten_by_identity(tmp_path: Path, url: str | None, capsys) -> None:
    """Requests are known by the address alone: those of the address that this player listened from."""
    async with exporter(tmp_path, url) as books:
        await listened(books)
        await asked(books)
        otto = books.requester(OTTO)
    anna = next(who for who in identities(tmp_path, url) if identities(tmp_path, url).count(who) == 2)
    assert await run("forget", f"--identity={'0' * 32}", config(tmp_path, url)) == 0
    assert "request: 0" in capsys.readouterr().out
    assert await run("forget", f"--identity={anna}", config(tmp_path, url)) == 0
    assert capsys.readouterr().out == "removed:\n  session: 2\n  listen: 1\n  request: 3\n"
    assert requesters(tmp_path, url) == [None, None, None, otto]


async def test_nothing_of_who_asked_is_left_in_the_files(tmp_path: Path) -> None:
    async with exporter(tmp_path, None) as books:
        await asked(books)
        anna, otto = books.requester(ANNA), books.requester(OTTO)
    assert in_the_files(tmp_path, anna) == ["radio.db"]
    await run("forget", f"--ip={ANNA}", config(tmp_path))
    table = "erasure"  # a hash stays there, by which a running exporter knows whom to forget
    assert [bytes(row["address"]) for row in kept(tmp_path, None)[table]] == [anna]
    assert (tmp_path / "radio.db").read_bytes().count(anna) == 1
    assert in_the_files(tmp_path, otto) == ["radio.db"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["ip", "identity"])
async def test_export_shows_what_was_asked_for(tmp_path: Path, url: str | None, by: str, capsys) -> None:
    async with exporter(tmp_path, url) as books:
        await listened(books)
        await asked(books)
        anna = books.requester(ANNA)
    identity = next(who for who in identities(tmp_path, url) if identities(tmp_path, url).count(who) == 2)
    whose = f"--ip={ANNA}" if by == "ip" else f"--identity={identity}"
    assert await run("export", whose, config(tmp_path, url)) == 0
    said = capsys.readouterr().out
    of_time = {row["asked"]: row for row in json.loads(said)["request"]}
    first, second, timeless = (of_time[at] for at in (written(ASKED), written(ASKED + 1000), None))
    assert first == {
        "server": "studio-a", "asked": written(ASKED), "song_id": 7, "outcome": "song_queued", "artist": "Die Käfer",
        "title": "Hallo",
    }  # fmt: skip
    assert (second["song_id"], second["artist"], second["title"]) == (99, None, None)
    assert (timeless["outcome"], timeless["artist"]) == ("expired", None)
    assert len(json.loads(said)["request"]) == 3, "not Otto's"
    assert anna.hex() not in said
    assert kept(tmp_path, url)["audit"][0]["row_count"] == 6


def written(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_an_exporter_that_does_not_write_is_said(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("exporter.privacy.settle.PATIENCE", 1)
    async with exporter(tmp_path, None, killed=True) as books:
        await listened(books)
    holder = Claim(database_url(None, tmp_path))
    assert holder.try_take()
    assert await run("forget", f"--ip={ANNA}", config(tmp_path)) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "radio-exporter: the running exporter has written nothing for 1 s: see its log, then give the same command again"
    )
    holder.release()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("running", [True, False])
async def test_export_shows_what_is_kept_and_no_address(tmp_path: Path, url: str | None, running: bool, capsys) -> None:
    async with exporter(tmp_path, url, killed=True) as books:
        await listened(books)
        if running:
            assert await run("export", f"--ip={ANNA}", config(tmp_path, url)) == 0
    if not running:
        assert await run("export", f"--ip={ANNA}", config(tmp_path, url)) == 0
    said = capsys.readouterr().out
    found = json.loads(said)
    assert [one["channel"] for one in found["session"]] == ["jazz", "jazz"]
    assert found["session"][0]["started"].endswith("Z")
    assert found["session"][0]["seen"] > found["session"][0]["started"]
    assert [one["source"] for one in found["listen"]] == ["jazz"]
    (row,) = {one["identity"] for table in found.values() for one in table}
    assert row in identities(tmp_path, url)
    hashed = [bytes(one["address"]).hex() for one in kept(tmp_path, url)["session"]]
    assert not any(one in said for one in [*hashed, ANNA, OTTO])
    (line,) = kept(tmp_path, url)["audit"]
    assert (line["action"], line["row_count"], line["detail"]) == ("export", 3, "by address")


async def test_export_of_an_identity_as_csv(tmp_path: Path, capsys) -> None:
    async with exporter(tmp_path, None) as books:
        await listened(books)
    anna = next(who for who in identities(tmp_path, None) if identities(tmp_path, None).count(who) == 2)
    assert await run("export", f"--identity={anna}", "--format=csv", config(tmp_path)) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["table"] for row in found] == ["session", "session", "listen"]
    assert {row["identity"] for row in found} == {anna}
    assert [row["referrer"] for row in found] == ["", "", "e.org"]
    assert await run("export", f"--identity={'0' * 32}", "--format=csv", config(tmp_path)) == 0
    assert capsys.readouterr().out.strip() == "table"


async def test_daily_keys_find_today_alone_and_say_so(tmp_path: Path, capsys) -> None:
    more = "privacy: {mode: daily}\n"
    async with exporter(tmp_path, None):
        pass
    assert await run("forget", f"--ip={ANNA}", config(tmp_path, more=more)) == 0
    assert "with privacy.mode daily the keys of earlier days are gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forget", "--ip=nowhere"], "command line: --ip: is no address: write one such as 192.0.2.1 or 2001:db8::1"),
        (["forget", "--identity=abc"], "command line: --identity: is no identity: it has 32 hexadecimal digits"),
        (["export", "--identity=zz"], "command line: --identity: is no identity: it has 32 hexadecimal digits"),
    ],
)
async def test_what_cannot_work_is_one_line(arguments: list[str], said: str, tmp_path: Path, capsys) -> None:
    async with exporter(tmp_path, None):
        pass
    assert await run(*arguments, config(tmp_path)) == 1
    assert capsys.readouterr().err.splitlines() == [f"radio-exporter: {said}"]


async def test_a_wrong_configuration_is_noticed(tmp_path: Path, capsys, monkeypatch) -> None:
    """A command that is not told where the exporter keeps its things must not say that there is nothing."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "else"))
    hint = "name the exporter's own configuration with --config.file, and run this as the same user"
    assert await run("forget", f"--ip={ANNA}") == 1
    assert (
        capsys.readouterr().err == f"radio-exporter: {tmp_path}/else/radio.db: holds nothing of an exporter: {hint}\n"
    )
    assert not (tmp_path / "else/radio.db").exists()
    async with exporter(tmp_path, None):
        pass
    (tmp_path / "identity.key").unlink()
    assert await run("export", f"--ip={ANNA}", config(tmp_path)) == 1
    assert capsys.readouterr().err == f"radio-exporter: {tmp_path}: holds no key of identities: {hint}\n"


@pytest.mark.parametrize("arguments", [["forget"], ["export", "--ip=a", "--identity=b"]])
def test_one_of_the_two_must_be_given(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
