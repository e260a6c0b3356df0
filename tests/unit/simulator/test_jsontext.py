"""JSON at a simulator's edge: what is refused, what comes in exact, what can go out."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.simulator.jsontext import JsonText, NotJson, dumps, loads, plain

HALF_A_PAIR = "\ud83d"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "NaN",
        "Infinity",
        "-Infinity",
        "{",
        "[" * 60_000,
        "1" * 6_000,
        "x" * 70_000,
        b"\xff",
        '{"a":1}x',
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_hostile_json_is_refused_by_one_error(text, exact):
    """Constants, depth, length, bad UTF-8 and trailing text."""
    with pytest.raises(NotJson):
        JsonText(exact=exact).loads(text)


@given(st.text(max_size=50) | st.binary(max_size=50))
def test_any_text_is_json_or_it_is_not(text):
    """No other failure."""
    with suppress(NotJson):
        loads(text)


def test_fractions_come_in_exact():
    """No float ever touches a client's price, unless the venue itself reads floats."""
    assert loads('{"price":0.1}') == {"price": Decimal("0.1")}
    assert type(JsonText(exact=False).loads("0.1")) is float


def test_the_bound_is_the_venues():
    """One character more is refused."""
    small = JsonText(chars_max=10)
    assert small.loads('"12345678"') == "12345678"
    with pytest.raises(NotJson):
        small.loads('"123456789"')


def test_ascii_carries_what_no_encoding_can():
    """Half a surrogate pair that a client sent can be echoed."""
    heard = loads(json.dumps(HALF_A_PAIR))
    assert json.loads(JsonText(ascii_only=True).dumps(heard).encode("ascii")) == heard
    assert dumps({"name": "é"}) == '{"name":"é"}'


def test_what_is_no_json_does_not_go_out():
    """NaN and Decimals are mistakes of the simulator."""
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))
    with pytest.raises(TypeError):
        dumps(Decimal(1))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8))
def test_plain_notation_keeps_the_number(value):
    """No exponent, no trailing zeros."""
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))
