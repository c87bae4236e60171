"""A studio's connection, when all is well and when nothing is."""

import asyncio
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.schema_sam import SamDatabase, SamTls
from exporter.config.units import Duration, Secret
from exporter.errors import AuthRefused, ConnectionFailed, ParseError, PollError, PollTimeout
from exporter.sam.database import link as link_module
from exporter.sam.database.client import SamClient
from exporter.sam.database.connection import Connection
from exporter.sam.database.link import Link
from tests.mariadb import MariaDB, own_server
from tests.sam.samdb import PASSWORD, SamDb, studio

Opens = Callable[[SamDatabase], Connection]


def one(link: Link) -> int:
    return link.rows("", "SELECT 1")[0][0]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sam-")]


async def left_over() -> list[str]:
    """The threads that are still there two seconds after they should have ended."""
    until = time.monotonic() + 2
    while threads() and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return threads()


async def raised_by(connection: Connection, work: Callable[[Link], object] = one) -> tuple[PollError, float]:
    """The error, and how many seconds it took."""
    began = time.monotonic()
    with pytest.raises(PollError) as raised:
        await connection.run(work)
    return raised.value, time.monotonic() - began


@pytest.fixture
async def opens() -> AsyncIterator[Opens]:
    """Makes connections, which are closed in the end and leave no thread behind."""
    made: list[Connection] = []

    def connection(config: SamDatabase) -> Connection:
        made.append(Connection(config))
        return made[-1]

    yield connection
    for each in made:
        await each.close()
    assert await left_over() == []


class TestToAHealthyServer:
    async def test_one_thread_and_one_connection_do_everything(self, sam_db, opens):
        connection = opens(sam_db.config(name="studio-a"))
        who = await asyncio.gather(
            *(connection.run(lambda link: (threading.current_thread().name, connection_id(link))) for _ in range(5))
        )
        assert who == [("sam-studio-a_0", who[0][1])] * 5

    async def test_it_cannot_hurt_the_database(self, sam_db, opens):
        """Not even as root, who may do anything."""
        row = sam_db.play()
        connection = opens(sam_db.config(user="root", password=None, timeout="1s"))
        statement = "DELETE FROM historylist"
        error, _ = await raised_by(connection, lambda link: link.rows("", statement))
        assert "1792" in str(error)  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        assert sam_db.run("SELECT ID FROM historylist") == [(row,)]

    async def test_the_server_gives_up_before_we_do(self, sam_db, opens):
        connection = opens(sam_db.config(interval="10s", timeout="3s"))
        names = ("max_statement_time", "lock_wait_timeout", "tx_read_only", "autocommit", "wait_timeout", "sql_mode")
        [limits] = await connection.run(
            lambda link: link.rows("", "SELECT " + ", ".join(f"@@SESSION.{name}" for name in names))
        )
        assert [str(limit) for limit in limits] == ["2.1", "2", "1", "1", "60", ""]

    async def test_a_query_that_takes_too_long_is_ended_on_the_server(self, sam_db, opens):
        connection = opens(sam_db.config(timeout="1s"))
        error, seconds = await raised_by(connection, lambda link: link.rows("", "SELECT SLEEP(30)"))
        assert isinstance(error, PollTimeout)
        assert seconds < 2
        assert running(sam_db) == []
        assert await connection.run(one) == 1

    async def test_a_connection_that_asked_nothing_for_long_is_opened_again(self, sam_db, opens, monkeypatch):
        monkeypatch.setattr(link_module, "SHORTEST_IDLE", 1)
        connection = opens(sam_db.config(interval="100ms", timeout="2s"))
        first = await connection.run(connection_id)
        await asyncio.sleep(1.3)  # the server has dropped it
        assert await connection.run(connection_id) != first

    async def test_a_bug_is_not_taken_for_the_servers_fault(self, sam_db, opens):
        connection = opens(sam_db.config())
        with pytest.raises(ZeroDivisionError):
            await connection.run(lambda link: 1 // 0)
        assert await connection.run(one) == 1

    async def test_closed_is_closed(self, sam_db, opens):
        connection = opens(sam_db.config())
        await connection.run(one)
        await connection.close()
        await connection.close()
        assert await left_over() == []
        assert running(sam_db, "Sleep") == []
        with pytest.raises(ConnectionFailed, match="closed"):
            await connection.run(one)

    async def test_a_password_in_any_script(self, sam_db, opens):
        sam_db.run(f"SET PASSWORD FOR {sam_db.user} = PASSWORD('пароль – ü')")
        assert await opens(sam_db.config(password=Secret("пароль – ü"))).run(one) == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "meaning"),
        [
            ({"password": Secret("wrong")}, (AuthRefused, "refused the credentials")),
            ({"password": None}, (AuthRefused, "refused the credentials")),
            ({"user": "stranger"}, (AuthRefused, "refused the credentials")),
            ({"database": "mysql"}, (AuthRefused, "may use nothing in the database")),
            ({"user": "root", "password": None, "database": "SAMDBX"}, (ParseError, "no database of this name")),
            ({"host": "studio.invalid"}, (ConnectionFailed, "cannot be resolved")),
            ({"host": "no host at all"}, (ConnectionFailed, "cannot be resolved")),
            ({"port": 1}, (ConnectionFailed, r"no connection \(Connection refused\)")),
            ({"tls": SamTls(enabled=True)}, (ConnectionFailed, "no trusted TLS connection")),
            ({"tls": SamTls(enabled=True, ca_file="/nowhere.pem")}, (ConnectionFailed, "ca_file")),
        ],
    )
    async def test_with_the_reason(self, sam_db, opens, caplog, changes, meaning):
        caplog.set_level("DEBUG")
        error, says = meaning
        config = sam_db.config(**changes)
        connection = opens(config)
        for _ in range(2):
            with pytest.raises(error, match=says) as raised:
                await connection.run(one)
        said = str(raised.value) + caplog.text + repr(raised.value.__cause__)
        for secret in (PASSWORD, "wrong", config.user, config.host):
            assert secret not in said

    async def test_a_password_that_changes(self, sam_db, opens):
        """Who is in stays in; who comes again is not let in until he knows the new one."""
        connection = opens(sam_db.config())
        await connection.run(one)
        sam_db.run(f"SET PASSWORD FOR {sam_db.user} = PASSWORD('another')")
        assert await connection.run(one) == 1
        sam_db.run(f"KILL {await connection.run(connection_id)}")
        assert isinstance((await raised_by(connection))[0], ConnectionFailed)
        assert isinstance((await raised_by(connection))[0], AuthRefused)
        sam_db.run(f"SET PASSWORD FOR {sam_db.user} = PASSWORD('{PASSWORD}')")
        assert await connection.run(one) == 1

    async def test_a_user_who_must_use_tls(self, sam_db, opens):
        sam_db.run(f"ALTER USER {sam_db.user} REQUIRE SSL")
        error, _ = await raised_by(opens(sam_db.config()))
        assert isinstance(error, AuthRefused)

    async def test_too_many_connections(self, sam_db, opens):
        sam_db.run(f"ALTER USER {sam_db.user} WITH MAX_USER_CONNECTIONS 1")
        first, second = opens(sam_db.config()), opens(sam_db.config())
        await first.run(one)
        error, _ = await raised_by(second)
        assert isinstance(error, ConnectionFailed)
        assert "as many connections" in str(error)


async def asked(connection: Connection) -> int | None:
    """The answer; None while what was asked before has not ended."""
    try:
        return await connection.run(one)
    except PollTimeout as error:
        if "has not ended yet" not in str(error):
            raise
        return None


class TestLocked:
    async def test_a_locked_table_costs_one_poll_and_no_thread(self, sam_db):
        sam_db.plays(3)
        client = SamClient(sam_db.config(timeout="3s"))
        assert (await client.now()).newest.history_id == 3
        with sam_db.locked("historylist"):
            for _ in range(3):
                began = time.monotonic()
                with pytest.raises(PollTimeout, match="locked"):
                    await client.now()
                assert time.monotonic() - began < 4.5
                assert len(threads()) == 1
            assert len(running(sam_db)) <= 1
        assert (await client.now()).newest.history_id == 3
        await client.close()

    async def test_a_table_that_is_locked_when_we_come(self, sam_db):
        """Its columns are not known yet."""
        sam_db.plays(3)
        client = SamClient(sam_db.config(timeout="3s"))
        with sam_db.locked("historylist"), pytest.raises(PollTimeout):
            await client.now()
        assert (await client.now()).newest.history_id == 3
        await client.close()

    async def test_whoever_asked_does_not_want_to_know_any_more(self, sam_db, opens):
        """The poll around it ends: so does the thread."""
        connection = opens(sam_db.config(timeout="30s", interval="60s"))
        await connection.run(one)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await connection.run(lambda link: link.rows("", "SELECT SLEEP(20)"))
        await asyncio.sleep(0.1)
        assert await connection.run(one) == 1

    async def test_closing_ends_what_hangs(self, sam_db, opens):
        connection = opens(sam_db.config(timeout="30s", interval="60s"))
        hanging = asyncio.create_task(connection.run(lambda link: link.rows("", "SELECT SLEEP(20)")))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await connection.close()
        assert time.monotonic() - began < 2
        assert await left_over() == []
        with pytest.raises(ConnectionFailed):
            await hanging

    async def test_what_cannot_be_ended_is_not_asked_twice(self, sam_db, opens):
        connection = opens(sam_db.config(timeout="500ms"))
        await connection.run(one)
        busy = threading.Event()
        error, _ = await raised_by(connection, lambda link: busy.wait(10))
        assert isinstance(error, PollTimeout)
        error, seconds = await raised_by(connection)
        assert "has not ended yet" in str(error)
        assert seconds < 0.2
        assert len(threads()) == 1
        busy.set()
        async with asyncio.timeout(30):
            while (answer := await asked(connection)) is None:
                await asyncio.sleep(0.01)
        assert answer == 1


class TestBlackHoles:
    """Nothing is refused, and nothing comes back."""

    async def test_a_server_that_says_nothing(self, opens):
        with listening() as hole:
            connection = opens(config_of(hole))
            for _ in range(3):
                error, seconds = await raised_by(connection)
                assert isinstance(error, PollTimeout)
                assert seconds < 1
                assert len(threads()) == 1

    async def test_packets_that_are_dropped(self, opens):
        """A full queue of connections drops the first packet of every other, as a firewall does."""
        with full() as hole:
            connection = opens(config_of(hole))
            for _ in range(3):
                error, seconds = await raised_by(connection)
                assert isinstance(error, PollTimeout)
                assert "no connection in time" in str(error)
                assert seconds < 1
                assert len(threads()) == 1

    async def test_packets_that_are_dropped_while_we_close(self, opens):
        with full() as hole:
            connection = opens(config_of(hole, timeout="30s", interval="60s"))
            hanging = asyncio.create_task(connection.run(one))
            await asyncio.sleep(0.1)
            began = time.monotonic()
            await connection.close()
            assert time.monotonic() - began < 2
            with pytest.raises(PollError):
                await hanging

    async def test_a_network_that_falls_silent_after_a_while(self, sam_db, opens):
        with Wire(sam_db.server.port) as wire:
            connection = opens(sam_db.config(port=wire.port, timeout="700ms"))
            assert await connection.run(one) == 1
            wire.dead.set()
            error, seconds = await raised_by(connection)
            assert isinstance(error, PollTimeout)
            assert seconds < 3
            assert len(threads()) == 1
            wire.dead.clear()
            assert await connection.run(one) == 1

    async def test_a_server_that_trickles(self, opens):
        """Each byte is in time, and the whole never comes."""

        def trickle(client: socket.socket) -> None:
            while True:
                client.sendall(b"\x01")
                time.sleep(0.05)

        with answering(trickle) as port:
            error, seconds = await raised_by(opens(config_of(port)))
            assert isinstance(error, PollError)
            assert seconds < 1

    @pytest.mark.parametrize(
        ("greeting", "error"),
        [
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", ParseError),
            (b"HTTP/1.0 400 Bad Request\r\n\r\n", ParseError),
            (b"220 mail.example.org ESMTP\r\n", ParseError),
            (b"\x00\x00\x00\x00", ParseError),
            (b"\x05\x00\x00\x00\x0aabc\x00", ParseError),
            (b"", ConnectionFailed),
        ],
    )
    async def test_what_is_not_mysql(self, opens, greeting, error):
        with answering(lambda client: client.sendall(greeting)) as port:
            assert isinstance((await raised_by(opens(config_of(port))))[0], error)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=90), st.booleans())
    def test_any_bytes_are_an_error_of_ours(self, body, framed):
        """Also those that begin as MySQL does."""
        greeting = len(body).to_bytes(3, "little") + b"\x00" + body if framed else body

        async def ask(port: int) -> None:
            connection = Connection(config_of(port))
            with pytest.raises(PollError):
                await connection.run(one)
            await connection.close()

        with answering(lambda client: client.sendall(greeting)) as port:
            asyncio.run(ask(port))


@pytest.fixture(scope="module")
def own() -> Iterator[MariaDB]:
    """A server of our own, to be killed."""
    with own_server() as server:
        yield server


@pytest.mark.integration
class TestAnOwnServer:
    async def test_killed_and_started_again(self, own, opens):
        with studio(own) as sam_db:
            sam_db.plays(3)
            client = SamClient(sam_db.config())
            before = await client.now()
            own.kill()
            for _ in range(3):
                with pytest.raises(ConnectionFailed):
                    await client.now()
            own.start_again()
            sam_db.root = sam_db.connect(sam_db.name)
            assert await client.now() == before
            await client.close()

    @pytest.fixture
    def with_tls(self, own, tmp_path) -> Iterator[tuple[SamDb, Path]]:
        """A studio on the server with a certificate for `localhost` alone, and whom to trust."""
        folder = Path(tempfile.mkdtemp(prefix="tls-", dir="/tmp"))
        folder.chmod(0o755)
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        (folder / "key.pem").chmod(0o644)
        own.stop()
        own.start_again(f"--ssl-cert={folder / 'cert.pem'}", f"--ssl-key={folder / 'key.pem'}")
        shutil.rmtree(folder)
        with studio(own) as sam_db:
            yield sam_db, tmp_path / "ca.pem"

    async def test_tls(self, with_tls, opens):
        sam_db, ca_file = with_tls
        sam_db.run(f"ALTER USER {sam_db.user} REQUIRE SSL")
        trusting = SamTls(enabled=True, ca_file=str(ca_file))
        assert await cipher(opens(sam_db.config(host="localhost", tls=trusting)))
        assert await cipher(opens(sam_db.config(tls=SamTls(enabled=True, verify=False))))
        for stranger in (
            sam_db.config(host="localhost", tls=SamTls(enabled=True)),  # the system's authorities do not know it
            sam_db.config(host="127.0.0.1", tls=trusting),  # another name than the certificate's
        ):
            error, _ = await raised_by(opens(stranger))
            assert isinstance(error, ConnectionFailed)
            assert "no trusted TLS connection" in str(error)
        error, _ = await raised_by(opens(sam_db.config()))
        assert isinstance(error, AuthRefused)

    async def test_tls_ends_at_the_deadline_too(self, with_tls, opens):
        sam_db, _ = with_tls
        connection = opens(sam_db.config(tls=SamTls(enabled=True, verify=False), timeout="30s", interval="60s"))
        await connection.run(one)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connection.run(lambda link: link.rows("", "SELECT SLEEP(20)"))
        await asyncio.sleep(0.1)
        assert await cipher(connection)


async def cipher(connection: Connection) -> str:
    [(_, name)] = await connection.run(lambda link: link.rows("", "SHOW SESSION STATUS LIKE 'Ssl_cipher'"))
    return name


def connection_id(link: Link) -> int:
    return link.rows("", "SELECT CONNECTION_ID()")[0][0]


def running(sam_db: SamDb, command: str = "Query") -> list[tuple[object, ...]]:
    """What the exporter's user has under way on the server, half a second after it may have left."""
    found: list[tuple[object, ...]] = []
    for _ in range(10):
        found = sam_db.run(
            "SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE USER = %s AND COMMAND = %s", sam_db.user, command
        )
        if not found:
            break
        time.sleep(0.05)
    return found


def config_of(port: int, interval: str = "1s", timeout: str = "400ms") -> SamDatabase:
    return SamDatabase(
        name="studio", host="127.0.0.1", port=port, user="reader", password=Secret("secret"),
        interval=Duration(interval), timeout=Duration(timeout),
    )  # fmt: skip


@contextmanager
def listening(backlog: int = 16) -> Iterator[int]:
    """A port at which connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server.getsockname()[1]


@contextmanager
def full() -> Iterator[int]:
    """A port whose queue of connections is full: whoever comes now gets no answer at all."""
    with listening(backlog=0) as port:
        waiting = []
        for _ in range(8):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            waiting.append(client)
        time.sleep(0.05)
        yield port
        for client in waiting:
            client.close()


@contextmanager
def answering(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A port at which every connection is answered like this, and closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    try:
                        answer(client)
                        client.shutdown(socket.SHUT_WR)
                        client.settimeout(0.5)
                        while client.recv(1024):
                            pass
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(2)


class Wire:
    """A cable to a server, which can be `dead`: then nothing goes through, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.dead = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            with_shutdown(end)
        for thread in self._threads:
            thread.join(2)
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._carry, args=(source, sink), daemon=True))
                self._threads[-1].start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if not self.dead.is_set():
                    sink.sendall(data)
        except OSError:
            pass
        with_shutdown(sink)


def with_shutdown(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
