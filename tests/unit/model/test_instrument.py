"""Instruments: names, grids, and the named roundings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.instrument import instrument_id_of, symbol_of, venue_of
from tests.kit.orders import instrument

D = Decimal
TICKS = st.sampled_from([D("0.1"), D("0.01"), D("0.00001"), D("0.25"), D("5"), D("0.5")])
PRICES = st.floats(min_value=1e-3, max_value=1e7)


@given(TICKS, st.integers(1, 10**6))
def test_a_price_on_the_grid_crosses_the_bridge_exactly(tick, steps):
    """Text, float, number: what is on the grid comes through `price` unchanged."""
    made = instrument(price_increment=tick)
    exact = tick * steps
    for value in (exact, str(exact), float(exact)):
        assert made.price(value) == exact


@given(TICKS, PRICES)
def test_roundings_bracket_the_value(tick, value):
    """Down and up are on the grid, on either side, and less than a tick apart from the value."""
    made = instrument(price_increment=tick)
    exact = D(repr(value))
    down, up = made.price_down(value), made.price_up(value)
    assert down <= exact <= up
    assert up - down in (0, tick)
    assert made.price(down) == down
    assert made.price(up) == up
    assert made.price_nearest(value) in (down, up)


@given(TICKS, PRICES)
def test_strict_price_never_rounds(tick, value):
    """`price` gives the exact value or refuses it."""
    made = instrument(price_increment=tick)
    exact = D(repr(value))
    if exact % tick:
        with pytest.raises(ValueError, match="multiple"):
            made.price(value)
    else:
        assert made.price(value) == exact


@given(st.sampled_from([D(1), D("0.001"), D(100)]), st.floats(min_value=0, max_value=1e6))
def test_quantities_round_down_only(lot, value):
    """The largest quantity on the grid not above the value; the strict one refuses what is off it."""
    made = instrument(quantity_increment=lot)
    down = made.quantity_down(value)
    assert 0 <= D(repr(value)) - down < lot
    assert made.quantity(down) == down
    with pytest.raises(ValueError, match="multiple"):
        made.quantity(down + lot / 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), D("NaN"), D("-1E+30"), "1e5"])
def test_what_is_no_number_is_no_price(value):
    """NaN, infinity and other texts are refused by every way in."""
    made = instrument()
    for way in (made.price, made.price_down, made.price_up, made.price_nearest, made.quantity):
        with pytest.raises(ValueError, match=r"finite|plain"):
            way(value)


@pytest.mark.parametrize(
    ("name", "symbol", "venue"),
    [("BTCUSDT.WOOXPRO", "BTCUSDT", "wooxpro"), ("700.HK.LONGBRIDGE", "700.HK", "longbridge")],
)
def test_the_venue_follows_the_last_dot(name, symbol, venue):
    """Symbols may contain dots; the venue is what follows the last one."""
    assert (symbol_of(name), venue_of(name)) == (symbol, venue)
    assert instrument_id_of(symbol, venue) == name


def test_notional_counts_the_multiplier():
    """Value is price times quantity times multiplier."""
    assert instrument(multiplier=D("0.001")).notional(D(60000), D(10)) == 600


def test_the_refusal_says_what_to_do():
    """Tick or lot, the verbs that round by name, and what they would give."""
    made = instrument(price_increment=D("0.1"), quantity_increment=D(1))
    with pytest.raises(ValueError, match=r"tick 0\.1, and nothing is rounded") as caught:
        made.price("100.16")
    for part in ("price 100.16 of", "price_nearest", f"self.instrument({made.id!r})", "is 100.2"):
        assert part in str(caught.value)
    with pytest.raises(ValueError, match=r"lot 1 \(in contracts\)") as caught:
        made.quantity("1.5")
    assert str(caught.value).endswith(
        f"quantity_down of self.instrument({made.id!r}), here it is 1"
    )
