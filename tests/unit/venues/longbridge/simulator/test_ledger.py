"""Accounts: holdings with their cost, shorts, buying power, exact money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.simulator.bound import Bound, Totals
from actors.venues.longbridge.simulator.ledger import Holding, Ledger, convert
from actors.venues.longbridge.simulator.listings import BY_SYMBOL
from actors.venues.longbridge.simulator.orders import Execution
from engine.errors import ConfigError
from tests.kit.longbridge_trading import APPLE, TENCENT, Still

NOTHING = Totals({}, {})
PRICES = {symbol: listing.reference_price for symbol, listing in BY_SYMBOL.items()}


@pytest.mark.parametrize(
    ("trades", "quantity", "cost"),
    [
        ([(100, 10)], 100, "10"),
        ([(100, 10), (100, 20)], 200, "15"),
        ([(100, 10), (-40, 20)], 60, "10"),
        ([(100, 10), (-100, 20)], 0, "0"),
        ([(100, 10), (-150, 20)], -50, "20"),
        ([(-50, 20), (-50, 10)], -100, "15"),
        ([(-50, 20), (80, 10)], 30, "10"),
    ],
)
def test_a_holding_keeps_its_average_cost(trades, quantity, cost):
    """Long and short alike; what turns the position has a new cost."""
    holding = Holding(APPLE)
    for shares, price in trades:
        holding.trade(Decimal(shares), Decimal(price))
    assert (holding.quantity, holding.cost) == (quantity, Decimal(cost))


@pytest.mark.parametrize(
    "knobs",
    [
        {"holdings": {APPLE: Decimal(1)}, "symbols": (TENCENT,)},
        {"balances": {"EUR": Decimal(1)}},
    ],
)
def test_an_account_cannot_begin_with_what_does_not_exist(knobs):
    """Told by name before anything runs."""
    with pytest.raises(ConfigError, match=r"AAPL\.US|EUR"):
        Still(**knobs)


def bought(ledger: Ledger, shares: int, price: Decimal) -> None:
    execution = Execution(
        order_id=1,
        trade_id="1-1",
        symbol=APPLE,
        side="Buy" if shares > 0 else "Sell",
        price=price,
        quantity=Decimal(abs(shares)),
        fee=ledger.fee(abs(shares) * price),
        at_ns=0,
    )
    ledger.settle(execution, "USD")


@given(st.lists(st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 50_000))))
def test_money_is_the_sum_of_its_flows(trades):
    """To the cent, whatever was traded, and a round of no profit costs its fees alone."""
    ledger = Ledger(name="A", fee_rate=Decimal("0.0003"), cash={"USD": Decimal(1_000)})
    spent = Decimal(0)
    for shares, price_cents in trades:
        price = Decimal(price_cents) / 100
        bought(ledger, shares, price)
        spent += shares * price + ledger.fee(abs(shares) * price)
    assert ledger.cash["USD"] == 1_000 - spent
    signed = sum(flow.amount * (1 if flow.direction == 2 else -1) for flow in ledger.flows)
    assert signed == -spent
    assert ledger.holding(APPLE).quantity == sum(shares for shares, _ in trades)


def test_a_short_binds_its_proceeds_and_a_margin():
    """Selling short brings no buying power."""
    ledger = Ledger(name="A", cash={"USD": Decimal(10_000)})
    before = ledger.buying_power(NOTHING, PRICES, "USD")
    bought(ledger, -10, PRICES[APPLE])
    after = ledger.buying_power(NOTHING, PRICES, "USD")
    assert before - after == 10 * PRICES[APPLE] / 2
    assert ledger.net_assets(PRICES, "USD") == 10_000


def test_cash_of_all_currencies_is_one_pool():
    """At fixed rates, with financing on top."""
    ledger = Ledger(
        name="A", financing=Decimal(780), cash={"USD": Decimal(100), "HKD": Decimal(780)}
    )
    assert ledger.buying_power(NOTHING, PRICES, "USD") == 300
    assert ledger.buying_power(NOTHING, PRICES, "HKD") == 2_340
    assert convert(Decimal(1), "CNH", "CNY") == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell", "release"]), st.integers(1, 5), st.integers(0, 10**9)
        )
    )
)
def test_what_is_bound_is_the_sum_over_the_orders(steps):
    """Kept sums agree with what each order bound last, exactly, and so does the sum without one."""
    bound, cash, shares = Bound(), {}, {}
    for step, order_id, size in steps:
        cash.pop(order_id, None)
        shares.pop(order_id, None)
        if step == "buy":
            bound.buy(order_id, "HKD", Decimal(size) / 100)
            cash[order_id] = Decimal(size) / 100
        elif step == "sell":
            bound.sell(order_id, APPLE, Decimal(size))
            shares[order_id] = Decimal(size)
        else:
            bound.release(order_id)
    assert bound.totals().cash_in("HKD") == sum(cash.values())
    assert bound.totals().shares_of(APPLE) == sum(shares.values())
    without = bound.totals(without=1)
    assert without.cash_in("HKD") == sum(cash.values()) - cash.get(1, 0)
    assert without.shares_of(APPLE) == sum(shares.values()) - shares.get(1, 0)
