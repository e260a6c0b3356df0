"""Whatever clients and the market do, the simulated T4's events, orders and accounts agree."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.venues.t4.simulator.ledger import Ledger
from actors.venues.t4.simulator.listings import BY_ID
from actors.venues.t4.simulator.ordercodes import BuySell
from actors.venues.t4.simulator.prices import text_of, tick_value, ticks_of
from actors.venues.t4.simulator.tradesettings import AccountTerms
from actors.venues.t4.simulator.users import DEFAULT_ACCOUNTS
from tests.kit.fuzzing import examples
from tests.kit.t4_trading import ES, FIRST, Trading, order

LISTING = BY_ID[ES]

prices = st.integers(-12, 12).map(lambda n: str(Decimal(4800) + n * Decimal("0.25")))
sides = st.sampled_from((1, -1))
volumes = st.integers(1, 6)
kinds = st.sampled_from((0, 1, 2, 3, 6, 7, 8, 9))
times = st.sampled_from((0, 1, 2, 3))


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order of any kind."""
    terms: dict[str, Any] = {"price_type": draw(kinds), "time_type": draw(times)}
    if terms["price_type"] in (1, 3):
        terms["limit_price"] = draw(prices)
    if terms["price_type"] in (2, 3, 6, 7):
        terms["stop_price"] = draw(prices)
    if terms["price_type"] == 1 and draw(st.booleans()):
        terms["max_show"] = draw(st.integers(1, 3))
    return order(draw(sides), draw(volumes), **terms)


actions = st.one_of(
    st.tuples(
        st.just("submit"), st.lists(orders(), min_size=1, max_size=3), st.sampled_from((0, 1))
    ),
    st.tuples(st.just("bracket"), orders(), st.integers(1, 8)),
    st.tuples(st.just("pull"), st.integers(0, 20)),
    st.tuples(st.just("revise"), st.integers(0, 20), volumes, prices),
    st.tuples(st.just("hide"), st.integers(0, 20), st.integers(0, 2)),
    st.tuples(st.just("print"), prices, volumes),
    st.tuples(st.just("book"), st.integers(-10, 10), volumes, volumes),
    st.tuples(st.just("wait"), st.sampled_from((0.05, 0.3))),
    st.tuples(st.just("bust")),
    st.tuples(st.just("roll")),
)


class History:
    """What a client sees, and what it makes of it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.sequences: dict[str, int] = {}
        self.working: dict[str, int] = {}
        self.sides: dict[str, int] = {}
        self.net = 0
        self.held: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def take(self, messages: list[Any]) -> None:
        """Read messages in order."""
        for message in messages:
            if message.HasField("account_position"):
                position = message.account_position
                self.held[position.market_id] = (
                    position.buys - position.sells,
                    position.working_buys + position.working_sells,
                )
            for update in message.order_update_multi.updates:
                kind = update.WhichOneof("payload")
                self._event(kind, getattr(update, kind))

    def _event(self, kind: str, event: Any) -> None:
        name = event.unique_id
        if kind == "order_update":
            if name not in self.sides:
                self.names.append(name)
            self.sides[name] = event.buy_sell
        assert name in self.sides, "the first event of an order is its full image"
        if event.sequence_order:
            assert event.sequence_order > self.sequences.get(name, 0)
            self.sequences[name] = event.sequence_order
        if kind == "order_update_trade":
            signed = event.volume * self.sides[name]
            self.net += -signed if event.change == 22 else signed
        if kind != "order_update_failed":
            self.working[name] = event.working_volume if event.status == 1 else 0
        elif event.status == 3:
            self.working[name] = 0


def carry_out(desk: Trading, seen: History, action: Any) -> None:
    """Do one thing to the venue."""
    match action:
        case ("submit", some, link):
            desk.submit(*some, link=link)
        case ("bracket", entry, distance):
            exit_ = {**entry, "buy_sell": -entry["buy_sell"], "volume": 0, "activation_type": 1}
            for name in ("max_show", "stop_price", "limit_price"):
                exit_.pop(name, None)
            gain = Decimal("0.25") * distance * entry["buy_sell"]
            profit = {**exit_, "price_type": 1, "time_type": 2, "limit_price": {"value": str(gain)}}
            loss = {**exit_, "price_type": 2, "time_type": 2, "stop_price": {"value": str(-gain)}}
            desk.submit(entry, profit, loss, link=2)
        case ("pull", place) if seen.names:
            desk.pull(seen.names[place % len(seen.names)])
        case ("revise", place, volume, price) if seen.names:
            desk.revise(seen.names[place % len(seen.names)], volume=volume, limit_price=price)
        case ("hide", place, shown) if seen.names:
            desk.revise(seen.names[place % len(seen.names)], max_show=shown)
        case ("print", price, volume):
            desk.print(price, volume)
        case ("book", middle, bid, ask):
            best = Decimal(4800) + middle * Decimal("0.25")
            desk.set_book(ES, bids=[(str(best), bid)], asks=[(str(best + Decimal("0.25")), ask)])
        case ("wait", seconds):
            desk.wait(seconds)
        case ("bust",):
            desk.arm("bust")
        case ("roll",):
            desk.arm("rollover")


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(script=st.lists(actions, min_size=15, max_size=50), slow=st.booleans())
def test_events_orders_and_accounts_agree(script: list[Any], slow: bool) -> None:
    terms = {"SIM00001": AccountTerms(balance=1e9)}
    desk = Trading(step_ms=40.0 if slow else 0.0, account_terms=terms)
    seen = History()
    for action in script:
        carry_out(desk, seen, action)
        seen.take(desk.take())
        agree(desk, seen)
    desk.wait(1.0)
    seen.take(desk.take())
    agree(desk, seen)


def agree(desk: Trading, seen: History) -> None:
    """What was told, the orders, the account and the matching core say the same."""
    books = desk.venue.desk.books
    position = books.ledgers[FIRST].held(LISTING)
    open_ = books.stores[FIRST].open
    assert position.net == seen.net
    assert seen.held[ES] == (position.net, position.working_buys + position.working_sells)
    assert position.working_buys >= 0
    assert position.working_sells >= 0
    assert {name: each for name, each in seen.working.items() if each} == {
        name: each.working for name, each in open_.items() if each.working and int(each.status) == 1
    }
    core = {each.order_id: each for each in desk.venue.market.exchange.open_orders(FIRST)}
    in_core = [each for each in open_.values() if each.core_id]
    assert sorted(core) == sorted(each.core_id for each in in_core)
    for each in in_core:
        shown = each.terms.max_show
        leaves = core[each.core_id].leaves
        assert leaves == each.leaves if not shown else leaves <= min(shown, each.leaves)


fills = st.lists(st.tuples(sides, volumes, st.integers(19_000, 19_400)), max_size=30)


@given(fills, st.integers(19_000, 19_400))
def test_balance_and_open_profit_add_up_to_what_was_traded(
    traded: list[tuple[int, int, int]], mark: int
) -> None:
    ledger = Ledger.opened(DEFAULT_ACCOUNTS[0], AccountTerms(), 2.25)
    cash = 0
    for side, volume, ticks in traded:
        ledger.settle(LISTING, BuySell(side), volume, ticks)
        cash -= side * volume * ticks
    position = ledger.held(LISTING)
    wealth = ledger.balance + position.unrealised(mark) * tick_value(LISTING)
    fees = Decimal("2.25") * sum(volume for _, volume, _ in traded)
    expected = (cash + position.net * mark) * tick_value(LISTING) - fees
    assert wealth == Decimal(10_000_000) + expected


@given(fills, st.data())
def test_what_is_taken_back_leaves_the_money_as_it_was(
    traded: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    ledger = Ledger.opened(DEFAULT_ACCOUNTS[0], AccountTerms(), 2.25)
    for side, volume, ticks in traded:
        ledger.settle(LISTING, BuySell(side), volume, ticks)
    for side, volume, ticks in data.draw(st.permutations(traded)):
        ledger.unsettle(LISTING, BuySell(side), volume, ticks)
    assert (ledger.held(LISTING).net, ledger.balance) == (0, Decimal(10_000_000))
    assert ledger.held(LISTING).cost == 0


@given(st.integers(1, 100_000), st.sampled_from(tuple(BY_ID.values())), st.integers(0, 2))
def test_prices_survive_the_wire(ticks: int, listing: Any, price_format: int) -> None:
    assert ticks_of(listing, text_of(listing, ticks, price_format), price_format) == ticks
