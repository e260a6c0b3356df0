"""Orders that depend on each other: all of a list are placed, or none, and all are reserved."""

import attrs
import pytest

from engine.messages.orders import IntentJournaled, SubmitListIntent
from engine.messages.venue import QueryOrder, SubmitOrder, SubmitOrderList, UpdateKind
from engine.model.enums import (
    Certainty,
    Contingency,
    Lifecycle,
    OrdType,
    Pending,
    Side,
    TimeInForce,
)
from engine.orders import records as r
from engine.orders.settings import RouterSettings
from engine.risk.limits import Limits, RiskSettings
from tests.kit.orders import ACCOUNT, BTC, ETH, SESSION, Bench, D, of_kind, settings


def able(risk: RiskSettings | None = None, *contingencies: Contingency) -> RouterSettings:
    """Settings whose venue keeps these lists dependent, all of them unless some are named."""
    made = settings(risk)
    session = made.trade_sessions[SESSION]
    can = attrs.evolve(session.capabilities, contingencies=contingencies or tuple(Contingency))
    return attrs.evolve(made, trade_sessions={SESSION: attrs.evolve(session, capabilities=can)})


def served(config: RouterSettings | None = None) -> Bench:
    bench = Bench(config or able())
    bench.greet("alpha")
    bench.open_venue()
    return bench


def listed(bench: Bench, contingency: Contingency, *changes: dict) -> SubmitListIntent:
    return SubmitListIntent(
        strategy="alpha",
        boot=bench.boots["alpha"],
        contingency=contingency,
        orders=tuple(bench.intent(**each) for each in changes),
        created_mono_ns=bench.mono_ns,
    )


LIMIT = {"side": Side.SELL, "price": D(101)}
STOP = {"side": Side.SELL, "ord_type": OrdType.STOP, "price": None, "stop_price": D(99)}


def oco(bench: Bench) -> SubmitListIntent:
    return listed(bench, Contingency.OCO, LIMIT, STOP)


def bracket(bench: Bench) -> SubmitListIntent:
    return listed(bench, Contingency.BRACKET, {}, LIMIT, STOP)


def codes(bench: Bench) -> list[str]:
    records = [r.from_bytes(body) for body in bench.journal]
    return [each.code for each in records if isinstance(each, r.DeniedOrder)]


@pytest.mark.parametrize("make", [oco, bracket])
def test_a_list_leaves_as_one_command(make):
    """One command carries all of them, each is an order of the book, and each intent is confirmed."""
    bench = served()
    wish = make(bench)
    sent = bench.send(wish)
    (command,) = of_kind(sent, SubmitOrderList)
    assert not of_kind(sent, SubmitOrder)
    assert command.contingency is wish.contingency
    confirmed = [each.client_order_id for each in of_kind(sent, IntentJournaled)]
    assert confirmed == [each.client_order_id for each in command.orders]
    orders = [bench.core.book.orders.take(name) for name in confirmed]
    assert [each.intent_id for each in orders] == [each.intent_id for each in wish.orders]
    assert {each.list_id for each in orders} == {confirmed[0]}
    assert {each.contingency for each in orders} == {wish.contingency}


def test_all_of_a_list_is_reserved():
    """The venue may fill more than one before it cancels the others."""
    bench = served()
    bench.send(bracket(bench))
    exposure = bench.core.book.account_exposure.instrument(ACCOUNT, BTC)
    assert (exposure.buys, exposure.sells, exposure.orders) == (D(10), D(20), 3)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_orders_of_a_list_count_before_they_are_placed(most):
    """PT-11: at the limit of open orders all pass; one more and none does, the others say because of whom."""
    bench = served(able(RiskSettings(defaults=Limits(max_open_orders=most))))
    sent = bench.send(oco(bench))
    if most >= 2:
        assert of_kind(sent, SubmitOrderList)
        assert codes(bench) == []
    else:
        assert not of_kind(sent, SubmitOrderList)
        assert codes(bench) == ["ORDER_LIST_REFUSED", "OPEN_ORDERS_LIMIT"]
        assert not list(bench.core.book.orders.open_of_account(ACCOUNT))


@pytest.mark.parametrize("most", [19, 20, 21])
def test_positions_are_limited_by_all_of_a_list(most):
    """PT-06: two sells of 10 may become a position of -20."""
    bench = served(able(RiskSettings(defaults=Limits(max_position=D(most)))))
    sent = bench.send(oco(bench))
    assert bool(of_kind(sent, SubmitOrderList)) is (most >= 20)


def test_what_the_venue_cannot_keep_dependent_is_denied():
    """PT-25: nothing is sent in another form."""
    bench = served(able(None, Contingency.OCO))
    assert not of_kind(bench.send(bracket(bench)), SubmitOrderList | SubmitOrder)
    assert codes(bench) == ["UNSUPPORTED_CONTINGENCY"] * 3


@pytest.mark.parametrize(
    ("contingency", "changes"),
    [
        (Contingency.OCO, (LIMIT,)),
        (Contingency.OCO, (LIMIT, STOP, STOP)),
        (Contingency.OCO, (LIMIT, {**STOP, "side": Side.BUY})),
        (Contingency.OCO, (LIMIT, {**STOP, "quantity": D(9)})),
        (Contingency.OCO, (LIMIT, {**STOP, "instrument": ETH})),
        (Contingency.OCO, (STOP, {**LIMIT, "time_in_force": TimeInForce.IOC})),
        (Contingency.OCO, (STOP, {**LIMIT, "ord_type": OrdType.MARKET, "price": None})),
        (Contingency.BRACKET, ({},)),
        (Contingency.BRACKET, ({}, {**LIMIT, "side": Side.BUY}, STOP)),
    ],
)
def test_what_is_no_list_of_its_kind_is_denied(contingency, changes):
    """Every order of it, with the reason."""
    bench = served()
    assert not of_kind(bench.send(listed(bench, contingency, *changes)), SubmitOrderList)
    assert codes(bench) == ["ORDER_LIST_REFUSED"] * len(changes)


def test_a_repeated_list_is_answered_and_not_sent_again():
    """The answer was lost, not the list."""
    bench = served()
    wish = bracket(bench)
    first = of_kind(bench.send(wish), IntentJournaled)
    again = bench.send(wish)
    assert of_kind(again, IntentJournaled) == first
    assert not of_kind(again, SubmitOrderList)


def test_a_list_recorded_in_part_is_never_sent_late():
    """The router died between two records: the rest is denied, the recorded one is asked about."""
    bench = served()
    wish = oco(bench)
    bench.send(wish)
    planned = [
        at
        for at, body in enumerate(bench.journal)
        if isinstance(r.from_bytes(body), r.PlannedOrder)
    ]
    del bench.journal[planned[1] :]
    other = bench.restarted()
    other.greet("alpha")
    other.open_venue()
    sent = other.send(wish)
    assert not of_kind(sent, SubmitOrderList)
    assert codes(other) == ["ORDER_LIST_REFUSED"]
    order = other.core.book.orders.by_intent(wish.orders[0].intent_id)
    assert order.certainty is Certainty.UNKNOWN or order.lifecycle is Lifecycle.NEVER_ARRIVED


def test_a_journal_that_fails_within_a_list_leaves_nothing_unwatched():
    """What was recorded before it failed is asked about; nothing was sent."""
    bench = served()
    wish, write = oco(bench), bench.write
    left = [1]

    def full_after_one(body):
        bench.disk_full = left[0] <= 0
        left[0] -= 1
        write(body)

    bench.core._k._write = full_after_one
    sent = bench.send(wish)
    assert not of_kind(sent, SubmitOrderList)
    bench.core._k._write = write
    bench.disk_full = False
    bench.tick(10.0)
    for _ in range(20):
        bench.tick(2.0)
        bench.beat()
    order = bench.core.book.orders.by_intent(wish.orders[0].intent_id)
    assert order.certainty is Certainty.UNKNOWN or order.is_terminal
    assert of_kind([message for _, message in bench.sent], QueryOrder) or order.is_terminal


def test_lists_of_others_or_without_bounds_are_ignored():
    """Orders of another boot or strategy, one order twice, or none at all: nothing is recorded."""
    bench = served()
    wish = oco(bench)
    before = len(bench.journal)
    bench.send(attrs.evolve(wish, orders=()))
    bench.send(attrs.evolve(wish, orders=(wish.orders[0], wish.orders[0])))
    bench.send(attrs.evolve(wish, orders=wish.orders * 3))
    alien = attrs.evolve(wish.orders[1], strategy="beta")
    bench.send(attrs.evolve(wish, orders=(wish.orders[0], alien)))
    assert len(bench.journal) == before
    assert bench.core.gauges()["counters"]["malformed_list"] == 4


def test_a_list_that_was_not_handed_over_is_not_sent():
    """Each of its orders ends, provably never sent."""
    bench = served()
    (command,) = of_kind(bench.send(oco(bench)), SubmitOrderList)
    bench.take(bench.core.undelivered(SESSION, command, "queue full", bench.now))
    for each in command.orders:
        assert bench.core.book.orders.take(each.client_order_id).is_terminal


def test_orders_of_a_list_live_on_their_own():
    """One fills, the venue cancels the other: news of each, a cancel for each."""
    bench = served()
    (command,) = of_kind(bench.send(oco(bench)), SubmitOrderList)
    limit, stop = (bench.core.book.orders.take(each.client_order_id) for each in command.orders)
    bench.update(limit, UpdateKind.ACCEPTED)
    bench.update(stop, UpdateKind.ACCEPTED)
    bench.cancel(limit)
    assert (limit.pending, stop.pending) == (Pending.CANCEL, None)
    bench.update(stop, UpdateKind.CANCELLED)
    assert stop.lifecycle is Lifecycle.CANCELLED
    assert limit.lifecycle is Lifecycle.OPEN
