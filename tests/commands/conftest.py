"""Fixtures of this room."""

from tests.mariadb import mariadb

__all__ = ["mariadb"]
