"""Money from fills: exact whatever the sequence."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.model.enums import Side
from engine.orders.exact import AVERAGE_DIGITS
from engine.orders.ledger import Position

D = Decimal
PRICES = st.decimals("0.000001", "100000", places=6)
QUANTITIES = st.decimals("0.001", "5000", places=3)
SIDES = st.sampled_from(Side)
FILLS = st.lists(st.tuples(SIDES, QUANTITIES, PRICES), min_size=1, max_size=30)
MULTIPLIERS = st.sampled_from([D(1), D("0.001"), D("12.5"), D(300)])


def traded(fills, multiplier: Decimal) -> Position:
    position = Position(multiplier=multiplier, currency="USDT")
    for side, quantity, price in fills:
        position.trade(side, quantity, price)
    return position


@given(FILLS, MULTIPLIERS, PRICES)
def test_profit_at_any_mark_is_exact(fills, multiplier, mark):
    """Realised and unrealised profit together are what all fills made at the mark, to the last digit."""
    position = traded(fills, multiplier)
    exact = sum(
        Fraction(side.sign * quantity) * (Fraction(mark) - Fraction(price)) * Fraction(multiplier)
        for side, quantity, price in fills
    )
    total = Fraction(position.realised_pnl) + Fraction(position.unrealised_pnl(mark))
    assert total == exact


@given(FILLS, MULTIPLIERS, PRICES)
def test_flat_profit_is_the_cash(fills, multiplier, price):
    """Once flat, realised profit is exactly the money that moved, and nothing of an average stays."""
    position = traded(fills, multiplier)
    if position.quantity:
        closing = Side.SELL if position.quantity > 0 else Side.BUY
        position.trade(closing, abs(position.quantity), price)
    assert (position.quantity, position.avg_px) == (0, 0)
    assert position.realised_pnl == position.cash
    assert position.unrealised_pnl(price) == 0


@given(FILLS, MULTIPLIERS)
def test_quantity_is_the_sum_of_fills(fills, multiplier):
    """INV-5: the position is the sum of its fills."""
    assert traded(fills, multiplier).quantity == sum(s.sign * q for s, q, _ in fills)


@given(st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=20), SIDES)
def test_average_of_one_side_is_the_weighted_mean(fills, side):
    """Without closing anything the average price is the weighted mean, rounded once per fill."""
    position = traded([(side, quantity, price) for quantity, price in fills], D(1))
    mean = sum(Fraction(q) * Fraction(p) for q, p in fills) / sum(Fraction(q) for q, _ in fills)
    error = abs(Fraction(position.avg_px) - mean) / mean
    assert error < Fraction(len(fills), 10 ** (AVERAGE_DIGITS - 1))


@given(QUANTITIES, PRICES, st.data())
def test_closing_leaves_the_average(quantity, price, data):
    """Reducing a position never changes its average price; crossing zero takes the new one."""
    position = traded([(Side.BUY, quantity, price)], D(1))
    part = data.draw(st.decimals("0.001", quantity, places=3))
    other = data.draw(PRICES)
    position.trade(Side.SELL, part, other)
    assert position.avg_px == (price if part < quantity else 0)
    position.trade(Side.SELL, quantity, other)
    assert position.avg_px == other


@given(FILLS, MULTIPLIERS, st.data())
def test_a_bust_gives_back_quantity_and_cash(fills, multiplier, data):
    """Trading a fill the other way undoes its quantity and its cash exactly."""
    position = traded(fills, multiplier)
    index = data.draw(st.integers(0, len(fills) - 1))
    side, quantity, price = fills[index]
    position.trade(side.opposite, quantity, price)
    rest = traded(fills[:index] + fills[index + 1 :], multiplier)
    assert (position.quantity, position.cash) == (rest.quantity, rest.cash)


@given(FILLS, MULTIPLIERS, st.decimals("-100", "100", places=2), PRICES)
def test_adopting_keeps_realised_profit(fills, multiplier, quantity, avg_px):
    """A position taken over from outside changes what is held, not what was earned."""
    position = traded(fills, multiplier)
    before = position.realised_pnl
    position.adopt(quantity, avg_px)
    assert position.quantity == quantity
    assert position.realised_pnl == before
