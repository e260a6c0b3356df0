"""Orders by hand and flattening: through the controls, once per request, until nothing is left."""

from typing import Any

import attrs
import pytest

from engine.messages.orders import ExecutionReport
from engine.messages.venue import CancelOrder, SubmitOrder, UpdateKind
from engine.model.enums import (
    Lifecycle,
    Mode,
    OrdType,
    Side,
    TimeInForce,
    TradingStateWord,
    VenueStateWord,
)
from engine.orders import records as r
from engine.orders.settings import StrategyRights
from engine.risk.limits import Limits, Rate, RiskSettings
from tests.kit.orders import (
    ACCOUNT,
    BTC,
    ETH,
    Bench,
    D,
    held,
    of_kind,
    settings,
    venue_order,
)

LIVE = Limits(
    max_order_quantity=D(100),
    max_order_notional={"USDT": D(1000)},
    price_collar=D("0.5"),
    data_age_s_max=5.0,
    max_position=D(1000),
    max_open_notional={"USDT": D(10_000)},
    max_open_orders=50,
    max_messages=Rate(count=100),
    max_loss={"USDT": D(10_000)},
    max_executions=Rate(count=100),
)


def a_bench(risk: RiskSettings | None = None, **changes: Any) -> Bench:
    bench = Bench(settings(risk or RiskSettings(defaults=LIVE), **changes))
    bench.greet("alpha")
    bench.greet("beta")
    return bench.open_venue()


@pytest.fixture
def bench() -> Bench:
    return a_bench()


def by_hand(bench: Bench, **arguments: Any) -> Any:
    wish = {"instrument": BTC, "side": "buy", "quantity": "3", "price": "99"}
    return bench.ask("order", "hedge", **{**wish, **arguments})


def refused(bench: Bench, verb: str, **arguments: Any) -> str:
    (reply,) = bench.operate(verb, "because", **arguments)
    assert not reply.ok
    return reply.error


def sent_since(bench: Bench, before: int, kind: type) -> list[Any]:
    return of_kind([m for _, m in bench.sent[before:]], kind)


def records_of(bench: Bench, kind: type) -> list[Any]:
    return of_kind([r.from_bytes(body) for body in bench.journal], kind)


def filled(bench: Bench, key: str, quantity: int, name: str = "alpha", **changes: Any) -> None:
    """A strategy trades; the position is its own."""
    order = bench.submit(name, quantity=D(quantity), **changes)
    bench.fill(order, key, str(quantity))


# --- orders by hand -----------------------------------------------------------------------------------


def test_an_order_by_hand_is_the_operators(bench):
    """It is sent, counted for owner and account, and is nobody's whose process could be told."""
    before = len(bench.sent)
    answer = by_hand(bench, post_only=True)
    (command,) = sent_since(bench, before, SubmitOrder)
    assert (command.quantity, command.price, command.post_only) == (3, 99, True)
    assert answer["order"]["strategy"] == "operator"
    assert answer["denied"] is None
    order = bench.core.book.orders.get(answer["order"]["client_order_id"])
    bench.fill(order, "f1", "3", "99")
    assert bench.core.book.strategies.quantity("operator", BTC) == 3
    assert bench.core.book.accounts.quantity(ACCOUNT, BTC) == 3
    assert not sent_since(bench, before, ExecutionReport)
    assert bench.restarted().core.book.strategies.quantity("operator", BTC) == 3


def test_types_follow_from_the_prices(bench):
    """Without a price it is a market order; words of the field choose the others."""
    before = len(bench.sent)
    by_hand(bench, price="")
    by_hand(bench, side="sell", time_in_force="ioc", price="99.5")
    market, limit = sent_since(bench, before, SubmitOrder)
    assert (market.ord_type, market.price) == (OrdType.MARKET, None)
    assert (limit.ord_type, limit.time_in_force) == (OrdType.LIMIT, TimeInForce.IOC)


def test_a_repeated_order_is_not_a_second_order(bench):
    """The request's id names the order: again after a restart, and also when only its entry is lost."""
    wish = {"instrument": BTC, "side": "buy", "quantity": "3", "price": "99"}
    (first,) = bench.operate("order", "hedge", request_id="once", **wish)
    before = len(bench.sent)
    (second,) = bench.operate("order", "hedge", request_id="once", **wish)
    assert (second.body, len(bench.sent)) == (first.body, before)
    bench.journal.pop()  # the entry, which is written after the order
    other = bench.restarted()
    (third,) = other.operate("order", "hedge", request_id="once", **wish)
    assert third.ok
    assert len(records_of(other, r.PlannedOrder)) == 1
    assert not of_kind([m for _, m in other.sent], SubmitOrder)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"quantity": "101"}, "QUANTITY_EXCEEDS_MAXIMUM"),
        ({"price": "99.05"}, "PRICE_OFF_TICK"),
        ({"price": "160"}, "PRICE_OUTSIDE_COLLAR"),
        ({"reduce_only": True}, "REDUCE_ONLY_WOULD_INCREASE"),
        ({"instrument": "X.TESTVENUE"}, "INSTRUMENT_NOT_ALLOWED"),
    ],
)
def test_orders_by_hand_pass_every_control(bench, arguments, code):
    """Denied with the codes that strategies get; a dry run foresees it and writes nothing."""
    records = len(bench.journal)
    wish = {"instrument": BTC, "side": "buy", "quantity": "3", "price": "99", **arguments}
    foreseen = bench.ask("order", dry_run=True, **wish)["would"]["denied"]
    assert (foreseen["code"], len(bench.journal)) == (code, records)
    before = len(bench.sent)
    assert by_hand(bench, **arguments)["denied"]["code"] == code
    assert not sent_since(bench, before, SubmitOrder)
    assert [denied.code for denied in records_of(bench, r.DeniedOrder)] == [code]


def test_the_operator_has_limits_of_its_own():
    """`[risk.strategies.operator]` tightens what holds for orders by hand, and only for them."""
    own = {"operator": Limits(max_order_quantity=D(2), market_orders=False)}
    bench = a_bench(RiskSettings(defaults=LIVE, strategies=own))
    assert by_hand(bench)["denied"]["code"] == "QUANTITY_EXCEEDS_MAXIMUM"
    assert by_hand(bench, quantity="2", price="")["denied"]["code"] == "MARKET_ORDER_FORBIDDEN"
    assert by_hand(bench, quantity="2")["denied"] is None
    assert bench.submit(quantity=D(10))


def test_h1_limits_of_the_account_hold_for_orders_by_hand():
    """What `[risk.accounts.*]` alone says holds for the operator as for any strategy."""
    risk = RiskSettings(defaults=LIVE, accounts={ACCOUNT: Limits(max_order_quantity=D(2))})
    bench = a_bench(risk)
    assert by_hand(bench)["denied"]["code"] == "QUANTITY_EXCEEDS_MAXIMUM"
    assert by_hand(bench, quantity="2")["denied"] is None


def test_h1_limits_of_the_account_hold_when_a_removed_strategy_is_flattened():
    """It traded in this mode when it was last declared; its closing orders keep to that account."""
    risk = RiskSettings(defaults=LIVE, accounts={ACCOUNT: Limits(max_order_quantity=D(4))})
    bench = a_bench(risk)
    for key in ("f1", "f2"):
        filled(bench, key, 4)
    bench.config = attrs.evolve(bench.config, strategies={"beta": bench.config.strategies["beta"]})
    other = bench.restarted()
    other.session_boot, other.sequence = other.session_boot + 1, 0
    other.hello()
    other.state(VenueStateWord.RECONCILING)
    orders = tuple(venue_order(o, Lifecycle.FILLED) for o in other.core.book.orders)
    other.answer(orders=orders, positions=(held(BTC, 8),))
    other.price(100.0, BTC)
    before = len(other.sent)
    job = other.ask("flatten", "history", strategy="alpha")["job"]
    settle(other, "a")
    settle(other, "b")
    assert other.ask("flatten-progress", job=job)["stage"] == "flat"
    assert [each.quantity for each in sent_since(other, before, SubmitOrder)] == [4, 4]


def test_h1_losses_of_what_only_the_operator_trades_halt_the_account():
    """The account's loss is weighed on every instrument that it holds, whoever traded it."""
    limits = attrs.evolve(LIVE, max_loss={"USDT": D(10_000)})
    risk = RiskSettings(defaults=limits, accounts={ACCOUNT: Limits(max_loss={"USDT": D("0.01")})})
    strategies = {"beta": StrategyRights(instruments=(BTC,), mode=Mode.PAPER)}
    bench = Bench(settings(risk, strategies=strategies))
    bench.open_venue()
    bench.tick(0.5)
    by_hand(bench, quantity="10", price="100")
    (order,) = bench.core.book.orders
    bench.fill(order, "f1", "10", "100")
    bench.price(101.0, BTC)
    bench.tick(0.5)
    assert bench.core.book.switch.level_of(f"account:{ACCOUNT}") is TradingStateWord.ACTIVE
    assert ("account", ACCOUNT, "max_loss") in {
        (each["kind"], each["owner"], each["limit"]) for each in bench.ask("limits")["usage"]
    }
    bench.price(90.0, BTC)
    bench.tick(0.5)
    assert bench.core.book.switch.level_of(f"account:{ACCOUNT}") is TradingStateWord.HALTED


def test_no_live_order_by_hand_without_the_limits_for_it():
    """PT-28: what a configuration would have to say for a strategy it must say for the operator too."""
    bench = a_bench(RiskSettings(defaults=attrs.evolve(LIVE, max_position=None)))
    denied = by_hand(bench)["denied"]
    assert denied["code"] == "LIMIT_MISSING"
    assert "max_position" in denied["text"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"side": ""}, "buy or sell"),
        ({"quantity": "many"}, "must be a number"),
        ({"quantity": ""}, "a quantity"),
        ({"ord_type": "iceberg"}, "stop_limit"),
        ({"price": "1e30"}, "no market"),
        ({"post_only": "yes"}, "true or false"),
    ],
)
def test_orders_that_make_no_sense_are_refused(bench, changes, words):
    """Before anything is recorded, and with what would have been right."""
    records = len(bench.journal)
    wish = {"instrument": BTC, "side": "buy", "quantity": "3", "price": "99", **changes}
    assert words in refused(bench, "order", **wish)
    assert len(bench.journal) == records


# --- flatten ------------------------------------------------------------------------------------------


def settle(bench: Bench, key: str) -> None:
    """The venue does what it was last asked for: cancels are cancelled, market orders filled."""
    for order in list(bench.core.book.orders.open_of_account(ACCOUNT)):
        if order.pending is not None and order.pending.value == "cancel":
            bench.update(order, UpdateKind.CANCELLED)
        elif order.note.startswith("flatten"):
            bench.fill(order, f"{key}-{order.client_order_id}", str(order.quantity))
    bench.price(100.0, BTC)
    bench.price(10.0, ETH)
    bench.beat()
    bench.tick(0.6)


def test_flatten_cancels_then_closes_in_the_name_of_the_holder(bench):
    """Cancels first; then reduce-only orders of the strategy itself, until it holds nothing."""
    filled(bench, "f1", 10)
    filled(bench, "f2", 4, "beta")
    resting = bench.submit(price=D(90))
    bench.update(resting, UpdateKind.ACCEPTED)
    before = len(bench.sent)
    started = bench.ask("flatten", "going home", strategy="alpha")
    assert started["stage"] == "cancelling"
    assert sent_since(bench, before, CancelOrder)
    assert not sent_since(bench, before, SubmitOrder)
    settle(bench, "a")
    (command,) = sent_since(bench, before, SubmitOrder)
    assert (command.side, command.quantity, command.reduce_only) == (Side.SELL, 10, True)
    assert bench.ask("flatten-progress", job=started["job"])["stage"] == "closing"
    settle(bench, "b")
    progress = bench.ask("flatten-progress", job=started["job"])
    assert (progress["stage"], progress["positions"]) == ("flat", [])
    book = bench.core.book
    assert book.strategies.quantity("alpha", BTC) == 0
    assert book.strategies.quantity("beta", BTC) == 4
    closing = [o for o in book.orders if o.note == "flatten: going home"]
    assert [(o.strategy, o.intent_id.startswith("operator:")) for o in closing] == [("alpha", True)]


def test_flatten_shows_first_what_it_would_do(bench):
    """Orders to cancel, positions to close, strangers' orders that it leaves alone."""
    filled(bench, "f1", 10)
    order = bench.submit(price=D(90))
    dump, sent = bench.core.dump(), len(bench.sent)
    would = bench.ask("flatten", dry_run=True, instrument=BTC)["would"]
    assert would == {
        "open_orders": 1,
        "cancel": [order.client_order_id],
        "close": [f"10 {BTC} of alpha on {ACCOUNT}"],
        "left_alone": [],
    }
    assert (bench.core.dump(), len(bench.sent)) == (dump, sent)


def test_flatten_an_account_closes_what_nobody_holds(bench):
    """The rest is claimed for the operator, then closed; owners and account come out flat."""
    filled(bench, "f1", 10)
    for _ in range(2):
        bench.ask("reconcile-run", "look", venue="testvenue")
        orders = tuple(venue_order(o, Lifecycle.FILLED) for o in bench.core.book.orders)
        bench.answer(orders=orders, positions=(held(BTC, 7),))
    bench.ask("accept", "known", venue="testvenue")
    bench.answer(positions=(held(BTC, 7),))
    job = bench.ask("flatten", "all of it", account=ACCOUNT)["job"]
    (claimed,) = records_of(bench, r.PositionClaimed)
    assert (claimed.owner, claimed.quantity, claimed.by) == ("operator", -3, "operator")
    settle(bench, "a")
    settle(bench, "b")
    assert bench.ask("flatten-progress", job=job)["stage"] == "flat"
    book = bench.core.book
    owners = [book.strategies.quantity(name, BTC) for name in ("alpha", "operator")]
    assert (owners, book.accounts.quantity(ACCOUNT, BTC)) == ([0, 0], 0)
    assert bench.restarted().core.book.strategies.quantity("operator", BTC) == 0


def test_flatten_closes_in_portions_within_the_limits():
    """No closing order is larger than one order may be, in quantity or value."""
    small = attrs.evolve(LIVE, max_order_quantity=D(4))
    bench = a_bench(RiskSettings(defaults=small))
    for number in range(3):
        filled(bench, f"f{number}", 3)
    job = bench.ask("flatten", "home", strategy="alpha")["job"]
    for number in range(4):
        settle(bench, str(number))
    assert bench.ask("flatten-progress", job=job)["stage"] == "flat"
    closing = [o.quantity for o in bench.core.book.orders if o.note.startswith("flatten")]
    assert closing == [4, 4, 1]


def test_flatten_without_market_orders_uses_marketable_limits():
    """Within the collar, on the tick, immediate or cancel."""
    limits = attrs.evolve(LIVE, market_orders=False, price_collar=D("0.002"))
    bench = a_bench(RiskSettings(defaults=limits))
    filled(bench, "f1", 3)
    before = len(bench.sent)
    bench.ask("flatten", "home", venue="testvenue")
    (command,) = sent_since(bench, before, SubmitOrder)
    assert (command.ord_type, command.time_in_force) == (OrdType.LIMIT, TimeInForce.IOC)
    assert command.price == D("99.8")


@pytest.mark.parametrize("level", ["halted", "killed"])
def test_flatten_says_what_to_do_while_trading_is_halted(bench, level):
    """Nothing can be closed then; at `reducing` it can."""
    filled(bench, "f1", 3)
    bench.ask("kill", "drill", level=level)
    assert "arm --level reducing" in refused(bench, "flatten", strategy="alpha")
    bench.ask("arm", "close", level="reducing")
    before = len(bench.sent)
    bench.ask("flatten", "home", strategy="alpha")
    assert sent_since(bench, before, SubmitOrder)


def test_flatten_ends_when_its_time_is_over(bench):
    """What it waited for is said, and nothing further is begun."""
    filled(bench, "f1", 3)
    job = bench.ask("flatten", "home", strategy="alpha", within_s=2)["job"]
    bench.tick(1.0)
    bench.beat()
    bench.tick(1.5)
    progress = bench.ask("flatten-progress", job=job)
    assert progress["stage"] == "timed_out"
    assert f"alpha holds 3 {BTC}" in progress["note"]


def test_flatten_retries_what_is_denied_for_now(bench):
    """A stale reference denies; with a fresh one it goes on."""
    filled(bench, "f1", 3)
    bench.price(100.0, BTC, age_s=60.0)
    job = bench.ask("flatten", "home", strategy="alpha")["job"]
    assert "REFERENCE_UNAVAILABLE" in bench.ask("flatten-progress", job=job)["note"]
    assert not records_of(bench, r.DeniedOrder)
    settle(bench, "a")
    settle(bench, "b")
    assert bench.ask("flatten-progress", job=job)["stage"] == "flat"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "name what to flatten"),
        ({"strategy": "gamma"}, "alpha, beta, operator"),
        ({"venue": "nowhere"}, "testvenue"),
        ({"account": "nowhere"}, "testvenue.live"),
        ({"instrument": "X"}, "no venue here"),
        ({"strategy": "alpha", "within_s": -1}, "within_s"),
    ],
)
def test_flatten_needs_to_be_told_what(bench, arguments, words):
    """A scope that means nothing is refused: an error must not close a book."""
    assert words in refused(bench, "flatten", **arguments)


def test_strangers_orders_are_left_alone(bench):
    """They are shown; nobody cancels them."""
    template = bench.submit()
    bench.update(template, UpdateKind.ACCEPTED)
    bench.ask("reconcile-run", "look", venue="testvenue")
    theirs = venue_order(template, client_order_id="", venue_order_id="t")
    bench.answer(orders=(venue_order(template), theirs))
    would = bench.ask("flatten", dry_run=True, venue="testvenue")["would"]
    assert len(would["left_alone"]) == 1
    before = len(bench.sent)
    bench.ask("flatten", "home", venue="testvenue")
    cancels = sent_since(bench, before, CancelOrder)
    assert [c.client_order_id for c in cancels] == [template.client_order_id]


def test_a_job_ends_with_its_router(bench):
    """Whoever asked is told to ask again."""
    filled(bench, "f1", 3)
    job = bench.ask("flatten", "home", strategy="alpha")["job"]
    other = bench.restarted()
    (reply,) = other.operate("flatten-progress", job=job)
    assert "ask for it again" in reply.error
