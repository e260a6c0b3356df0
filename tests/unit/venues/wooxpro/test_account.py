"""`account`: which side number an order gets, and the terms that go with it."""

from decimal import Decimal

import pytest

from actors.venues.wooxpro.account import (
    BUY_CLOSE,
    BUY_OPEN,
    CLOSING_MAX,
    HEDGE,
    ONE_WAY,
    SELL_CLOSE,
    SELL_OPEN,
    Account,
    Terms,
    side_of,
)
from engine.model.enums import Side
from tests.kit.wooxpro import settings


def account(mode: str) -> Account:
    made = Account(settings())
    made.learn_mode(mode)
    return made


@pytest.mark.parametrize(
    ("side", "reduce_only", "code"),
    [
        (Side.BUY, False, BUY_OPEN),
        (Side.BUY, True, BUY_CLOSE),
        (Side.SELL, True, SELL_CLOSE),
        (Side.SELL, False, SELL_OPEN),
    ],
)
@pytest.mark.parametrize("position", [-5, 0, 5])
def test_in_one_way_mode_only_reduce_only_matters(
    side: Side, reduce_only: bool, code: int, position: int
):
    """Section 7.1, right column."""
    given = account(ONE_WAY)
    quantity = Decimal(3)
    assert given.side_code("S", side, quantity, Decimal(position), reduce_only=reduce_only) == code


@pytest.mark.parametrize(
    ("side", "position", "quantity", "code"),
    [
        (Side.BUY, 0, 3, BUY_OPEN),
        (Side.BUY, 5, 3, BUY_OPEN),
        (Side.BUY, -5, 3, BUY_CLOSE),
        (Side.BUY, -5, 5, BUY_CLOSE),
        (Side.BUY, -5, 6, BUY_OPEN),
        (Side.SELL, 0, 3, SELL_OPEN),
        (Side.SELL, -5, 3, SELL_OPEN),
        (Side.SELL, 5, 3, SELL_CLOSE),
        (Side.SELL, 5, 6, SELL_OPEN),
    ],
)
def test_in_hedge_mode_an_order_against_the_position_closes_what_it_can(
    side: Side, position: int, quantity: int, code: int
):
    """Section 7.1, left column: close as far as the position goes, else open."""
    given = account(HEDGE)
    found = given.side_code("S", side, Decimal(quantity), Decimal(position), reduce_only=False)
    assert found == code


def test_what_is_being_closed_cannot_be_closed_twice():
    """Working closing orders of the same symbol and side count; ended ones do not."""
    given = account(HEDGE)

    def code(quantity: int) -> int:
        return given.side_code("S", Side.BUY, Decimal(quantity), Decimal(-5), reduce_only=False)

    given.working("a", "S", BUY_CLOSE, Decimal(3))
    given.working("b", "T", BUY_CLOSE, Decimal(5))
    assert (code(2), code(3)) == (BUY_CLOSE, BUY_OPEN)
    given.working("a", "S", BUY_CLOSE, Decimal(1))
    assert code(4) == BUY_CLOSE
    given.ended("a")
    assert code(5) == BUY_CLOSE


def test_what_is_remembered_is_bounded():
    """Orders whose end was never heard of do not pile up."""
    given = account(HEDGE)
    for number in range(CLOSING_MAX + 10):
        given.working(f"o{number}", "S", BUY_CLOSE, Decimal(1))
    assert len(given._closing) == CLOSING_MAX


def test_terms_follow_open_positions():
    """The venue refuses other terms than those of the position."""
    given = Account(settings(default_leverage=7, open_type="isolated"))
    assert given.terms("S") == Terms("7", "isolated")
    given.learn_terms({"S": Terms("20", "cross")})
    assert given.terms("S") == Terms("20", "cross")
    given.learn_terms({})
    assert given.terms("S") == Terms("7", "isolated")


def test_an_unknown_or_unwanted_mode_is_a_fault():
    """No order is written before the mode is known and right."""
    given = Account(settings(position_mode="one_way"))
    assert "not known" in given.fault()
    assert not given.learn_mode(HEDGE)
    assert "hedge" in given.fault()
    assert given.learn_mode(ONE_WAY)
    assert given.fault() == ""


def test_side_numbers_are_buys_and_sells():
    """1 and 2 buy, 3 and 4 sell."""
    assert [side_of(code) for code in (1, 2, 3, 4)] == [Side.BUY, Side.BUY, Side.SELL, Side.SELL]
