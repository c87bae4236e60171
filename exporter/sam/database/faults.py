"""What went wrong between us and the database, as one plain sentence that quotes nothing of what the driver said.

The numbers are those of MySQL's and MariaDB's manuals ("Server Error Message Reference", "MariaDB Error Codes").
"""

import os
import ssl
import struct

import pymysql

from exporter.errors import AuthRefused, ConnectionFailed, ParseError, PollError, PollTimeout

RAISED_BY_DRIVER = (
    pymysql.err.Error,
    OSError,
    # What it raises where the answer is not in MySQL's protocol, and where a way to log in needs what is not installed.
    struct.error,
    LookupError,
    NameError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    RuntimeError,
)

_NOT_MYSQL = ParseError, "what answers there is not MySQL: check host and port"
_BROKE = ConnectionFailed, "the connection to the database broke"
_LATE = PollTimeout, "the database did not answer in time"
_TLS = (
    ConnectionFailed,
    "no trusted TLS connection: check `tls.ca_file`, the host name in the certificate, and that the server has TLS",
)
_PASSWORD = AuthRefused, "the server refused the credentials: check user and password, and from where it may connect"
_METHOD = AuthRefused, "this user logs in in a way that needs TLS or is unknown here: set `tls.enabled: true`"
_EXPIRED = AuthRefused, "the password of this user has expired, or the account is locked"

_MEANINGS: dict[int, tuple[type[PollError], str]] = {
    1040: (ConnectionFailed, "the server has too many connections already"),
    1203: (ConnectionFailed, "this user has as many connections as it may have"),
    1226: (ConnectionFailed, "this user has as many connections or queries as it may have"),
    1053: (ConnectionFailed, "the database server is shutting down"),
    1317: (ConnectionFailed, "the query was interrupted on the server"),
    1115: (ParseError, "the server is too old: MySQL 5.5.3 is the least that is understood"),
    1045: _PASSWORD,
    1698: _PASSWORD,
    1130: (AuthRefused, "the server lets nobody in from this machine's address: create the user for it"),
    1129: (AuthRefused, "the server has shut this machine's address out after many errors: FLUSH HOSTS lets it in"),
    1044: (AuthRefused, "the user may use nothing in the database: grant it SELECT on SAM's tables"),
    1251: _METHOD,
    2059: _METHOD,
    2061: _METHOD,
    3159: (AuthRefused, "the server wants TLS: set `tls.enabled: true`"),
    1820: _EXPIRED,
    1862: _EXPIRED,
    3118: _EXPIRED,
    4151: _EXPIRED,
    1049: (ParseError, "there is no database of this name on the server: check `database`"),
    1205: (PollTimeout, "a table was locked for longer than we may wait"),
    1213: (PollTimeout, "a table was locked for longer than we may wait"),
    1969: (PollTimeout, "the query took longer than it may, or its table was locked"),
    3024: (PollTimeout, "the query took longer than it may, or its table was locked"),
    2026: _TLS,
    1158: _BROKE,
    1159: _LATE,
    1160: _BROKE,
    1161: _LATE,
    1927: _BROKE,
    4031: _BROKE,
}

_DAMAGED = (126, 127, 130, 134, 144, 145, 1034, 1035, 1194, 1195)
_TABLES: dict[int, str] = dict.fromkeys(_DAMAGED, "{} is damaged: REPAIR TABLE may help") | {
    1146: "there is no table {}",
    1054: "{} lacks a column that is needed",
    1142: "the user may not SELECT from {}",
    1143: "the user may not SELECT from every column that is needed of {}",
    1356: "{} is a view that can no longer be read",
}
_OTHER_FAULT = "{} cannot be read: MySQL's error %d"


class TableLost(Exception):
    """A table cannot be read as it is, which costs a part and not the poll. The message says which and why."""


def told_apart(error: Exception, tables: str = "") -> PollError | TableLost:
    """What the driver raised as an error of ours. `tables` names what was read, in our words: not the server's."""
    number = error.args[0] if isinstance(error, pymysql.err.Error) and error.args else None
    number = number if isinstance(number, int) else 0
    if tables and number and number not in _MEANINGS and not _of_client(number):
        return TableLost(_TABLES.get(number, _OTHER_FAULT % number).format(tables))
    kind, sentence = _meaning(error, number)
    return kind(sentence)


def unreached(error: OSError) -> PollError:
    """Why there is no connection at all."""
    if isinstance(error, TimeoutError):
        return PollTimeout("no connection in time: check host and port, and whether a firewall drops us")
    reason = os.strerror(error.errno) if error.errno else "failed"
    return ConnectionFailed(f"no connection ({reason}): is the database server running, on this port?")


def _meaning(error: Exception, number: int) -> tuple[type[PollError], str]:
    if of_network := _of_network(error):
        return of_network
    if isinstance(error, RuntimeError):
        return _METHOD  # pymysql: 'cryptography' package is required
    if number in _MEANINGS:
        return _MEANINGS[number]
    if number == 0 and not isinstance(error, pymysql.err.InterfaceError):
        return _NOT_MYSQL
    if number == 0 or _of_client(number):
        return _BROKE
    return ParseError, f"the server answered with MySQL's error {number}"


def _of_client(number: int) -> bool:
    """Whether it is the driver that says so, and not the server."""
    return 2000 <= number < 3000


def _of_network(error: Exception) -> tuple[type[PollError], str] | None:
    """Where the driver's error is the network's: which it keeps, or was handling when it raised its own."""
    cause = getattr(error, "original_exception", None) or error.__context__ or error
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return _TLS
    if isinstance(cause, TimeoutError):
        return _LATE
    return _BROKE if isinstance(cause, OSError) else None
