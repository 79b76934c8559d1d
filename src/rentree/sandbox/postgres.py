"""PostgreSQL as a sandbox's database: by psycopg 3, on this machine only.

The extra `postgres` brings the driver: pip install "rentree[postgres]".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rentree.errors import RentreeError, UsageError
from rentree.sandbox.database import Row

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

CONNECTIONS = 10
_WAIT = 5.0  # s that a page waits for a connection
_START = 10.0  # s that the first connection may take


class Postgres:
    """A database that other nodes may share; what an earlier process left in it stays."""

    alone = False
    connections = CONNECTIONS

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            UsageError: not a URL of a database on this machine.
            RentreeError: nobody there, or the driver is not installed; never tells the password.
        """
        self._where = where(url)
        self._pool = self._open(url)

    def create(self, tables: str) -> None:
        """Run statements that make what is missing; one node after the other."""
        words = {
            "id": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "blob": "BYTEA",
            "real": "DOUBLE PRECISION",
        }
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(20210406)")
            for statement in filter(str.strip, tables.format(**words).split(";")):
                connection.execute(statement.encode())

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""
        with self._pool.connection() as connection:
            return connection.execute(_own(query), values).fetchall()

    def write(self, statement: str, *values: object) -> list[Row]:
        """One statement, committed on return, and the rows that it returns."""
        with self._pool.connection() as connection:
            done = connection.execute(_own(statement), values)
            return done.fetchall() if done.description else []

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for many rows, all or none."""
        with self._pool.connection() as connection, connection.transaction():
            connection.cursor().executemany(_own(statement), list(rows))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _open(self, url: str) -> ConnectionPool:
        try:
            import psycopg  # noqa: PLC0415  # an extra
            from psycopg_pool import ConnectionPool, PoolTimeout  # noqa: PLC0415
        except ImportError as error:
            raise RentreeError(
                'PostgreSQL needs its driver: pip install "rentree[postgres]"'
            ) from error
        try:
            psycopg.connect(url, connect_timeout=round(_START)).close()
            pool = ConnectionPool(
                url, min_size=1, max_size=CONNECTIONS, timeout=_WAIT, open=True,
                kwargs={"autocommit": True},  # a statement is one exchange, not three
                check=ConnectionPool.check_connection,  # one that was cut is replaced
            )  # fmt: skip
            pool.wait(_START)
        except (psycopg.Error, PoolTimeout) as error:
            why = next(iter(str(error).strip().splitlines()), "no answer")
            raise RentreeError(f"no PostgreSQL at {self._where}: {why}") from None
        return pool


def where(url: str) -> str:
    """A URL of a database as it may be shown: without its password.

    Raises:
        UsageError: not postgresql://, or not on this machine.
    """
    try:
        parts = urlsplit(url)
        host = unquote(parts.hostname or "")
        port = parts.port or 5432
    except ValueError:
        raise UsageError(
            "--database is no URL: write postgresql://USER@127.0.0.1:5432/NAME"
        ) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise UsageError("--database is a URL: postgresql://USER@127.0.0.1:5432/NAME")
    if parts.query:
        raise UsageError("--database takes no ?options: they could lead to another machine")
    if not (host.startswith("/") or host == "localhost" or _loopback(host)):
        raise UsageError(f"the database of a sandbox is on this machine, not at “{host}”")
    return f"postgresql://{host}:{port}{parts.path}"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own(statement: str) -> bytes:
    """The statement with psycopg's sign for a value; ours have no other question mark."""
    return statement.replace("?", "%s").encode()
