"""Root of a MariaDB that a measurement has started."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pymysql
from pymysql.cursors import Cursor

from demo.mariadb import Address


@contextmanager
def root(address: Address, kind: type[Cursor] = Cursor) -> Iterator[Cursor]:
    """A cursor of root's."""
    connection = pymysql.connect(
        host=address.host, port=address.port, user="root", password=address.password, autocommit=True,
        cursorclass=kind, sql_mode="",
    )  # fmt: skip
    with closing(connection), connection.cursor() as cursor:
        yield cursor
