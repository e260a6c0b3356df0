"""Prices: three formats in, one unit out, and back again exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.prices import PriceFormat, pricing_of
from engine.errors import RemoteProtocolError

ES = {
    "decimals": 0,
    "real_decimals": 2,
    "clearing_decimals": 1,
    "increment": "25",
    "point_value": "0.5",
    "price_code": "",
}
INCREMENTS = {
    PriceFormat.REAL: "0.25",
    PriceFormat.DECIMAL: "25",
    PriceFormat.CLEARING_DECIMAL: "2.5",
}


def es(price_format: PriceFormat, **changes):
    return pricing_of(price_format, **(ES | {"increment": INCREMENTS[price_format]} | changes))


@pytest.mark.parametrize(
    ("price_format", "text"),
    [
        (PriceFormat.REAL, "4800.25"),
        (PriceFormat.DECIMAL, "480025"),
        (PriceFormat.CLEARING_DECIMAL, "48002.5"),
    ],
)
def test_the_three_formats(price_format: PriceFormat, text: str):
    """The same price, tick and worth, however the venue writes them."""
    pricing = es(price_format)
    assert pricing.real(text, "price") == Decimal("4800.25")
    assert pricing.wire(Decimal("4800.25")) == text
    assert pricing.message(Decimal("4800.25")).value == text
    assert (pricing.tick, pricing.multiplier) == (Decimal("0.25"), Decimal(50))


@given(st.integers(-(10**9), 10**9), st.sampled_from(list(PriceFormat)))
def test_there_and_back(ticks: int, price_format: PriceFormat):
    """Every price on the grid, also below zero as spreads have it."""
    pricing = es(price_format)
    price = ticks * pricing.tick
    assert pricing.real(pricing.wire(price), "price") == price
    assert "E" not in pricing.wire(price)


def test_what_cannot_be_written():
    """Off the digits of the format nothing is rounded."""
    with pytest.raises(ValueError, match="digits"):
        es(PriceFormat.DECIMAL).wire(Decimal("4800.253"))


def test_decimals_of_decimal_count():
    """A market whose DECIMAL has digits behind the point: its unit is worth `point_value`."""
    pricing = es(PriceFormat.REAL, decimals=1)
    assert pricing.multiplier == Decimal(5)


def test_fractions_need_real():
    """32nds are no shifted decimals: only REAL can say them."""
    assert es(PriceFormat.DECIMAL, price_code="32") is None
    assert es(PriceFormat.REAL, price_code="32") is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"decimals": -1},
        {"real_decimals": 13},
        {"increment": "0"},
        {"increment": ""},
        {"increment": "1e5"},
        {"point_value": "-1"},
        {"point_value": "NaN"},
    ],
)
def test_details_that_cannot_be(wrong):
    """No number, no step, or digits beyond sense."""
    with pytest.raises(RemoteProtocolError):
        es(PriceFormat.REAL, **wrong)


@pytest.mark.parametrize("text", ["", "x", "1e3", "1_0", "٣", "9" * 16, "--1", "1."])
def test_texts_that_are_no_prices(text: str):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        es(PriceFormat.REAL).real(text, "price")


def test_an_absent_price_measures_nothing():
    """Empty text is no price."""
    assert es(PriceFormat.REAL).measured("", "price") == 0.0
