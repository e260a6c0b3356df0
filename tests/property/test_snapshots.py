"""INV-11 with snapshots: whatever happened, state from a snapshot and the rest is state from all."""

import os
from random import Random

import pytest

from engine.orders import records as r
from engine.orders.book import BookOfOrders
from engine.orders.dump import dump
from engine.orders.freezing import freeze, thaw
from tests.kit.orders import BTC
from tests.property.test_orders_machine import Walk

HISTORIES = max(4, int(os.environ.get("PITBOSS_MACHINE_RUNS", "60")) // 10)
STEPS = 80
BY_HAND = 6
SAMPLES = 12


def history(seed: int) -> list[object]:
    """The records of one random life of the router, with orders by hand at its end."""
    walk = Walk(seed + 1_000)
    for _ in range(STEPS):
        walk.step()
    walk.machine.bench.disk_full = False
    walk.machine.bench.tick(2.0)
    for number in range(BY_HAND):  # allowed or denied: either is a report that nobody acknowledges
        wish = {"instrument": BTC, "side": "buy", "quantity": "1", "price": str(90 + number)}
        assert walk.machine.bench.ask("order", "hedge", **wish)
    return [r.from_bytes(body) for body in walk.machine.bench.journal]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_snapshot_at_every_point(seed: int) -> None:
    """A book that is frozen and thawed after each record stays equal to one that never is."""
    plain, thawed = BookOfOrders(), BookOfOrders()
    for record in history(seed):
        first, second = plain.apply(record), thawed.apply(record)
        assert first == second
        data = freeze(thawed)
        back = thaw(data)
        assert back.same
        assert freeze(back.book) == data
        assert dump(back.book) == dump(plain)
        thawed = back.book
    assert thawed.fills == plain.fills
    assert thawed.alarms == plain.alarms


def test_m3_the_operators_reports_are_not_kept_after_a_snapshot() -> None:
    """Nobody acknowledges them: their bound is none, whether the book was thawed or not."""
    thawed = BookOfOrders()
    for record in history(0):
        thawed = thaw(freeze(thawed)).book
        thawed.apply(record)
    reports = thawed.figures["operator"].reports
    assert reports.last
    assert (reports.dropped, reports.base, list(reports.after(0))) == (
        reports.last,
        reports.last,
        [],
    )


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_snapshot_and_the_rest(seed: int) -> None:
    """From any point on, replaying the rest gives the very bytes that replaying all gives."""
    records = history(seed)
    whole = BookOfOrders()
    for record in records:
        whole.apply(record)
    for at in Random(seed).sample(range(len(records) + 1), min(SAMPLES, len(records))):
        begun = BookOfOrders()
        for record in records[:at]:
            begun.apply(record)
        book = thaw(freeze(begun)).book
        for record in records[at:]:
            book.apply(record)
        assert dump(book) == dump(whole)
        assert freeze(book) == freeze(whole)
