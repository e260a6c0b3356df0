"""Whatever clients and the outside market do, the exchange's books, fills and money hold together."""

import os
from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.exchange.events import (
    BookChanged,
    BookTop,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRefused,
    OrderReplaced,
    TradePrinted,
)
from engine.exchange.feeds import BookReset, OutsideTrade, TopSet
from engine.exchange.model import (
    Liquidity,
    OrderStatus,
    RefusalReason,
    SelfTrade,
    Side,
    TimeInForce,
)
from tests.kit.exchange import BUY, SELL, SYMBOL, Pit, instrument, of

ACCOUNTS = ("ann", "bob", "cid")
START = Decimal(1_000)
RUNS = int(os.environ.get("PITBOSS_MACHINE_RUNS", "60"))
unhurried = settings(max_examples=RUNS, deadline=None)  # a busy machine must not fail a property

accounts = st.sampled_from(ACCOUNTS)
sides = st.sampled_from(Side)
ticks = st.integers(197, 203)
lots = st.integers(1, 12)
sizes = st.integers(0, 12)

submits = st.tuples(
    st.just("submit"),
    st.fixed_dictionaries(
        {
            "account": accounts,
            "side": sides,
            "lots": lots,
            "ticks": st.none() | ticks,
            "time_in_force": st.sampled_from(TimeInForce),
            "self_trade": st.sampled_from(SelfTrade),
            "reduce_only": st.sampled_from((False, False, True)),
        }
    ),
)
cancels = st.tuples(st.just("cancel"), accounts, st.integers(0, 5))
modifies = st.tuples(st.just("modify"), accounts, st.integers(0, 5), lots, ticks)
level_sets = st.tuples(
    st.just("levels"),
    st.lists(st.tuples(sides, ticks, sizes), max_size=5),
    st.booleans(),
    st.booleans(),
)
quotes = st.tuples(st.just("top"), ticks, sizes, st.integers(0, 3), sizes, st.booleans())
outside_trades = st.tuples(st.just("print"), ticks, lots, st.none() | sides)
resets = st.tuples(st.just("reset"))
steps = st.lists(
    st.one_of(
        submits, submits, submits, cancels, modifies, level_sets, quotes, outside_trades, resets
    ),
    min_size=20,  # hypothesis draws about five of a list without a lower bound: too few to meet
    max_size=40,
)


def _pick(pit, account, number):
    """An order id of the account, open or never seen."""
    open_orders = pit.exchange.open_orders(account)
    return open_orders[number % len(open_orders)].order_id if open_orders else 10_000 + number


def _apply(pit, step):
    """One step; the events, or none where the feed contradicted itself."""
    match step:
        case ("submit", terms):
            return pit.submit(**terms)
        case ("cancel", account, number):
            pit.now_ns += 1
            return pit.exchange.cancel(account, pit.now_ns, order_id=_pick(pit, account, number))
        case ("modify", account, number, quantity, price):
            pit.now_ns += 1
            return pit.exchange.modify(
                account,
                pit.now_ns,
                order_id=_pick(pit, account, number),
                quantity=Decimal(quantity),
                price=Decimal("0.5") * price,
            )
        case ("levels", levels, snapshot, beneath):
            try:
                return pit.levels(*levels, snapshot=snapshot, beneath_top=beneath)
            except ValueError:
                return []
        case ("top", bid, bid_lots, spread, ask_lots, keep_depth):
            return pit.top((bid, bid_lots), (bid + spread, ask_lots), keep_depth=keep_depth)
        case ("print", price, size, aggressor):
            return pit.prints(price, size, aggressor)
        case _:
            return pit.exchange.market(BookReset(SYMBOL, pit.now_ns), pit.now_ns)


def _funded(*listed):
    pit = Pit(*listed)
    for account in ACCOUNTS:
        pit.exchange.deposit(account, "USD", START)
    return pit


@unhurried
@given(steps)
def test_clients_orders_are_never_crossed_and_the_book_is_what_was_published(sequence):
    """No client's order stands at or through the other side, and the deltas rebuild book and top."""
    pit = _funded()
    book = {BUY: {}, SELL: {}}
    top = (None, 0, None, 0)
    silent = False
    for step in sequence:
        events = _apply(pit, step)
        for changed in of(events, BookChanged):
            for side, price, size in changed.changes:
                assert book[side].get(price, 0) != size
                book[side][price] = size
        for shown in of(events, BookTop):
            top = (shown.bid_ticks, shown.bid_lots, shown.ask_ticks, shown.ask_lots)
        bids = tuple(sorted(((p, q) for p, q in book[BUY].items() if q), reverse=True))
        asks = tuple(sorted((p, q) for p, q in book[SELL].items() if q))
        assert (pit.bids(), pit.asks()) == (bids, asks)
        quoted = pit.exchange._outside[SYMBOL]._quoted
        if step[0] == "levels" and step[3] and not quoted:
            silent = True  # depth before the first quote publishes no top
        elif of(events, BookTop):
            silent = False
        assert silent or top == pit.exchange.top(SYMBOL)
        best_bid = bids[0][0] if bids else -1
        best_ask = asks[0][0] if asks else 10**9
        assert best_bid <= best_ask
        for account in ACCOUNTS:
            for order in pit.exchange.open_orders(account):
                own = int(order.price * 2)
                assert own < best_ask if order.side is BUY else own > best_bid


@unhurried
@given(steps)
def test_fills_never_exceed_orders_and_every_order_accounts_for_itself(sequence):
    """Cumulative plus leaves is the quantity while working; fills sum up to the cumulative quantity."""
    pit = _funded()
    filled = defaultdict(Decimal)
    worth = defaultdict(Decimal)
    latest = {}
    for step in sequence:
        for event in _apply(pit, step):
            if isinstance(event, OrderFilled):
                fill = event.fill
                assert fill.quantity > 0
                filled[fill.order_id] += fill.quantity
                worth[fill.order_id] += fill.quantity * fill.price
                if event.order.price is not None:
                    better = fill.price <= event.order.price
                    assert better if fill.side is BUY else fill.price >= event.order.price
            if isinstance(event, OrderAccepted | OrderFilled | OrderCancelled | OrderReplaced):
                latest[event.order.order_id] = event.order
    for order_id, order in latest.items():
        assert filled[order_id] == order.cumulative <= order.quantity
        if order.cumulative:
            assert abs(worth[order_id] / order.cumulative - order.average_price) < Decimal("1e-20")
        if order.status is OrderStatus.WORKING:
            assert order.cumulative + order.leaves == order.quantity
            assert order.leaves > 0
        else:
            assert order.leaves == 0
        if order.status is OrderStatus.FILLED:
            assert order.cumulative == order.quantity
        assert pit.exchange.order(order.account, order_id=order_id) == order
    working = {i for i, order in latest.items() if order.status is OrderStatus.WORKING}
    seen = {o.order_id for account in ACCOUNTS for o in pit.exchange.open_orders(account)}
    assert seen == working


@unhurried
@given(steps)
def test_money_and_positions_are_the_sum_of_the_fills(sequence):
    """Balance = start + realised - fees; position = bought - sold; flat accounts keep their cash flow."""
    pit = _funded()
    for step in sequence:
        _apply(pit, step)
    for account in ACCOUNTS:
        fills = pit.exchange.fills(account)
        position = pit.exchange.position(account, SYMBOL)
        signed = [(f.quantity if f.side is BUY else -f.quantity) for f in fills]
        assert position.quantity == sum(signed, Decimal(0))
        assert position.fees == sum((f.fee for f in fills), Decimal(0))
        assert position.realised == sum((f.realised for f in fills), Decimal(0))
        balance = pit.exchange.balance(account, "USD")
        assert balance == START + position.realised - position.fees
        cash = -sum((q * f.price for q, f in zip(signed, fills, strict=True)), Decimal(0))
        mark = pit.exchange.instrument(SYMBOL).price(pit.exchange.mark_ticks(SYMBOL))
        total = (cash + position.quantity * mark) * Decimal("0.1")
        assert pit.exchange.equity(account, "USD") + position.fees - START == total


@unhurried
@given(steps)
def test_what_one_side_gets_the_other_side_gives(sequence):
    """Each call: taker fills = maker fills + outside size consumed, and every trade is printed once."""
    pit = _funded()
    for step in sequence:
        before = {side: dict(_outside(pit, side)) for side in Side}
        events = _apply(pit, step)
        made = [e.fill for e in of(events, OrderFilled) if e.fill.liquidity is Liquidity.MAKER]
        took = [e.fill for e in of(events, OrderFilled) if e.fill.liquidity is Liquidity.TAKER]
        prints = {p.trade_id: p for p in of(events, TradePrinted)}
        assert len(prints) == len(of(events, TradePrinted))
        for fill in made + took:
            shown = prints[fill.trade_id]
            assert (fill.quantity, fill.price * 2) == (shown.lots, shown.price_ticks)
        if step[0] in ("submit", "modify"):
            consumed = sum(
                size - _outside(pit, side).get(key, 0)
                for side in Side
                for key, size in before[side].items()
            )
            assert sum(f.quantity for f in took) == sum(f.quantity for f in made) + consumed
        elif step[0] == "print":
            assert sum(p.lots for p in prints.values()) == step[2]
            assert sum(f.quantity for f in made) <= step[2]
            assert not took


def _outside(pit, side):
    return pit.exchange._books[SYMBOL].own_side(side).outside


@unhurried
@given(steps)
def test_price_comes_before_place_and_place_before_later_orders(sequence):
    """At every fill of a resting order nobody of its side stood at a better price or earlier in its queue."""
    pit = _funded()
    for step in sequence:
        queues = {side: _queue(pit, side) for side in Side}
        gone = set()
        for event in _apply(pit, step):
            if isinstance(event, OrderCancelled | OrderReplaced):
                gone.add(event.order.order_id)
            if isinstance(event, OrderFilled) and event.fill.liquidity is Liquidity.MAKER:
                ahead = [i for i in queues[event.order.side] if i not in gone]
                assert ahead[0] == event.order.order_id
                if event.order.status is OrderStatus.FILLED:
                    gone.add(event.order.order_id)


def _queue(pit, side):
    """Resting order ids of a side in the order in which they must trade."""
    ladder = pit.exchange._books[SYMBOL].own_side(side)
    return [o.order_id for key in sorted(ladder.queues, reverse=True) for o in ladder.queues[key]]


@unhurried
@given(steps)
def test_no_account_trades_with_itself(sequence):
    """No print has the same account on both sides."""
    pit = _funded()
    for step in sequence:
        events = _apply(pit, step)
        owners = defaultdict(list)
        for event in of(events, OrderFilled):
            owners[event.fill.trade_id].append(event.fill.account)
        assert all(len(set(names)) == len(names) for names in owners.values())


@unhurried
@given(steps)
def test_open_reduce_only_orders_never_promise_more_than_the_position(sequence):
    """After every call the position covers all open reduce-only orders of its account."""
    pit = _funded()
    for step in sequence:
        _apply(pit, step)
        for account in ACCOUNTS:
            held = pit.exchange.position(account, SYMBOL).quantity
            reducing = [o for o in pit.exchange.open_orders(account) if o.reduce_only]
            for side, closable in ((SELL, held), (BUY, -held)):
                promised = sum(o.leaves for o in reducing if o.side is side)
                assert promised == 0 or promised <= closable


@unhurried
@given(steps)
def test_a_fok_is_all_or_nothing(sequence):
    """The fills of a FOK sum up to its quantity or to nothing."""
    pit = _funded()
    for step in sequence:
        events = _apply(pit, step)
        if step[0] == "submit" and step[1]["time_in_force"] is TimeInForce.FOK:
            took = sum(
                e.fill.quantity
                for e in of(events, OrderFilled)
                if e.fill.liquidity is Liquidity.TAKER
            )
            assert took in (0, step[1]["lots"])


@unhurried
@given(steps)
def test_the_queue_in_front_never_shrinks_backwards(sequence):
    """Within a price, outside size ahead never exceeds the level and never falls from one order to the next."""
    pit = _funded()
    for step in sequence:
        _apply(pit, step)
        for side in Side:
            ladder = pit.exchange._books[SYMBOL].own_side(side)
            for key, queue in ladder.queues.items():
                ahead = [order.ahead for order in queue]
                assert ahead == sorted(ahead)
                assert ahead[-1] <= ladder.outside.get(key, 0)
                assert sum(o.leaves for o in queue) == ladder.resting[key]


@unhurried
@given(steps)
def test_the_same_calls_give_the_same_events(sequence):
    """Two exchanges that are told the same answer the same."""
    one, two = _funded(), _funded()
    for step in sequence:
        assert _apply(one, step) == _apply(two, step)


def _exposure(pit, account, more_buys=0, more_sells=0):
    """The largest position that could come of an account's position and orders."""
    held = pit.exchange.position(account, SYMBOL).quantity
    leaves = {BUY: Decimal(more_buys), SELL: Decimal(more_sells)}
    for order in pit.exchange.open_orders(account):
        leaves[order.side] += order.leaves
    return max(abs(held + leaves[BUY]), abs(held - leaves[SELL]))


@unhurried
@given(steps)
def test_an_order_is_accepted_exactly_when_the_balance_covers_what_it_adds(sequence):
    """With margin asked, the value of the added exposure decides, and reducing is always allowed."""
    pit = _funded(instrument(initial_margin_rate=Decimal(8)))
    for step in sequence:
        if step[0] != "submit" or step[1]["reduce_only"]:
            _apply(pit, step)
            continue
        account, size = step[1]["account"], step[1]["lots"]
        buys, sells = (size, 0) if step[1]["side"] is BUY else (0, size)
        added = _exposure(pit, account, buys, sells) - _exposure(pit, account)
        needed = added * pit.exchange.mark_ticks(SYMBOL) * Decimal("0.05") * 8
        covered = added <= 0 or needed <= pit.exchange.available(account, "USD")
        (first, *_) = _apply(pit, step)
        refused = isinstance(first, OrderRefused) and first.reason is RefusalReason.BALANCE
        wrong = isinstance(first, OrderRefused) and not refused  # a post-only market order
        assert wrong or refused is not covered


outside_steps = st.lists(
    st.one_of(
        st.builds(
            lambda bid, size, spread, other: TopSet(SYMBOL, bid, size, bid + spread, other, 1),
            ticks,
            lots,
            st.integers(0, 3),
            lots,
        ),
        st.builds(
            lambda at, size, side, number: OutsideTrade(SYMBOL, at, size, side, number, 1),
            ticks,
            lots,
            st.none() | sides,
            st.integers(1, 10**9),
        ),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(outside_steps)
def test_without_clients_tops_and_prints_are_the_fed_rows(feed):
    """Same values, same number, same order, whatever the rows are."""
    pit = Pit()
    for event in feed:
        answers = pit.exchange.market(event, 1)
        if isinstance(event, TopSet):
            (top,) = of(answers, BookTop)
            assert (top.bid_ticks, top.bid_lots) == (event.bid_ticks, event.bid_lots)
            assert (top.ask_ticks, top.ask_lots) == (event.ask_ticks, event.ask_lots)
        else:
            (trade,) = answers
            assert (trade.price_ticks, trade.lots) == (event.price_ticks, event.lots)
            assert (trade.aggressor, trade.trade_id) == (event.aggressor, event.trade_id)
