"""The bridge between Decimals and whole ticks and lots."""

from decimal import Decimal

import pytest

from engine.exchange.model import GridError
from tests.kit.exchange import instrument


def test_prices_and_quantities_convert_exactly_both_ways():
    """A value on the grid survives the trip through ticks or lots unchanged."""
    listed = instrument(
        price_increment=Decimal("0.1"), lot=Decimal("0.01"), contract_size=Decimal("0.001")
    )
    assert listed.ticks(Decimal("61800.3")) == 618003
    assert listed.price(618003) == Decimal("61800.3")
    assert listed.lots(Decimal("0.12")) == 12
    assert listed.quantity(12) == Decimal("0.12")
    assert listed.value(618003 * 12) == Decimal("61800.3") * Decimal("0.12") * Decimal("0.001")


@pytest.mark.parametrize("value", ["0.7", "NaN", "Infinity"])
def test_what_is_off_the_grid_is_refused(value):
    """A price that is no whole number of ticks, or no number, raises GridError."""
    with pytest.raises(GridError):
        instrument().ticks(Decimal(value))


def test_texts_are_plain_with_the_decimals_of_the_step():
    """Wire texts carry the step's decimals and never an exponent."""
    listed = instrument(price_increment=Decimal("0.00001"), lot=Decimal(1))
    assert listed.price_text(139101) == "1.39101"
    assert listed.price_text(100000) == "1.00000"
    assert listed.quantity_text(1_000_000) == "1000000"


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_increment": Decimal(0)},
        {"lot": Decimal(-1)},
        {"contract_size": Decimal("NaN")},
        {"max_quantity": Decimal("0.5")},
    ],
)
def test_an_impossible_instrument_cannot_be_made(wrong):
    """Increments, sizes and bounds are checked when an instrument is listed."""
    with pytest.raises(ValueError, match="XY"):
        instrument(**wrong)
