"""One command to cancel is enough: it is repeated until the orders are over, within bounds."""

from typing import Any

import pytest

from engine.messages.venue import CancelOrder, UpdateKind
from engine.model.enums import Pending, VenueStateWord
from engine.orders import insisting
from engine.orders import records as r
from engine.orders.order import Order
from tests.kit.orders import Bench, of_kind

LIMIT = 4
"""Cancels that the venue's rate limit lets through before the others expire."""


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    return made.open_venue()


def opened(bench: Bench, count: int) -> list[Order]:
    orders = [bench.submit() for _ in range(count)]
    for order in orders:
        bench.update(order, UpdateKind.ACCEPTED)
    return orders


def cancels(bench: Bench, since: int) -> list[str]:
    sent = of_kind([message for _, message in bench.sent[since:]], CancelOrder)
    return [each.client_order_id for each in sent]


def still_open(bench: Bench, orders: list[Order]) -> list[Order]:
    return [order for order in orders if not order.is_terminal]


def a_round(bench: Bench, answer: Any) -> list[str]:
    """Time for one repetition; `answer(place, order)` says what becomes of each cancel sent in it."""
    before = len(bench.sent)
    bench.beat()
    bench.tick(bench.config.cancel_repeat_s + 0.1)
    sent = cancels(bench, before)
    for place, name in enumerate(sent):
        answer(place, bench.core.book.orders.take(name))
    return sent


def held_back(bench: Bench, *, code: str = "") -> Any:
    """A session whose budget takes the first cancels; it proves that the others were not sent."""

    def answer(place: int, order: Order) -> None:
        if place < LIMIT:
            bench.update(order, UpdateKind.CANCELLED)
        else:
            bench.update(order, UpdateKind.NOT_SENT, command=Pending.CANCEL, code=code)

    return answer


def test_cancel_all_is_repeated_until_nothing_is_open(bench):
    """Found with 50 orders: cancels held back beyond their expiry left orders open for ever."""
    orders = opened(bench, 50)
    before = len(bench.sent)
    bench.ask("cancel-all", "out")
    answer = held_back(bench)
    for place, name in enumerate(cancels(bench, before)):
        answer(place, bench.core.book.orders.take(name))
    assert len(still_open(bench, orders)) == 46
    rounds = 0
    while still_open(bench, orders):
        rounds += 1
        a_round(bench, answer)
        assert rounds <= 12
    assert rounds == 12
    assert a_round(bench, answer) == []
    assert bench.core._insisting.count == 0
    planned = of_kind([r.from_bytes(body) for body in bench.journal], r.CancelPlanned)
    assert {(each.by, each.reason) for each in planned} == {("operator", "out")}
    assert bench.ask("alarms") == []


def test_a_cancel_by_name_is_repeated_and_others_are_left_alone(bench):
    """Only what was named, also after the session was away."""
    order, other = opened(bench, 2)
    bench.ask("cancel", "fat finger", orders=[order.client_order_id])
    bench.update(order, UpdateKind.NOT_SENT, command=Pending.CANCEL)
    bench.state(VenueStateWord.DISCONNECTED)
    assert a_round(bench, held_back(bench)) == []
    bench.state(VenueStateWord.RECONCILING)
    assert a_round(bench, held_back(bench)) == [order.client_order_id]
    assert (order.is_terminal, other.is_terminal, other.pending) == (True, False, None)


def test_a_cancel_under_way_or_in_doubt_is_not_repeated(bench):
    """It may still work; a further one would put off the verdict."""
    (order,) = opened(bench, 1)
    bench.ask("cancel", "out", orders=[order.client_order_id])
    assert a_round(bench, held_back(bench)) == []
    bench.update(order, UpdateKind.CANCEL_UNKNOWN)
    assert a_round(bench, held_back(bench)) == []


def test_a_venue_that_says_no_for_good_is_believed_and_a_person_told(bench):
    """A bounded number of refusals, then one alarm with the venue's words, and silence."""
    order, other = opened(bench, 2)
    bench.ask("cancel-all", "out")

    def no(_place: int, order: Order) -> None:
        bench.update(order, UpdateKind.CANCEL_REJECTED, code="7", text="not now")

    no(0, order)
    bench.update(other, UpdateKind.CANCELLED)
    tries = 1
    while a_round(bench, no):
        tries += 1
    assert tries == insisting.REFUSALS_MAX
    (alarm,) = bench.ask("alarms")
    assert (alarm["kind"], alarm["subject"]) == ("not_cancelled", order.client_order_id)
    assert "the venue refused 10 times (not now)" in alarm["text"]
    assert not a_round(bench, no)
    bench.ask("cancel", "again", orders=[order.client_order_id])
    no(0, order)
    assert a_round(bench, no)


def test_repeating_ends_with_its_time(bench, monkeypatch):
    """What is held back for ever is alarmed; no order keeps others from their turn."""
    monkeypatch.setattr(insisting, "WITHIN_S", 30.0)
    monkeypatch.setattr(insisting, "ROUND_ORDERS_MAX", 2)
    orders = opened(bench, 5)
    bench.ask("cancel-all", "out")

    def never(_place: int, order: Order) -> None:
        bench.update(order, UpdateKind.NOT_SENT, command=Pending.CANCEL)

    for order in orders:
        never(0, order)
    sent = [a_round(bench, never) for _ in range(5)]
    assert [len(each) for each in sent] == [2] * 5
    assert {name for each in sent for name in each} == {o.client_order_id for o in orders}
    while a_round(bench, never):
        pass
    (alarm,) = [each for each in bench.ask("alarms") if each["kind"] == "not_cancelled"]
    assert "5 orders could not be cancelled" in alarm["text"]
    assert "still open 30 s after the command" in alarm["text"]
    assert bench.core._insisting.count == 0


def test_giving_up_waits_for_the_journal(bench):
    """Without a journal cancels go on being sent, and nothing is dropped before a person can be told."""
    (order,) = opened(bench, 1)
    bench.disk_full = True
    bench.ask("cancel-all", "out")
    assert a_round(bench, lambda *_: None) == [order.client_order_id]
    assert a_round(bench, lambda *_: None) == [order.client_order_id]
    assert bench.core._insisting.count == 1
