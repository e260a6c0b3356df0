"""The router's risk controls over time: drift, credit and cash, own orders, hours."""

from typing import Any

import pytest

from engine.messages.venue import (
    CancelOrder,
    ReconcilePart,
    SubmitOrder,
    UpdateKind,
    VenueBalance,
)
from engine.model.enums import Side
from engine.orders import records as r
from engine.orders.dump import dump
from engine.risk.hours import TradingHours
from engine.risk.limits import Drift, Limits, RiskSettings, SelfMatch
from tests.kit.orders import ACCOUNT, BTC, ETH, Bench, D, held, of_kind, settings
from tests.property.test_orders_machine import replayed


def opened(**limits: Any) -> Bench:
    """A venue in service and strategies greeted, with these limits as defaults."""
    bench = Bench(settings(RiskSettings(defaults=Limits(**limits))))
    bench.greet("alpha")
    bench.greet("beta")
    return bench.open_venue()


def denied(bench: Bench, name: str = "alpha", **changes: Any) -> str:
    """Code of the denial of an order that must be denied."""
    intent = bench.intent(name, **changes)
    bench.send(intent)
    assert bench.core.book.orders.by_intent(intent.intent_id) is None
    return bench.last_denial().partition(" ")[0]


# --- PT-06 -------------------------------------------------------------------------------------


def test_a_series_that_drifts_is_stopped_at_the_period_collar():
    """PT-06: each order within its own collar, together beyond: the one that crosses is denied."""
    bench = opened(price_collar=D("0.05"), price_drift=Drift(part=D("0.1"), window_s=2.0))
    for price in (100, 104, 108):
        bench.price(float(price))
        bench.submit(price=D(price + 2))
    bench.price(112.0)
    assert denied(bench, price=D("110.1")) == "PRICE_DRIFT"
    bench.submit(price=D("110.0"))
    bench.submit("beta", price=D(112))  # another strategy's orders are its own
    bench.tick(2.1)
    bench.submit(price=D(113))


def test_a_change_of_an_order_drifts_as_well():
    """PT-06: repricing is ordering."""
    bench = opened(price_drift=Drift(part=D("0.1")))
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.price(110.0)
    bench.modify(order, price=D("110.1"))
    assert bench.last_denial().startswith("PRICE_DRIFT")


# --- PT-12 -------------------------------------------------------------------------------------


def told(bench: Bench, total: str, available: str) -> None:
    """The venue's word on the account's cash, at a comparison."""
    bench.tick(31.0)
    bench.beat()
    cash = VenueBalance(currency="USDT", total=D(total), available=D(available))
    request = bench.request()
    part = part_of(bench, request, cash)
    bench.session(part)
    bench.price(100.0)


def part_of(bench: Bench, request: Any, cash: VenueBalance) -> Any:
    positions = tuple(
        held(name, int(each.quantity))
        for name, each in bench.core.book.accounts.of(ACCOUNT).items()
        if each.quantity
    )
    return ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=0,
        last=True,
        complete=False,
        since_ns=request.since_ns,
        orders=(),
        fills=(),
        positions=positions,
        balances=(cash,),
        error="",
    )


def test_orders_need_a_balance_that_is_free():
    """PT-12: unknown balances deny; then cash less everything open and held is what can be spent."""
    bench = opened(check_balance=True)
    assert denied(bench) == "BALANCE_UNAVAILABLE"
    told(bench, "3", "3")
    one = bench.submit()  # worth 1
    bench.submit()
    assert denied(bench, quantity=D(11)) == "NOTIONAL_EXCEEDS_FREE_BALANCE"
    bench.update(one, UpdateKind.ACCEPTED)
    bench.fill(one, "f1", "10")  # what was open is held now
    assert denied(bench, quantity=D(11)) == "NOTIONAL_EXCEEDS_FREE_BALANCE"
    bench.submit(quantity=D(11), side=Side.SELL, price=D(90))  # closes ten of them, adds one
    assert dump(replayed(bench.journal)) == bench.core.dump()


def test_what_the_venue_holds_back_for_others_is_not_free():
    """PT-12: beyond what is tied up here, what is not available is not ours to spend."""
    bench = opened(check_balance=True)
    told(bench, "3", "3")
    bench.submit()
    told(bench, "5", "1")  # 4 held back: 1 for our order, 3 for something else
    bench.submit()
    assert denied(bench) == "NOTIONAL_EXCEEDS_FREE_BALANCE"


def test_balances_are_journaled_when_they_change():
    """PT-12: the same word twice is one record; it survives a restart."""
    bench = opened(check_balance=True)
    told(bench, "3", "3")
    told(bench, "3", "3")
    told(bench, "4", "3")
    records = [r.from_bytes(body) for body in bench.journal]
    assert len(of_kind(records, r.BalancesTold)) == 2
    after = bench.restarted()
    assert after.core.book.risk.balances.find(ACCOUNT, "USDT").total == D(4)


def test_credit_counts_positions_and_orders():
    """PT-12: what is held and what is open together stay within the credit."""
    bench = opened(max_credit={"USDT": D(3)})
    one = bench.submit()
    bench.fill(one, "f1", "10")
    bench.submit(price=D(90))
    assert denied(bench, quantity=D(12)) == "CREDIT_LIMIT"  # 1 + 0.9 + 1.2
    bench.submit(quantity=D(11))
    bench.submit(quantity=D(10), side=Side.SELL)  # reduces


def test_credit_of_an_account():
    """PT-12: an account has a section of its own."""
    risk = RiskSettings(accounts={ACCOUNT: Limits(max_credit={"USDT": D("0.9")})})
    bench = Bench(settings(risk))
    bench.greet()
    bench.open_venue()
    assert denied(bench) == "CREDIT_LIMIT"


# --- PT-16 -------------------------------------------------------------------------------------


def test_self_match_over_strategies():
    """PT-16: own orders are all of the account's, open, on their way or being cancelled."""
    bench = opened(self_match=SelfMatch.DENY)
    sell = bench.submit("beta", side=Side.SELL, price=D(101))
    bench.submit(price=D("100.9"))
    assert denied(bench, price=D(101)) == "SELF_MATCH"
    bench.cancel(sell)
    assert denied(bench, price=D(101)) == "SELF_MATCH"
    bench.update(sell, UpdateKind.CANCELLED)
    bench.submit(price=D(101))


def test_self_match_of_a_change():
    """PT-16: a change under way rests at the bolder of its prices."""
    bench = opened(self_match=SelfMatch.DENY)
    sell = bench.submit(side=Side.SELL, price=D(105))
    bench.update(sell, UpdateKind.ACCEPTED)
    bench.modify(sell, price=D(102))
    assert denied(bench, price=D(102)) == "SELF_MATCH"
    bench.update(sell, UpdateKind.REPLACED, price=D(102), quantity=D(10))
    bench.submit(price=D("101.9"))
    bench.modify(sell, price=D("101.9"))
    assert bench.last_denial().startswith("SELF_MATCH")


def test_the_oldest_makes_way():
    """PT-16: with cancel_oldest the own orders in the way are cancelled before the new one goes."""
    bench = opened(self_match=SelfMatch.CANCEL_OLDEST)
    near = bench.submit("beta", side=Side.SELL, price=D(101))
    far = bench.submit("beta", side=Side.SELL, price=D(103))
    for each in (near, far):
        bench.update(each, UpdateKind.ACCEPTED)
    sent = bench.send(bench.intent(price=D(102)))
    commands = [m for m in sent if isinstance(m, CancelOrder | SubmitOrder)]
    assert [type(each) for each in commands] == [CancelOrder, SubmitOrder]
    assert commands[0].client_order_id == near.client_order_id
    assert bench.core.book.orders.take(far.client_order_id).pending is None
    assert dump(replayed(bench.journal)) == bench.core.dump()


# --- PT-22 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sessions", "code"), [("22:00-23:00", ""), ("08:00-16:00", "OUTSIDE")])
def test_hours_of_an_instrument(sessions, code):
    """PT-22: hours are looked at by the wall clock; other instruments are not concerned."""
    risk = RiskSettings(instruments={BTC: Limits(trading_hours=TradingHours(sessions=(sessions,)))})
    bench = Bench(settings(risk))  # 22:13 UTC
    bench.greet()
    bench.open_venue()
    bench.send(bench.intent())
    assert bench.last_denial()[: len(code) or None] == code
    bench.submit(instrument=ETH, price=D(10))
