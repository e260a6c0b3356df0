"""`journal export`: records for other programs, as JSON lines or as a Parquet table.

JSON lines have the fields of the record beside its number and kind. A table has one row a record
with what all have in common as columns and the record itself as JSON in the last.
"""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from actors.command import exits
from actors.command.following import followed
from engine.errors import BadEnvelope
from engine.journal import Chain
from engine.orders.records import from_bytes, kinds
from engine.settings.converter import plain_values

FORMATS = ("jsonl", "parquet")
BATCH_ROWS = 5_000
"""Rows of a table written at once: bounded memory."""

COMMON = ("ts_ns", "client_order_id", "strategy", "account", "instrument")
"""Columns of a table beside `sequence` and `record`; empty where a record has no such field."""

SCHEMA = pa.schema(
    [
        ("sequence", pa.uint64()),
        ("record", pa.string()),
        ("ts_ns", pa.int64()),
        *[(name, pa.string()) for name in COMMON[1:]],
        ("content", pa.string()),
    ]
)

Row = Mapping[str, Any]


class _Sink(Protocol):
    def add(self, row: Row) -> None:
        """Take one record."""


def kind_names() -> list[str]:
    """The kinds of records there are."""
    return sorted(kind.cls.__name__ for kind in kinds().values())


def export(
    journal: Path,
    *,
    form: str = "jsonl",
    since: datetime | None = None,
    wanted: Collection[str] = (),
    output: Path | None = None,
) -> int:
    """Write the records of a journal; how many is said on standard error.

    A file is written beside its place and takes the name when it is whole. Raises BadUsage for an
    unknown format or kind, and for a table without a file; OSError when it cannot be written.
    """
    _check(form, wanted, output)
    since_ns = 0 if since is None else int(_utc(since).timestamp() * 1_000_000_000)
    count = 0
    with ExitStack() as stack, Chain(journal) as chain:
        sink = stack.enter_context(_sink(form, output))
        for row in _rows(chain, since_ns, frozenset(wanted)):
            sink.add(row)
            count += 1
        reason, bad = chain.reason, chain.bad_file
    exits.stderr.print(f"{count} records", style="dim")
    if reason.recoverable:
        return exits.OK
    exits.show_error(f"{bad}: {reason.value}", "python run.py journal verify says where")
    return exits.CHECK_FAILED


def _check(form: str, wanted: Collection[str], output: Path | None) -> None:
    if form not in FORMATS:
        raise exits.BadUsage(f"--format {form}: there are {', '.join(FORMATS)}")
    if form == "parquet" and output is None:
        raise exits.BadUsage("--format parquet needs --output FILE")
    if unknown := sorted(set(wanted) - set(kind_names())):
        raise exits.BadUsage(f"--kind {unknown[0]}: there are {', '.join(kind_names())}")


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _rows(chain: Chain, since_ns: int, wanted: Collection[str]) -> Iterator[Row]:
    for record in followed(chain, "exported"):
        try:
            decoded = from_bytes(record.body)
        except BadEnvelope as error:
            yield {"sequence": record.sequence, "record": "unreadable", "error": str(error)}
            continue
        kind, ts_ns = type(decoded).__name__, getattr(decoded, "ts_ns", 0)
        if ts_ns >= since_ns and (not wanted or kind in wanted):
            content = plain_values(decoded)
            fields = content if isinstance(content, dict) else {}
            yield {"sequence": record.sequence, "record": kind, **fields}


def _sink(form: str, output: Path | None) -> AbstractContextManager[_Sink]:
    if output is None:
        return _Lines(None)
    return _Table(output) if form == "parquet" else _Lines(output)


class _File:
    """A file that takes its name when it is whole, and leaves nothing when it is not."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.temporary = output.with_name(output.name + ".part")

    def done(self, *, whole: bool) -> None:
        if whole:
            self.temporary.replace(self.output)
        else:
            self.temporary.unlink(missing_ok=True)


class _Lines(AbstractContextManager["_Lines"]):
    """One JSON object a line, into a file or to standard output."""

    def __init__(self, output: Path | None) -> None:
        self._file = None if output is None else _File(output)
        self._out = (
            sys.stdout if self._file is None else self._file.temporary.open("w", encoding="utf-8")
        )

    def add(self, row: Row) -> None:
        """Write one line."""
        self._out.write(json.dumps(row) + "\n")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._file is not None:
            self._out.close()
            self._file.done(whole=kind is None)


class _Table(AbstractContextManager["_Table"]):
    """A Parquet file, written in batches."""

    def __init__(self, output: Path) -> None:
        self._file = _File(output)
        self._writer = pq.ParquetWriter(self._file.temporary, SCHEMA)
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Take one row; written when there are enough."""
        self._rows.append(_columns(row))
        if len(self._rows) >= BATCH_ROWS:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
        self._rows = []

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._rows:
            self._write()
        self._writer.close()
        self._file.done(whole=kind is None)


def _columns(row: Row) -> Row:
    content = {name: value for name, value in row.items() if name not in ("sequence", "record")}
    inner = content.get("intent")
    known = {**inner, **content} if isinstance(inner, dict) else content
    common = {name: known.get(name) for name in COMMON}
    return {
        "sequence": row["sequence"],
        "record": row["record"],
        **common,
        "content": json.dumps(content),
    }
