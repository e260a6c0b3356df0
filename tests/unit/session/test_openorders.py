"""A session's own list of open orders: it may name one too many, and must not miss one."""

from decimal import Decimal
from typing import Any

import pytest

from engine.messages.venue import (
    Fill,
    OrderUpdate,
    ReconcilePart,
    UpdateKind,
    VenueOrder,
)
from engine.model.enums import Lifecycle, Liquidity, OrdType, Pending, Side, TimeInForce
from engine.orders.ids import id_scheme
from engine.session import openorders
from engine.session.openorders import ALONE_REQUEST_ID, OpenOrders
from tests.kit.commands import cancel, request, submit
from tests.kit.orders import CAPABILITIES


def update(kind: UpdateKind, **changes: Any) -> OrderUpdate:
    given = {
        "session": "",
        "boot": 0,
        "sequence": 0,
        "client_order_id": "c-1",
        "venue_order_id": "v-1",
        "kind": kind,
        "cum_qty": None,
        "price": None,
        "quantity": None,
        "code": "",
        "text": "",
        "ts_ns": 1,
    }
    return OrderUpdate(**given | changes)


def fill(cum_qty: str | None) -> Fill:
    return Fill(
        session="",
        boot=0,
        sequence=0,
        client_order_id="",
        venue_order_id="v-1",
        instrument="A.V",
        side=Side.BUY,
        fill_key="f",
        trade_id="t",
        last_qty=Decimal(1),
        last_px=Decimal(1),
        cum_qty=None if cum_qty is None else Decimal(cum_qty),
        fee=Decimal(0),
        fee_currency="",
        liquidity=Liquidity.TAKER,
        ts_ns=1,
    )


def venue_order(name: str = "c-1", **changes: Any) -> VenueOrder:
    given = {
        "client_order_id": name,
        "venue_order_id": "v-1",
        "instrument": "A.V",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal(4),
        "price": Decimal(1),
        "cum_qty": Decimal(0),
        "avg_px": Decimal(0),
        "lifecycle": Lifecycle.OPEN,
        "ts_ns": 1,
    }
    return VenueOrder(**given | changes)


def part(*orders: VenueOrder, number: int = 1, last: bool = True, complete: bool = True):
    return ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=number,
        part=0,
        last=last,
        complete=complete,
        since_ns=0,
        orders=orders,
        fills=(),
        positions=(),
        balances=(),
        error="",
    )


SCHEME = id_scheme(CAPABILITIES.client_order_id)


def an_id(counter: int, *, salt: int = 77, boot: int = 3) -> str:
    """As a router would make it."""
    return SCHEME.make(SCHEME.prefix(salt, boot), counter)


def one() -> OpenOrders:
    orders = OpenOrders()
    orders.sent(submit(quantity=Decimal(4)))
    orders.told(update(UpdateKind.ACCEPTED))
    return orders


def names(orders: OpenOrders) -> list[tuple[str, str]]:
    return [(order.client_order_id, order.venue_order_id) for order in orders]


def test_an_order_counts_from_the_moment_it_is_sent():
    """Before any answer, without a venue's id: it may be live already."""
    orders = OpenOrders()
    orders.sent(submit())
    orders.sent(cancel())
    assert names(orders) == [("c-1", "")]
    assert orders.instruments == {"A.V"}
    orders.told(update(UpdateKind.ACCEPTED))
    assert names(orders) == [("c-1", "v-1")]


@pytest.mark.parametrize(
    ("kind", "changes", "left"),
    [
        (UpdateKind.REJECTED, {}, 0),
        (UpdateKind.CANCELLED, {}, 0),
        (UpdateKind.EXPIRED, {}, 0),
        (UpdateKind.FILLED, {}, 0),
        (UpdateKind.CANCELLED, {"client_order_id": ""}, 0),
        (UpdateKind.NOT_SENT, {"command": Pending.NEW}, 0),
        (UpdateKind.NOT_SENT, {"command": Pending.CANCEL}, 1),
        (UpdateKind.CANCEL_PENDING, {}, 1),
        (UpdateKind.CANCEL_REJECTED, {}, 1),
        (UpdateKind.UNKNOWN, {}, 1),
        (UpdateKind.ACCEPTED, {"cum_qty": Decimal(3)}, 1),
        (UpdateKind.ACCEPTED, {"cum_qty": Decimal(4)}, 0),
        (UpdateKind.REPLACED, {"cum_qty": Decimal(4), "quantity": Decimal(9)}, 1),
        (UpdateKind.CANCELLED, {"client_order_id": "x", "venue_order_id": "x"}, 1),
    ],
)
def test_news_end_an_order_or_do_not(kind, changes, left):
    """What ends it takes it off; what is under way, refused or in doubt does not."""
    orders = one()
    orders.told(update(kind, **changes))
    assert len(orders) == left


@pytest.mark.parametrize(("cum_qty", "left"), [("4", 0), ("3", 1), (None, 1)])
def test_fills_end_an_order_when_they_complete_it(cum_qty, left):
    """By the venue's own sum only: fills may come twice."""
    orders = one()
    orders.told(fill(cum_qty))
    assert len(orders) == left


def test_a_new_boot_learns_from_the_reconciliation():
    """Orders of the boot before and of strangers are found, ended ones are not."""
    orders = OpenOrders()
    orders.sent(request())
    orders.told(
        part(
            venue_order("c-7", venue_order_id="v-7"),
            venue_order("", venue_order_id="v-8"),
            venue_order("c-9", venue_order_id="v-9", lifecycle=Lifecycle.FILLED),
        )
    )
    assert names(orders) == [("c-7", "v-7"), ("", "v-8")]
    orders.told(update(UpdateKind.CANCELLED, client_order_id="", venue_order_id="v-8"))
    assert names(orders) == [("c-7", "v-7")]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (part(), 0),
        (part(complete=False), 1),
        (part(last=False), 1),
        (part(number=2), 1),
        (part(venue_order()), 1),
        (part(venue_order(lifecycle=Lifecycle.CANCELLED)), 0),
    ],
)
def test_absence_counts_in_a_complete_answer_only(answer, left):
    """An answer that was cut, is not over or belongs to another question proves nothing."""
    orders = one()
    orders.sent(request())
    orders.told(answer)
    assert len(orders) == left


def test_an_order_sent_after_the_question_is_not_missed_in_the_answer():
    """It could not be in there."""
    orders = OpenOrders()
    orders.sent(request())
    orders.sent(submit())
    orders.told(part())
    assert len(orders) == 1


def test_orders_of_strangers_are_listed_and_not_ours():
    """ORD-12: neither by a missing name nor by one of another form; found by review M5."""
    orders = OpenOrders(SCHEME)
    orders.sent(request())
    orders.told(
        part(
            venue_order(an_id(1), venue_order_id="v-1"),
            venue_order("", venue_order_id="v-2", instrument="B.V"),
            venue_order("web-4711", venue_order_id="v-3", instrument="C.V"),
        )
    )
    assert len(orders) == 3
    assert [order.client_order_id for order in orders.own] == [an_id(1)]
    assert orders.instruments == {"A.V"}


def test_orders_of_another_journal_are_not_ours_once_we_know_our_own():
    """Two engines on one account; our journal's earlier boots count as we do; found by review M5."""
    orders = OpenOrders(SCHEME)
    orders.sent(request())
    orders.sent(submit(client_order_id=an_id(5)))
    found = [an_id(1, boot=2), an_id(1, salt=78)]
    orders.told(part(*(venue_order(each, venue_order_id=each) for each in found)))
    assert [order.client_order_id for order in orders.own] == [an_id(5), an_id(1, boot=2)]


def test_a_stranger_that_the_router_acts_on_is_ours():
    """One that was claimed, or that a person wants cancelled."""
    orders = OpenOrders(SCHEME)
    orders.sent(request())
    orders.told(part(venue_order("", venue_order_id="v-8")))
    assert orders.own == []
    orders.sent(cancel(client_order_id="", venue_order_id="v-8"))
    assert [order.venue_order_id for order in orders.own] == ["v-8"]


@pytest.mark.parametrize(("number", "complete"), [(ALONE_REQUEST_ID, True), (4, True), (-1, False)])
def test_the_own_question_is_answered_by_its_own_complete_answer(number, complete):
    """A router's does not count, nor one that was cut."""
    orders = OpenOrders(SCHEME)
    orders.sent(request(number))
    orders.told(part(number=number, complete=complete))
    assert orders.answered is (complete and number == ALONE_REQUEST_ID)


def test_the_list_is_bounded(monkeypatch):
    """Beyond its bound the oldest go."""
    monkeypatch.setattr(openorders, "OPEN_MAX", 3)
    orders = OpenOrders()
    for number in range(5):
        orders.sent(submit(client_order_id=f"c-{number}"))
    assert [name for name, _ in names(orders)] == ["c-2", "c-3", "c-4"]
