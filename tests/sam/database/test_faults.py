"""What cannot be provoked here: other servers' errors, by their number."""

import ssl

import pymysql
import pytest

from exporter.errors import AuthRefused, ConnectionFailed, ParseError, PollTimeout
from exporter.sam.database.faults import TableLost, told_apart, unreached

SAID = "Host '192.0.2.1' and 'secret' and a listener's name"


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (1040, ConnectionFailed),
        (1053, ConnectionFailed),
        (1129, AuthRefused),
        (1130, AuthRefused),
        (1251, AuthRefused),
        (1820, AuthRefused),
        (3118, AuthRefused),
        (3159, AuthRefused),
        (1115, ParseError),
        (1205, PollTimeout),
        (3024, PollTimeout),
        (2006, ConnectionFailed),
        (2013, ConnectionFailed),
        (2059, AuthRefused),
        (4031, ConnectionFailed),
    ],
)
def test_an_error_of_the_whole_server(number, error):
    """The same whether a table was asked or not."""
    for tables in ("", "historylist"):
        told = told_apart(pymysql.err.OperationalError(number, SAID), tables)
        assert type(told) is error
        assert "secret" not in str(told)
        assert "192.0.2.1" not in str(told)


@pytest.mark.parametrize("number", [126, 145, 1016, 1054, 1142, 1143, 1146, 1194, 1356])
def test_an_error_of_one_table_costs_that_table(number):
    told = told_apart(pymysql.err.ProgrammingError(number, SAID), "historylist")
    assert isinstance(told, TableLost)
    assert "historylist" in str(told)
    assert "secret" not in str(told)
    assert isinstance(told_apart(pymysql.err.ProgrammingError(number, SAID)), ParseError)


@pytest.mark.parametrize(
    ("cause", "error"),
    [(TimeoutError(), PollTimeout), (ssl.SSLEOFError(), ConnectionFailed), (ConnectionResetError(), ConnectionFailed)],
)
def test_the_network_is_found_behind_the_drivers_error(cause, error):
    raised = pymysql.err.OperationalError(2013, SAID)
    raised.__context__ = cause  # as the driver raises it
    told = told_apart(raised)
    assert type(told) is error
    assert "TLS" not in str(told)


def test_a_way_to_log_in_that_needs_what_is_not_installed():
    told = told_apart(RuntimeError("'cryptography' package is required for caching_sha2_password"))
    assert isinstance(told, AuthRefused)
    assert "tls.enabled" in str(told)


def test_no_connection():
    assert isinstance(unreached(TimeoutError()), PollTimeout)
    assert str(unreached(OSError(113, "x"))).startswith("no connection (No route to host)")
    assert isinstance(unreached(OSError()), ConnectionFailed)
