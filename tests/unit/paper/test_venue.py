from decimal import Decimal

import attrs
import pytest

from engine.messages.venue import Fill, OrderUpdate, ReconcilePart, UpdateKind
from engine.model.enums import Lifecycle, OrdType, TimeInForce
from engine.paper import answers, history, venue
from tests.kit.market import btc, definition
from tests.kit.paper import BUY, CASH, IOC, MS, SELL, WALL_NS, Bench, D

ACCEPTED = (UpdateKind.ACCEPTED, "")
REJECTED = UpdateKind.REJECTED
LIMITED = attrs.evolve(
    btc(),
    min_quantity=D(2),
    max_quantity=D(100),
    max_market_quantity=D(50),
    min_notional=D("0.5"),
)


@pytest.fixture
def bench():
    """Asks 10 at 100.1 and 20 at 100.2, bids 10 at 99.9 and 20 at 99.8."""
    bench = Bench()
    bench.book()
    return bench


# --- what is taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": "NONE.WOOXPRO"}, "UNKNOWN_INSTRUMENT"),
        ({"ord_type": OrdType.STOP, "stop_price": D(90)}, "UNSUPPORTED_ORDER_TYPE"),
        ({"ord_type": OrdType.STOP_LIMIT}, "UNSUPPORTED_ORDER_TYPE"),
        ({"stop_price": D(90)}, "UNSUPPORTED_ORDER_TYPE"),
        ({"quantity": 0}, "INVALID_QUANTITY"),
        ({"quantity": -5}, "INVALID_QUANTITY"),
        ({"quantity": 1}, "INVALID_QUANTITY"),
        ({"quantity": "5.5"}, "INVALID_QUANTITY"),
        ({"quantity": 101}, "INVALID_QUANTITY"),
        ({"quantity": 51, "price": None}, "INVALID_QUANTITY"),
        ({"quantity": "9" * 40}, "INVALID_QUANTITY"),
        ({"price": "100.05"}, "INVALID_PRICE"),
        ({"price": 0}, "INVALID_PRICE"),
        ({"price": -100}, "INVALID_PRICE"),
        ({"price": None, "ord_type": OrdType.LIMIT}, "INVALID_PRICE"),
        ({"ord_type": OrdType.MARKET}, "INVALID_PRICE"),
        ({"price": "1234567890123456789012345678901234567890"}, "INVALID_PRICE"),
        ({"price": "0.1"}, "MIN_NOTIONAL"),
        ({"price": None, "quantity": 4}, "MIN_NOTIONAL"),
        ({"post_only": True, "time_in_force": IOC}, "INVALID_POST_ONLY"),
        ({"post_only": True, "price": None}, "INVALID_POST_ONLY"),
    ],
)
def test_terms_are_judged_as_a_venue_would(changes, code):
    """Each fault of an order is refused with its own code and a text for people."""
    bench = Bench(instruments=(LIMITED,))
    bench.book()
    (update,) = bench.submit(**changes)
    assert (update.kind, update.code) == (REJECTED, code)
    assert update.text


@pytest.mark.parametrize(
    "changes", [{"quantity": 2, "price": 1000}, {"quantity": 100}, {"quantity": 50, "price": None}]
)
def test_orders_within_all_limits_are_taken(changes):
    """The bounds themselves are allowed."""
    bench = Bench(instruments=(LIMITED,))
    bench.book()
    bench.submit(**changes)
    assert bench.updates()[0] == ACCEPTED


def test_closing_a_small_position_is_always_possible():
    """The smallest order value does not hold for what only reduces."""
    bench = Bench(instruments=(attrs.evolve(btc(), min_notional=D("0.5")),))
    bench.book()
    bench.submit("open", quantity=6, price=None)
    bench.submit("part", side=SELL, quantity=3, price=None, reduce_only=True)
    assert bench.position() == 3


def test_an_instrument_that_stops_trading_takes_no_orders(bench):
    """A definition may change at any time; the last one counts."""
    bench.market(definition(attrs.evolve(btc(), tradeable=False)))
    bench.submit()
    assert bench.updates() == [(REJECTED, "NOT_TRADEABLE")]


def test_a_used_client_order_id_is_refused(bench):
    """Open, on its way or finished: the second order of an id is refused and changes nothing."""
    bench.submit(price="99.0")
    before = len(bench.journal)
    bench.submit(price="99.5")
    assert bench.updates() == [ACCEPTED, (REJECTED, "DUPLICATE_ID")]
    bench.cancel()
    bench.submit()
    assert bench.updates()[-1] == (REJECTED, "DUPLICATE_ID")
    assert len(bench.journal) == before + 1


def test_open_orders_are_bounded(bench, monkeypatch):
    """Beyond the bound orders are refused, not remembered."""
    monkeypatch.setattr(venue, "OPEN_ORDERS_MAX", 1)
    bench.submit("c1", price="99.0")
    bench.submit("c2", price="99.0")
    assert bench.updates("c2") == [(REJECTED, "TOO_MANY_ORDERS")]


# --- cancels and changes -------------------------------------------------------------------------------


def test_a_cancel_ends_what_rests(bench):
    """Told once, with what was filled."""
    bench.submit(quantity=15, price="100.1")
    (update,) = bench.cancel()
    assert (update.kind, update.code, update.cum_qty) == (UpdateKind.CANCELLED, "USER", 10)
    bench.trade(90.0, 100)
    assert len(bench.fills) == 1


def test_a_cancel_of_what_is_not_open_is_refused(bench):
    """Never seen, or over: refused, with the filled quantity where it is known."""
    (unknown,) = bench.cancel("nobody")
    assert (unknown.kind, unknown.code) == (UpdateKind.CANCEL_REJECTED, "UNKNOWN_ORDER")
    assert unknown.cum_qty is None
    bench.submit(quantity=5, price=None)
    (over,) = bench.cancel()
    assert (over.kind, over.cum_qty) == (UpdateKind.CANCEL_REJECTED, 5)


def test_a_cancel_may_name_the_venues_id_only(bench):
    """A router that lost its memory can still cancel what it found here."""
    (accepted,) = bench.submit(price="99.0")
    (update,) = bench.cancel("external-1", accepted.venue_order_id)
    assert (update.kind, update.client_order_id) == (UpdateKind.CANCELLED, "c1")


@pytest.mark.parametrize(("instrument", "left"), [("", 0), ("BTCUSDT.WOOXPRO", 1)])
def test_cancel_all_ends_all_or_one_instruments_orders(instrument, left):
    """An empty name means every instrument."""
    eth = "ETHUSDT.WOOXPRO"
    bench = Bench(instruments=(btc(), btc(eth)))
    bench.submit("b1", price="99.0")
    bench.submit("b2", price="98.0")
    bench.submit("e1", price="97.0", instrument=eth)
    bench.cancel_all(instrument)
    assert len(bench.venue.book.orders) == left


def test_a_new_price_may_trade_at_once(bench):
    """Moved across the spread it takes what is there and rests with the remainder."""
    bench.submit(quantity=15, price="99.0")
    replaced, fill = bench.replace(quantity=15, price="100.1")
    assert (replaced.kind, replaced.price, replaced.quantity) == (
        UpdateKind.REPLACED,
        D("100.1"),
        15,
    )
    assert (fill.last_qty, fill.last_px) == (10, D("100.1"))
    bench.trade(100.1, 5)
    assert bench.fills_of("c1")[-1] == (5, D("100.1"))


@pytest.mark.parametrize(
    ("change", "filled"), [({"quantity": 3}, 2), ({"quantity": 6}, 0), ({"price": "99.8"}, 0)]
)
def test_only_less_size_keeps_the_place_in_the_queue(bench, change, filled):
    """More size or another price goes to the back."""
    bench.submit(quantity=5, price="99.9")
    bench.trade(99.9, 8)
    bench.replace(**{"quantity": 5, **change})
    bench.trade(float(change.get("price", 99.9)), 4)
    assert sum(quantity for quantity, _ in bench.fills_of("c1")) == filled


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": "99.05"}, "INVALID_PRICE"),
        ({"quantity": "5.5"}, "INVALID_QUANTITY"),
        ({"quantity": 101}, "INVALID_QUANTITY"),
        ({"price": "100.1"}, "POST_ONLY_WOULD_CROSS"),
        ({"quantity": 2}, "BELOW_FILLED"),
        ({"price": "0.1"}, "MIN_NOTIONAL"),
    ],
)
def test_changes_are_judged_like_orders(changes, code):
    """A refused change leaves the order as it was."""
    bench = Bench(instruments=(attrs.evolve(LIMITED, min_notional=D("0.3")),))
    bench.book()
    bench.submit(quantity=5, price="100.0", post_only=True)
    bench.trade(100.0, 2)
    (update,) = bench.replace(**changes)
    assert (update.kind, update.code) == (UpdateKind.REPLACE_REJECTED, code)
    (order,) = bench.venue.book.orders.values()
    assert (order.quantity, order.price, order.leaves_qty) == (5, 100, 3)


def test_a_change_of_what_is_not_open_is_refused(bench):
    """There is nothing to change."""
    (update,) = bench.replace("nobody")
    assert (update.kind, update.code) == (UpdateKind.REPLACE_REJECTED, "UNKNOWN_ORDER")


def test_a_changed_order_never_trades_with_an_own_one(bench):
    """Moved into an own order, it is ended there."""
    bench.submit("own", side=SELL, quantity=5, price="100.0")
    bench.submit(price="99.9")
    bench.replace(price="100.0")
    assert bench.updates()[-1] == (UpdateKind.CANCELLED, "SELF_MATCH")
    assert bench.fills == []


# --- latency -------------------------------------------------------------------------------------------


def test_an_order_takes_effect_after_its_latency():
    """Nothing is told before; what the market shows then decides."""
    bench = Bench(latency_ms=5.0)
    bench.book()
    assert bench.submit(price="100.1") == []
    bench.book(asks=((100.3, 10.0),))
    assert bench.wait(4.9) == []
    (accepted,) = bench.wait(0.2)
    assert accepted.kind is UpdateKind.ACCEPTED
    assert bench.fills == []


def test_a_cancel_can_lose_against_a_fill():
    """While the cancel is on its way the market trades: filled, and the cancel is refused."""
    bench = Bench(latency_ms=5.0)
    bench.book()
    bench.submit(price="100.0")
    bench.wait(6)
    bench.cancel()
    bench.trade(99.0, 50)
    bench.wait(6)
    assert bench.fills_of("c1") == [(5, 100)]
    assert bench.updates() == [ACCEPTED, (UpdateKind.CANCEL_REJECTED, "UNKNOWN_ORDER")]


def test_market_data_does_not_overtake_what_was_due():
    """Whatever was due before a message meets the market as it was before it."""
    bench = Bench(latency_ms=5.0)
    bench.book()
    bench.submit(price=None)
    bench.mono_ns += 6 * MS
    bench.book(asks=((200.0, 10.0),))
    assert bench.fills_of("c1") == [(5, D("100.1"))]


def test_a_fill_cannot_come_from_a_print_during_the_latency():
    """An order that is not at the venue yet is not filled."""
    bench = Bench(latency_ms=5.0)
    bench.book()
    bench.submit(price="100.0")
    bench.trade(90.0, 50)
    bench.wait(6)
    assert bench.fills == []


# --- questions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "kind", "cum_qty"),
    [
        (lambda b: b.submit(price="99.0"), UpdateKind.ACCEPTED, 0),
        (lambda b: b.submit(price="100.1", quantity=15), UpdateKind.ACCEPTED, 10),
        (lambda b: b.submit(price=None), UpdateKind.FILLED, 5),
        (lambda b: (b.submit(price="99.0"), b.cancel()), UpdateKind.CANCELLED, 0),
        (lambda b: b.submit(price="99.01"), UpdateKind.REJECTED, 0),
    ],
)
def test_a_query_tells_the_orders_state(bench, prepare, kind, cum_qty):
    """Open and finished orders are told with terms and filled quantity, and nothing is journaled."""
    prepare(bench)
    before = len(bench.journal)
    (update,) = bench.query()
    assert (update.kind, update.cum_qty) == (kind, cum_qty)
    assert update.quantity is not None
    assert len(bench.journal) == before


def test_a_query_waits_for_the_order_it_is_about():
    """Asked while the order is on its way, the answer comes after the order took effect."""
    bench = Bench(latency_ms=5.0)
    bench.submit(price="99.0")
    bench.query()
    told = bench.wait(20)
    assert [each.kind for each in told] == [UpdateKind.ACCEPTED, UpdateKind.ACCEPTED]


def test_an_unknown_order_is_not_answered(bench):
    """Silence, as the contract says."""
    assert bench.query("nobody") == []


def test_a_reconciliation_tells_everything_since(bench):
    """Working orders always, finished ones and fills by their last change, positions and cash."""
    bench.submit("old", price=None, quantity=1)
    bench.submit("rests", price="99.0")
    bench.submit("ends", price="98.0")
    since_ns = WALL_NS + bench.mono_ns + 1
    bench.cancel("ends")
    bench.submit("new", price=None, quantity=2)
    (part,) = bench.reconcile(since_ns, request_id=7)
    assert (part.request_id, part.part, part.last, part.complete) == (7, 0, True, True)
    assert {order.client_order_id: order.lifecycle for order in part.orders} == {
        "rests": Lifecycle.OPEN,
        "ends": Lifecycle.CANCELLED,
        "new": Lifecycle.FILLED,
    }
    assert [fill.client_order_id for fill in part.fills] == ["new"]
    assert [(p.quantity, p.avg_px) for p in part.positions] == [(3, D("100.1"))]
    assert [(b.currency, b.total) for b in part.balances] == [("USDT", bench.cash())]


def test_a_reconciliation_sees_what_arrived_before_it():
    """No order that was handed in before the question is missing from the answer."""
    bench = Bench(latency_ms=5.0, latency_jitter_ms=5.0)
    for number in range(20):
        bench.submit(f"c{number}", price="99.0")
    bench.reconcile()
    bench.wait(20)
    (part,) = [each for each in bench.news if isinstance(each, ReconcilePart)]
    assert len(part.orders) == 20


def test_a_reconciliation_does_not_know_what_comes_after_it():
    """An order handed in behind the question has not taken effect when it is answered."""
    bench = Bench(latency_ms=5.0)
    bench.reconcile()
    bench.submit(price="99.0")
    part, accepted = bench.wait(6)
    assert part.orders == ()
    assert accepted.kind is UpdateKind.ACCEPTED


def test_a_large_answer_is_cut_into_parts(bench, monkeypatch):
    """Parts of bounded size, numbered, the last one marked; nothing twice, nothing missing."""
    monkeypatch.setattr(answers, "PART_ITEMS_MAX", 3)
    for number in range(7):
        bench.submit(f"c{number}", price="99.0")
    parts = bench.reconcile()
    assert [(part.part, part.last) for part in parts] == [(0, False), (1, False), (2, True)]
    assert [o.client_order_id for p in parts for o in p.orders] == [f"c{n}" for n in range(7)]
    assert [len(part.balances) for part in parts] == [1, 0, 0]


def test_the_whole_past_is_complete_while_nothing_was_forgotten(bench):
    """A question from the beginning of time is no reason for doubt."""
    (part,) = bench.reconcile(0)
    assert part.complete


def test_an_answer_that_reaches_beyond_memory_is_not_complete(bench, monkeypatch):
    """What was forgotten is admitted; later questions are complete again."""
    monkeypatch.setattr(history, "FINISHED_MAX", 2)
    for number in range(3):
        bench.submit(f"c{number}", price="99.0")
        bench.cancel(f"c{number}")
    forgotten_ns = WALL_NS + bench.mono_ns
    (part,) = bench.reconcile(0)
    assert not part.complete
    assert len(part.orders) == 2
    (part,) = bench.reconcile(bench.venue.book.history._forgotten_ns)
    assert not part.complete
    (part,) = bench.reconcile(forgotten_ns)
    assert part.complete
    bench.submit("c0", price="99.0")
    assert bench.updates("c0")[-1] == (REJECTED, "DUPLICATE_ID")


# --- money -----------------------------------------------------------------------------------------------


def test_cash_is_start_plus_profit_less_fees(bench):
    """A round trip moves cash by exactly its profit and fees; while open, by the fees only."""
    bench.submit("open", quantity=10, price=None)
    fee = D("100.1") * 10 * D("0.001") * D("0.0006")
    assert bench.cash() == CASH["USDT"] - fee
    bench.book(bids=((101.0, 10.0),), asks=((101.1, 1.0),))
    bench.submit("close", side=SELL, quantity=10, price=None)
    profit = (D("101.0") - D("100.1")) * 10 * D("0.001")
    fees = fee + D("101.0") * 10 * D("0.001") * D("0.0006")
    assert bench.cash() == CASH["USDT"] + profit - fees
    assert bench.venue.book.account.positions() == []


def test_averages_may_round_but_money_does_not(bench):
    """Thirds in the average price leave no trace in the cash of a closed position."""
    bench = Bench(taker_fee_rate=D(0))
    for number, (price, quantity) in enumerate([(100.1, 1), (100.2, 1), (100.4, 1)]):
        bench.book(asks=((price, 1.0),), bids=())
        bench.submit(f"b{number}", quantity=quantity, price=None)
    for number, price in enumerate([101.0, 101.1, 101.3]):
        bench.book(bids=((price, 1.0),), asks=())
        bench.submit(f"s{number}", side=SELL, quantity=1, price=None)
    assert bench.cash() == CASH["USDT"] + (D("303.4") - D("300.7")) * D("0.001")


def test_fees_use_the_rates_in_force():
    """Set rates replace the instrument's; makers and takers pay their own."""
    bench = Bench(maker_fee_rate=D("-0.0001"), taker_fee_rate=D("0.001"))
    bench.book()
    bench.submit("t", quantity=10, price=None)
    bench.submit("m", quantity=10, price="99.9")
    bench.trade(99.0, 10)
    assert [fill.fee for fill in bench.fills] == [D("0.001001"), D("-0.0000999")]
    assert {fill.fee_currency for fill in bench.fills} == {"USDT"}


def test_everything_told_leaves_numbering_to_the_actor(bench):
    """Session, boot and sequence are empty; times and ids are the venue's."""
    bench.submit(quantity=15, price="100.1")
    for told in bench.news:
        assert isinstance(told, OrderUpdate | Fill)
        assert (told.session, told.boot, told.sequence) == ("", 0, 0)
        assert told.venue_order_id == "a-1"
        assert WALL_NS < told.ts_ns <= WALL_NS + bench.mono_ns
    assert [fill.trade_id for fill in bench.fills] == ["a-2"]
    assert isinstance(bench.fills[0].last_px, Decimal)
    assert bench.fills[0].side is BUY


# --- orders for the day ------------------------------------------------------------------------------

TO_MIDNIGHT_NS = venue.DAY_NS - WALL_NS % venue.DAY_NS


def day_order(bench: Bench, **changes) -> None:
    bench.submit("c1", price="99", time_in_force=TimeInForce.DAY, **changes)


def test_an_order_for_the_day_rests_until_the_day_is_over(bench):
    """At midnight UTC it expires; one that is good until cancelled stays."""
    day_order(bench)
    bench.submit("c2", price="99")
    assert bench.quote() == []
    bench.mono_ns += TO_MIDNIGHT_NS
    (news,) = bench.quote()

    assert (news.client_order_id, news.kind, news.code) == ("c1", UpdateKind.EXPIRED, "END_OF_DAY")
    assert list(bench.venue.book.orders) == ["c2"]
    assert bench.query("c1")[-1].kind is UpdateKind.EXPIRED
    assert bench.quote() == []


def test_an_order_for_the_day_that_a_restart_outlived_ends_with_the_first_news(bench):
    """The paper venue was away at midnight; the journal knows the day of the order."""
    day_order(bench)
    again = Bench(bench.journal, tag="b")
    assert list(again.venue.book.orders) == ["c1"]
    again.mono_ns += TO_MIDNIGHT_NS
    (news,) = again.quote()

    assert (news.client_order_id, news.kind) == ("c1", UpdateKind.EXPIRED)


def test_a_maker_order_may_be_for_the_day(bench):
    """Post-only asks for an order that may rest, and one for the day may."""
    day_order(bench, post_only=True)
    assert bench.news[-1].kind is UpdateKind.ACCEPTED
