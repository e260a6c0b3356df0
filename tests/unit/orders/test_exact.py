"""Arithmetic that does not round, and amounts as they are shown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.shapes import Exact
from engine.orders.exact import SHOWN_PLACES, add, average, shown, subtract, trimmed, value_of

D = Decimal
WIDE = st.decimals("-1e18", "1e18", places=18)


@given(WIDE, WIDE, WIDE)
def test_sums_and_products_are_exact(one, two, three):
    """Forty-digit numbers add and multiply without losing a digit."""
    assert Fraction(value_of(one, two, three)) == Fraction(one) * Fraction(two) * Fraction(three)
    assert subtract(add(one, two), two) == one


@given(WIDE)
def test_what_is_shown_travels_and_is_near(amount):
    """A shown amount fits on the wire and is at most half a unit of its last place away."""
    told = shown(amount)
    Exact().encode(told, "amount")
    assert abs(Fraction(told) - Fraction(amount)) <= Fraction(1, 2 * 10**SHOWN_PLACES)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.00", "0"),
        ("-0", "0"),
        ("1E+3", "1000"),
        ("1.500", "1.5"),
        ("0.0000000000001", "0"),
        ("0.00000000001", "0.00000000001"),
        ("1E+400", "100000000000000000000"),
        ("-1E+400", "-100000000000000000000"),
    ],
)
def test_one_text_for_one_value(amount, text):
    """Equal amounts are shown by equal texts, without exponents and trailing zeros."""
    assert format(shown(D(amount)), "f") == text


@given(WIDE)
def test_trimming_changes_no_value(amount):
    """Without trailing zeros a number is the same number."""
    assert trimmed(amount) == amount


def test_averages_are_rounded_to_a_readable_number():
    """A quotient that does not end is rounded."""
    assert average(D(1), D(3)) == D("0.333333333333333333")
