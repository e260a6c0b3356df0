"""Tables, rows and the SQL made from them: names checked, values bound or refused."""

from decimal import Decimal

import pytest

from engine.errors import InvariantViolation
from engine.journal.schema import IN_VALUES_MAX, Table, Value, select_sql, stored
from engine.model.enums import Side

ORDERS = Table("orders", ("state", "price"), ("state",))


@pytest.mark.parametrize(
    "name",
    ["", "Orders", "1st", 'a"b', "a b", "a;drop", "journal_meta", "sqlite_x", "ä", "a" * 64, "a\n"],
)
def test_names_that_cannot_be_names(name: str) -> None:
    """Nothing but a plain lower-case word names a table or a column, so quoting cannot be escaped."""
    with pytest.raises(InvariantViolation):
        Table(name, ("a",))
    with pytest.raises(InvariantViolation):
        Table("orders", (name,))


@pytest.mark.parametrize("columns", [("a", "a"), ("key",), ("last_sequence",)])
def test_columns_are_distinct(columns: tuple[str, ...]) -> None:
    """A column may neither repeat nor take the name of one every table has."""
    with pytest.raises(InvariantViolation):
        Table("orders", columns)


def test_indexed_columns_are_columns() -> None:
    """An index on a column that is not there is refused where it is declared."""
    with pytest.raises(InvariantViolation):
        Table("orders", ("a",), ("b",))


def test_words_of_sql_are_names_like_others() -> None:
    """A column may be called like a word of SQL."""
    sql, bound = select_sql(Table("group", ("order", "where")), {"order": 1}, newest_first=False)
    assert '"group"' in sql
    assert '"order" = ?' in sql
    assert bound == [1]


def test_queries_bind_every_value() -> None:
    """Values never become part of the text of a query."""
    evil = "'; DROP TABLE orders; --"
    sql, bound = select_sql(
        ORDERS, {"key": evil, "state": [evil, "open"], "price": None}, newest_first=True
    )
    assert "DROP" not in sql
    assert bound == [evil, evil, "open"]
    assert '"key" = ? AND "state" IN (?, ?) AND "price" IS NULL' in sql
    assert sql.endswith("ORDER BY last_sequence DESC, key DESC LIMIT ?")


def test_unknown_columns_are_refused() -> None:
    """A query or a row that names a column the table does not have is a bug."""
    with pytest.raises(InvariantViolation, match="colour"):
        select_sql(ORDERS, {"colour": 1}, newest_first=False)
    with pytest.raises(InvariantViolation, match="colour"):
        ORDERS.upsert_sql(("colour",))


def test_lists_are_bounded() -> None:
    """A list of more than in_values_max values is refused; an empty one matches nothing."""
    with pytest.raises(InvariantViolation, match="in_values_max"):
        select_sql(ORDERS, {"state": ["x"] * (IN_VALUES_MAX + 1)}, newest_first=False)
    assert "IN ()" in select_sql(ORDERS, {"state": []}, newest_first=False)[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (b"\x00", b"\x00"),
        ("text", "text"),
        (Side.BUY, "buy"),
        (True, 1),
        ((1 << 63) - 1, (1 << 63) - 1),
        (-(1 << 63), -(1 << 63)),
        (0.1, 0.1),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_values_are_kept_as_they_are(value: Value, expected: object) -> None:
    """Money stays plain decimal text, enums their text, numbers numbers."""
    found = stored(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), 1 << 63, [1], object()],
)
def test_values_that_would_change_are_refused(value: object) -> None:
    """What SQLite would turn into something else, or lose, is refused."""
    with pytest.raises(InvariantViolation):
        stored(value)  # type: ignore[arg-type]
