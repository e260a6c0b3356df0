"""A venue where one order of ours has to be several: its log adds up to one, and each part counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.drill.checkers import VenueWord, judge
from engine.drill.checkers.witness import witnessed
from engine.model.enums import Lifecycle, Side
from tests.kit.histories import at_venue, defined, entries, history, planned

D = Decimal
BOTH = ("1", "2")


def placed(leg: str, quantity: int, **changes):
    terms = {"side": Side.BUY, "quantity": D(quantity), "price": D(100)}
    return at_venue(VenueWord.ORDER, leg=leg, **terms | changes)


def events(*last):
    """Two legs of an order for ten were accepted."""
    return [
        placed("1", 4),
        placed("2", 6),
        *(at_venue(VenueWord.ACCEPTED, leg=leg) for leg in BOTH),
        *last,
    ]


def filled(leg: str, quantity: int, key: str):
    return at_venue(VenueWord.FILL, leg=leg, quantity=D(quantity), fill_key=key, side=Side.BUY)


def ended(leg: str, word: VenueWord = VenueWord.CANCELLED):
    return at_venue(word, leg=leg)


@pytest.mark.parametrize(
    ("last", "lifecycle", "cum_qty"),
    [
        ([], Lifecycle.OPEN, 0),
        ([filled("1", 4, "a")], Lifecycle.PARTLY_FILLED, 4),
        ([filled("1", 4, "a"), filled("2", 6, "b")], Lifecycle.FILLED, 10),
        ([filled("1", 4, "a"), ended("2")], Lifecycle.CANCELLED, 4),
        ([ended("1"), ended("2"), filled("2", 1, "b")], Lifecycle.CANCELLED, 1),
        ([ended("1", VenueWord.REJECTED)], Lifecycle.OPEN, 0),
        ([ended("1", VenueWord.EXPIRED), filled("2", 6, "b")], Lifecycle.EXPIRED, 6),
    ],
)
def test_legs_add_up_to_one_order(last, lifecycle, cum_qty):
    """Open while any is; over when all are, cancelled if any was."""
    found = witnessed(events(*last))
    (order,) = found.orders.values()

    assert (order.lifecycle, order.cum_qty, order.quantity) == (lifecycle, cum_qty, 10)
    assert len(found.received) == 1
    assert sum(found.positions.values()) == cum_qty


def test_an_order_all_of_whose_legs_were_refused_is_refused():
    """And nothing of it is open."""
    refused = [placed(leg, 5) for leg in BOTH]
    refused += [ended(leg, VenueWord.REJECTED) for leg in BOTH]
    (order,) = witnessed(refused).orders.values()

    assert order.lifecycle is Lifecycle.REJECTED


def verdicts(*venue):
    found = judge(history(records=entries(defined(), planned()), venue=tuple(venue)))
    return {verdict.invariant: verdict.held for verdict in found}


def test_legs_are_no_order_sent_twice_and_the_same_leg_again_is():
    """INV-4; of a leg the quantity is a part of what was planned (INV-2), a side that differs is not."""
    good = verdicts(placed("1", 4), placed("2", 6))
    twice = verdicts(placed("1", 4), placed("2", 6), placed("2", 6))
    other = verdicts(placed("1", 4, side=Side.SELL))

    assert (good["INV-2"], good["INV-4"]) == (True, True)
    assert twice["INV-4"] is False
    assert other["INV-2"] is False
