"""What the query index holds: tables, rows, and the SQL made from them. Pure: values in, text out.

Names of tables and columns come from code, are checked against one narrow pattern and quoted;
values are always bound. Columns have no type, so a Decimal's text stays the text it is.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from engine.errors import InvariantViolation

Value = str | int | float | bytes | Decimal | None
Stored = str | int | float | bytes | None

META_TABLE = "journal_meta"
OWN_COLUMNS = ("key", "first_sequence", "last_sequence")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_INT_BOUND = 1 << 63  # SQLite integers have 64 bits
IN_VALUES_MAX = 256  # far below SQLite's bound on parameters; a longer list is a mistake


def _check_name(_: object, __: object, name: str) -> None:
    if not _NAME.fullmatch(name) or name == META_TABLE or name.startswith("sqlite_"):
        raise InvariantViolation(f"{name!r} cannot name a table or column of the index")


def _check_columns(_: object, __: object, columns: tuple[str, ...]) -> None:
    for name in columns:
        _check_name(None, None, name)
    if len({*columns, *OWN_COLUMNS}) != len(columns) + len(OWN_COLUMNS):
        raise InvariantViolation(f"columns {columns} repeat or take one of {OWN_COLUMNS}")


@attrs.frozen
class Table:
    """One table: beside its columns it has `key`, `first_sequence` and `last_sequence`.

    The two sequences are those of the first and the last record that touched the row. `indexed`
    columns are those that queries ask by.
    """

    name: str = attrs.field(validator=_check_name)
    columns: tuple[str, ...] = attrs.field(validator=_check_columns)
    indexed: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not set(self.indexed) <= set(self.columns):
            raise InvariantViolation(f"{self.name}: indexed columns {self.indexed} must be columns")

    def create_sql(self) -> list[str]:
        """Statements that make the table and its indexes."""
        columns = "".join(f', "{name}"' for name in self.columns)
        indexes = ("last_sequence", *self.indexed)
        make_table = (
            f'CREATE TABLE "{self.name}" (key TEXT PRIMARY KEY NOT NULL,'
            f" first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL{columns})"
        )
        return [
            make_table,
            *(
                f'CREATE INDEX "{self.name}_by_{name}" ON "{self.name}" ("{name}")'
                for name in indexes
            ),
        ]

    def upsert_sql(self, columns: Sequence[str]) -> str:
        """A statement bound as key, sequence, sequence, then the values of `columns`."""
        self.check_known(columns)
        names = "".join(f', "{name}"' for name in columns)
        updates = "".join(f', "{name}" = excluded."{name}"' for name in columns)
        marks = ", ?" * len(columns)
        return (
            f'INSERT INTO "{self.name}" (key, first_sequence, last_sequence{names})'  # noqa: S608 - names are checked
            f" VALUES (?, ?, ?{marks}) ON CONFLICT (key)"
            f" DO UPDATE SET last_sequence = excluded.last_sequence{updates}"
        )

    def check_known(self, columns: Iterable[str]) -> None:
        """InvariantViolation for a column the table does not have."""
        unknown = set(columns) - {*self.columns, *OWN_COLUMNS}
        if unknown:
            raise InvariantViolation(f"table {self.name!r} has no column {sorted(unknown)}")


@attrs.frozen
class Row:
    """What one record says of one row: the columns given are set, the others stay as they were."""

    table: str
    key: str
    columns: Mapping[str, Value]


Where = Mapping[str, Value | Sequence[str] | Sequence[int]]


def select_sql(table: Table, where: Where, *, newest_first: bool) -> tuple[str, list[Stored]]:
    """A query and what to bind to it; the caller binds one more value, the limit.

    A column is compared with one value, with None, or with any of a list.
    """
    table.check_known(where)
    conditions, bound = [], []
    for name, wanted in where.items():
        condition, values = _condition(name, wanted)
        conditions.append(condition)
        bound += values
    columns = ", ".join(f'"{name}"' for name in (*OWN_COLUMNS, *table.columns))
    filtered = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "DESC" if newest_first else "ASC"
    sql = (
        f'SELECT {columns} FROM "{table.name}"{filtered}'  # noqa: S608 - names are checked
        f" ORDER BY last_sequence {order}, key {order} LIMIT ?"
    )
    return sql, bound


def _condition(
    name: str, wanted: Value | Sequence[str] | Sequence[int]
) -> tuple[str, list[Stored]]:
    if wanted is None:
        return f'"{name}" IS NULL', []
    if isinstance(wanted, str | int | float | bytes | Decimal):
        return f'"{name}" = ?', [stored(wanted)]
    if len(wanted) > IN_VALUES_MAX:
        raise InvariantViolation(
            f"{len(wanted)} values for {name!r}: in_values_max is {IN_VALUES_MAX}"
        )
    return f'"{name}" IN ({", ".join("?" * len(wanted))})', [stored(value) for value in wanted]


def stored(value: Value) -> Stored:
    """The value as SQLite keeps it: Decimals as plain text, enums as their text.

    InvariantViolation for what it would change or lose: NaN, infinity, an integer above 64 bits.
    """
    match value:
        case None | bytes():
            return value
        case str():
            return str(value)
        case int():
            if -_INT_BOUND <= value < _INT_BOUND:
                return int(value)
        case float():
            if math.isfinite(value):
                return value
        case Decimal():
            if value.is_finite():
                return format(value, "f")
    raise InvariantViolation(
        f"{value!r:.100} of type {type(value).__name__} cannot be kept in the index"
    )
