"""Prices in the three formats, both ways."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.simulator.listings import BY_ID, MARKETS, listed
from engine.errors import ConfigError
from tests.kit.t4_simulator import CL, CLEARING, DECIMAL, ES, REAL

FORMATS = (DECIMAL, REAL, CLEARING)


def test_the_formats_of_the_sheet():
    """ES 4800.25: digits without a point, and with one."""
    es = BY_ID[ES]
    assert es.text(Decimal("4800.25"), DECIMAL) == "480025"
    assert es.text(Decimal("4800.25"), REAL) == "4800.25"
    assert es.text(es.price_increment, DECIMAL) == "25"
    assert es.text(es.price_increment, REAL) == "0.25"
    assert es.point_value(DECIMAL) == "0.5"
    assert es.point_value(REAL) == "50"
    assert BY_ID[CL].text(Decimal("75.3"), DECIMAL) == "7530"


def test_clearing_has_digits_of_its_own():
    """As many behind the point as the market says."""
    coarse = attrs.evolve(BY_ID[ES], clearing_decimals=1)
    assert coarse.digits_moved(CLEARING) == 1
    assert coarse.text(Decimal("4800.5"), CLEARING) == "48005"


@given(st.sampled_from(MARKETS), st.integers(1, 100_000), st.sampled_from(FORMATS))
def test_what_is_written_is_read(listing, ticks, price_format):
    """In every format, exactly."""
    text = listing.ticks_text(ticks, price_format)
    assert listing.read(text, price_format) == listing.price(ticks)


@pytest.mark.parametrize(
    "text", ["", "x", "NaN", "Infinity", "4800.1", "1e400000", "4" * 40, "0x1"]
)
def test_what_is_no_price_is_none(text):
    """Nor what lies between two ticks."""
    assert BY_ID[ES].read(text, REAL) is None


def test_unknown_markets_are_not_listed():
    """The error names those there are."""
    with pytest.raises(ConfigError, match="XCME_Eq ES"):
        listed(["nothing"])
    assert [each.market_id for each in listed([CL])] == [CL]
