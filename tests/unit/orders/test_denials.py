"""Denials: counted by reason, the newest kept in full, and as sure as the journal."""

import attrs
import pytest

from engine.orders.denials import CODES_MAX, DENIALS_MAX, OTHER, Denials
from engine.orders.records import DeniedOrder
from tests.kit.orders import Bench, D


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    return made.open_venue()


def denied(bench: Bench, **changes) -> DeniedOrder:
    bench.send(bench.intent(**changes))
    record = bench.core.book.denials.newest[-1]
    assert isinstance(record, DeniedOrder)
    return record


def test_they_are_counted_by_reason(bench):
    """The most frequent first; another router has the same from the journal alone."""
    for quantity in ("1.5", "0", "1.5"):
        denied(bench, quantity=D(quantity))
    counts = bench.ask("summary")["strategies"]["alpha"]["denials"]

    assert list(counts.items()) == [("QUANTITY_OFF_LOT", 2), ("QUANTITY_NOT_POSITIVE", 1)]
    assert bench.restarted().ask("summary")["strategies"]["alpha"]["denials"] == counts


def test_they_can_be_listed_with_code_and_text(bench):
    """With the keys of orders; never among the orders, which have a place at a venue."""
    bench.send(bench.intent(quantity=D("1.5")))
    order = bench.submit()
    (row,) = bench.ask("orders", denied=True)

    assert set(row) <= set(bench.ask("orders")[0]) | {"denied"}
    assert (row["code"], row["lifecycle"], row["denied"]) == ("QUANTITY_OFF_LOT", "denied", "new")
    assert "1.5" in row["text"]
    assert (row["quantity"], row["instrument"]) == ("1.5", order.instrument)
    assert [each["client_order_id"] for each in bench.ask("orders")] == [order.client_order_id]
    assert bench.ask("orders", denied=True, strategy="beta") == []
    assert bench.ask("orders", denied=True, code="QUANTITY_OFF_LOT") == [row]


def test_a_change_that_was_denied_is_one_of_them(bench):
    """It names the order that stays as it was."""
    order = bench.submit()
    bench.modify(order, quantity=D("1.5"))
    (row,) = bench.ask("orders", denied=True)

    assert row["client_order_id"] == order.client_order_id
    assert (row["denied"], row["quantity"]) == ("replace", "1.5")
    assert row["instrument"] == order.instrument


def test_what_is_kept_is_bounded(bench):
    """The newest; codes beyond the bound are counted together."""
    record = denied(bench, quantity=D("1.5"))
    kept = Denials()
    for number in range(DENIALS_MAX + CODES_MAX + 1):
        kept.add(attrs.evolve(record, code=f"C{number}"))

    assert len(kept.newest) == DENIALS_MAX
    assert kept.newest[-1].code == f"C{DENIALS_MAX + CODES_MAX}"
    assert len(kept.of("alpha")) == CODES_MAX + 1
    assert kept.of("alpha")[OTHER] == DENIALS_MAX + 1
