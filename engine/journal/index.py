"""Tables for questions about the journal: a SQLite file beside it that may be thrown away.

The journal is the truth; this only answers queries (orders, fills) without reading it all. It never
stands in the order path: an actor calls `catch_up` when it has nothing better to do, or in a
thread, and each call does a bounded amount of work in one transaction. The index remembers which
record it took last, by file id, offset and checksum; if the journal no longer holds exactly that
record (another file, a tail that was dropped after a power loss and written anew) or the tables
have changed, it starts again from the first record.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import EngineError, InvariantViolation, JournalError
from engine.journal.file import FILE_MODE
from engine.journal.reader import JournalTail, Mark, mark_of
from engine.journal.record import Record
from engine.journal.schema import (
    META_TABLE,
    OWN_COLUMNS,
    Row,
    Stored,
    Table,
    Where,
    select_sql,
    stored,
)

SELECT_ROWS_MAX = 10_000  # an answer is for a table on a screen or a page, not an export
REBUILD_BATCH_RECORDS = 5_000  # per transaction: fast, and bounded memory
BUSY_TIMEOUT_S = 2.0  # readers hold the write-ahead log for moments only
_STATEMENTS_MAX = 256  # (table, columns) pairs a projection uses: a few dozen
_INDEX_VERSION = "1"  # of the meta table and of how rows are written

Project = Callable[[bytes], Iterable[Row]]


class IndexFailed(EngineError):
    """The index could not be read or written. Queries suffer; trading does not."""


class IndexReader:
    """Queries against an index, also while its owner writes it. Read only; close it after use.

    Calls may come from any thread, one at a time. IndexFailed when it cannot be opened or read.
    """

    def __init__(
        self, path: Path, tables: Sequence[Table], *, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._tables = {table.name: table for table in tables}
        with self._failing("cannot be opened"):
            self._connection = self._connect()

    def select(
        self,
        table: str,
        where: Where | None = None,
        *,
        newest_first: bool = False,
        limit: int = SELECT_ROWS_MAX,
    ) -> list[dict[str, Stored]]:
        """Rows in the order of their last record, at most `limit` (and `SELECT_ROWS_MAX`).

        `where` maps columns to a value, None, or a list of which any may match; all must hold.
        """
        known = self._table(table)
        sql, bound = select_sql(known, where or {}, newest_first=newest_first)
        with self._failing("cannot be read"):
            rows = self._connection.execute(sql, [*bound, max(0, min(limit, SELECT_ROWS_MAX))])
            names = (*OWN_COLUMNS, *known.columns)
            return [dict(zip(names, row, strict=True)) for row in rows]

    def orders(
        self, where: Where | None = None, *, newest_first: bool = True
    ) -> list[dict[str, Stored]]:
        """Rows of the table `orders`."""
        return self.select("orders", where, newest_first=newest_first)

    def fills(
        self, where: Where | None = None, *, newest_first: bool = True
    ) -> list[dict[str, Stored]]:
        """Rows of the table `fills`."""
        return self.select("fills", where, newest_first=newest_first)

    def close(self) -> None:
        """Release the file. Closing twice does nothing."""
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        return _connected(address, self._busy_timeout_s)

    def _table(self, name: str) -> Table:
        try:
            return self._tables[name]
        except KeyError:
            raise InvariantViolation(f"the index has no table {name!r}") from None

    @contextmanager
    def _failing(self, how: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise IndexFailed(f"index {self.path} {how}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class JournalIndex(IndexReader):
    """The index of one journal, for its owner: made when missing, thrown away when damaged.

    `project` turns a record's body into rows; it must depend on nothing but the body. One owner at
    a time, calls from any thread, one at a time.
    """

    def __init__(
        self,
        path: Path,
        tables: Sequence[Table],
        project: Project,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self._project = project
        self._fingerprint = _fingerprint(tables)
        self._fitted: JournalTail | None = None
        super().__init__(path, tables, busy_timeout_s=busy_timeout_s)
        self._upsert = lru_cache(maxsize=_STATEMENTS_MAX)(self._upsert_sql)

    @property
    def last_sequence(self) -> int:
        """Number of the last record taken in; 0 for none."""
        mark = self._mark()
        return mark.sequence if mark else 0

    @property
    def file_id(self) -> bytes:
        """Id of the segment the last record came from; empty for none."""
        return bytes.fromhex(self._meta().get("file_id", ""))

    def catch_up(self, tail: JournalTail, limit: int) -> int:
        """Take in up to `limit` further records; how many, 0 when there are none.

        IndexFailed leaves the index as it was before the call, or empty if its file was damaged;
        calling again goes on from there. What `project` raises passes through in the same way.
        """
        try:
            if self._fitted is not tail:
                self._fit(tail)
            self._fitted = None
            records = tail.read(limit)
            if records:
                self._apply(records, tail.header.file_id)
        except JournalError as error:
            raise IndexFailed(f"index {self.path}: the journal cannot be read: {error}") from error
        self._fitted = tail
        return len(records)

    def rebuild(self, tail: JournalTail) -> int:
        """Throw all rows away and take in the whole journal, in bounded steps; how many records."""
        tail.rewind()
        self._reset(tail.header.file_id)
        self._fitted = tail
        total = 0
        while count := self.catch_up(tail, REBUILD_BATCH_RECORDS):
            total += count
        return total

    def _fit(self, tail: JournalTail) -> None:
        mark = self._mark()
        if mark is None or not tail.resume(mark, self.file_id):
            tail.rewind()
            if mark is not None or self.file_id != tail.header.file_id:
                self._reset(tail.header.file_id)

    def _apply(self, records: Sequence[Record], file_id: bytes) -> None:
        with self._writing() as connection:
            for record in records:
                for row in self._project(record.body):
                    columns = tuple(row.columns)
                    values = [stored(value) for value in row.columns.values()]
                    bound = (row.key, record.sequence, record.sequence, *values)
                    connection.execute(self._upsert(row.table, columns), bound)
            mark = " ".join(map(str, mark_of(records[-1])))
            _put_meta(connection, {"mark": mark, "file_id": file_id.hex()})

    def _upsert_sql(self, table: str, columns: tuple[str, ...]) -> str:
        return self._table(table).upsert_sql(columns)

    def _mark(self) -> Mark | None:
        text = self._meta().get("mark")
        return Mark(*map(int, text.split())) if text else None

    def _meta(self) -> dict[str, str]:
        with self._failing("cannot be read"):
            return dict(self._connection.execute(f"SELECT name, value FROM {META_TABLE}"))  # noqa: S608 - a constant

    # --- the file -----------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._connect_to_fitting()
        except sqlite3.DatabaseError as error:
            if not _is_damaged(error):
                raise
            self._remove()
            return self._connect_to_fitting()

    def _connect_to_fitting(self) -> sqlite3.Connection:
        # SQLite gives its other files the mode of this one.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        os.close(os.open(self.path, flags, FILE_MODE))
        connection = _connected(self.path.absolute().as_uri(), self._busy_timeout_s)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if _found_fingerprint(connection) != self._fingerprint:
                with _transaction(connection):
                    self._make_tables(connection, b"")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _reset(self, file_id: bytes) -> None:
        with self._writing() as connection:
            self._make_tables(connection, file_id)

    def _make_tables(self, connection: sqlite3.Connection, file_id: bytes) -> None:
        present = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for (name,) in present:
            connection.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
        connection.execute(
            f"CREATE TABLE {META_TABLE} (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
        )
        for table in self._tables.values():
            for statement in table.create_sql():
                connection.execute(statement)
        _put_meta(connection, {"fingerprint": self._fingerprint, "file_id": file_id.hex()})

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._failing("cannot be written"):
            try:
                with _transaction(self._connection):
                    yield self._connection
            except sqlite3.DatabaseError as error:
                if _is_damaged(error):
                    self._connection.close()
                    self._remove()
                    self._connection = self._connect()
                raise


def _connected(address: str, busy_timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=True, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    committed = False
    try:
        yield
        connection.execute("COMMIT")
        committed = True
    finally:
        if not committed and connection.in_transaction:
            connection.execute("ROLLBACK")


def _put_meta(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    connection.executemany(
        f"INSERT OR REPLACE INTO {META_TABLE} (name, value) VALUES (?, ?)",  # noqa: S608 - a constant
        values.items(),
    )


def _fingerprint(tables: Sequence[Table]) -> str:
    statements = [statement for table in tables for statement in table.create_sql()]
    return sha256("\n".join([_INDEX_VERSION, *statements]).encode()).hexdigest()


def _found_fingerprint(connection: sqlite3.Connection) -> str | None:
    try:
        found = connection.execute(f"SELECT value FROM {META_TABLE} WHERE name = 'fingerprint'")  # noqa: S608 - a constant
        row = found.fetchone()
    except sqlite3.OperationalError:  # no such table: a new file
        return None
    return str(row[0]) if row else None


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
