"""Exact decimals and the bridge from measurements."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.money import (
    DECIMAL_TEXT_CHARS_MAX,
    decimal_of_float,
    is_plain,
    parse_decimal,
    plain,
)

D = Decimal


@st.composite
def decimal_texts(draw, digits_max: int = 15) -> str:
    """Plain texts of up to so many significant digits, without trailing zeros, as prices come."""
    digits = draw(st.integers(1, 10**digits_max - 1))
    places = draw(st.integers(0, 14))
    return plain(Decimal(digits).scaleb(-places))


@given(decimal_texts())
def test_fifteen_digits_survive_the_trip_through_float(text):
    """The bridge: a text of up to 15 significant digits, read as float, gives its exact Decimal."""
    assert decimal_of_float(float(text)) == D(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_bridge_is_the_shortest_text_of_the_float(value):
    """Back again it is the same float: nothing is invented and nothing lost."""
    assert float(decimal_of_float(value)) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_bridge_refuses_what_is_no_number(value):
    """NaN and infinity are refused at the edge."""
    with pytest.raises(ValueError, match="finite"):
        decimal_of_float(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e20", max_value="1e20"))
def test_plain_notation_has_no_exponent_and_is_exact(value):
    """Plain notation is only digits, point and minus, and reads back as the same number."""
    text = plain(value)
    assert set(text) <= set("0123456789.-")
    assert D(text) == value


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_plain_refuses_what_is_no_number(value):
    """NaN and infinity have no plain notation."""
    with pytest.raises(ValueError, match="finite"):
        plain(D(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "1"), ("-12.50", "-12.5"), ("0.00001", "0.00001"), ("007.5", "7.5"), (".5", "0.5")],
)
def test_parses_plain_decimals(text, value):
    """Plain ASCII decimals are read exactly; leading zeros are tolerated."""
    assert parse_decimal(text) == D(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "+1", "1e5", "1E-8", "NaN", "inf", "1_000", " 1", "1 ", "1.", "1.2.3", "0x1"),
        "\N{ARABIC-INDIC DIGIT ONE}",
        "1" * (DECIMAL_TEXT_CHARS_MAX + 1),
    ],
)
def test_refuses_other_texts(text):
    """Exponents, signs, blanks, underscores, foreign digits, NaN and long texts are refused."""
    with pytest.raises(ValueError, match="plain decimal"):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.5", True), ("-0.5", True), ("10", True), ("00.5", False), (".5", False), ("1e5", False)],
)
def test_plain_texts_are_recognised(text, expected):
    """Our own notation has no leading zeros and no exponent."""
    assert is_plain(text) is expected
