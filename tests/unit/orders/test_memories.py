"""Memories of the newest so many: what they cost does not grow with what they have forgotten."""

import gc
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.model.enums import Side
from engine.orders.dedupe import Answer, Intents
from engine.orders.ledger import FillKeys
from engine.paper import history
from engine.paper.history import History
from engine.risk import rates
from engine.risk.rates import Likeness, RecentOrders

BOUND = 100_000
ADDED = 5_000
DEARER_MAX = 4
"""A full dict that is used as a queue is 30 and more times dearer: it looks at all places it emptied."""


def _intents() -> Callable[[int], object]:
    intents = Intents(BOUND)
    intents.serve("alpha", 1)
    return lambda number: intents.add("alpha", 1, number, Answer("id"))


def _recent() -> Callable[[int], object]:
    recent = RecentOrders()

    def add(number: int) -> None:
        recent.add(Likeness("alpha", "XYZ", Side.BUY, Decimal(number), None, None), number)

    return add


def _fill_keys() -> Callable[[int], object]:
    keys = FillKeys(BOUND)
    return lambda number: keys.add("account", str(number), None)


def _paper_ids() -> Callable[[int], object]:
    remembered = History()
    return lambda number: remembered.use(str(number))


@pytest.mark.parametrize("make", [_intents, _recent, _fill_keys, _paper_ids])
def test_forgetting_the_oldest_costs_the_same_when_much_was_forgotten(
    make: Callable[[], Callable[[int], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found as 20 of the router's 160 µs per order, after the first 10,000 orders."""
    monkeypatch.setattr(rates, "RECENT_ORDERS_MAX", BOUND)
    monkeypatch.setattr(history, "IDS_MAX", BOUND)
    add = make()
    gc.disable()
    try:
        first = _spent_s(add, 0)
        for number in range(ADDED, BOUND + BOUND // 4):
            add(number)
        later = _spent_s(add, 2 * BOUND)
    finally:
        gc.enable()
    assert later < DEARER_MAX * first


def _spent_s(add: Callable[[int], object], start: int) -> float:
    """Processor time of so many additions: their price goes up and down, as the dict is made anew."""
    began = time.process_time()
    for number in range(ADDED):
        add(start + number)
    return time.process_time() - began
