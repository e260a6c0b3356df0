"""How orders become legs: they add up, close no more than is held, and never open beside a position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.legs import (
    LEGS_MAX,
    CannotSplit,
    Closable,
    LegPlan,
    Offset,
    SplitRule,
    split,
)
from actors.venues.webctp.orderspolicy import CloseFirst
from engine.model.enums import PositionEffect

E = PositionEffect
SHFE = SplitRule(exchange="SHFE")
CFFEX = SplitRule(exchange="CFFEX")

RULES = st.builds(
    SplitRule,
    exchange=st.sampled_from(["SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"]),
    first=st.sampled_from(CloseFirst),
    hedged=st.booleans(),
)
LOTS = st.integers(0, 20)


def by_offset(legs: tuple[LegPlan, ...]) -> dict[Offset, int]:
    """Quantities of the legs, none of which has the offset of another."""
    found = {leg.offset: leg.quantity for leg in legs}
    assert len(found) == len(legs)
    return found


@given(
    effect=st.sampled_from(E),
    quantity=st.integers(1, 40),
    closable=st.builds(Closable, LOTS, LOTS),
    rule=RULES,
    closes_only=st.booleans(),
)
def test_legs_add_up_and_never_close_more_than_is_held(
    effect, quantity, closable, rule, closes_only
):
    """Whatever is asked: refused, or legs that are an order in full."""
    try:
        legs = split(effect, quantity, closable, rule, closes_only=closes_only)
    except CannotSplit:
        return  # which refusals there are, and when, stands below
    found = by_offset(legs)
    assert 1 <= len(legs) <= LEGS_MAX
    assert sum(found.values()) == quantity
    assert min(found.values()) > 0
    opens = found.pop(Offset.OPEN, 0)
    if rule.separate:
        assert found.get(Offset.CLOSE_TODAY, 0) <= closable.today
        assert found.get(Offset.CLOSE_YESTERDAY, 0) <= closable.yesterday
        assert Offset.CLOSE not in found
    else:
        assert sum(found.values()) <= closable.total
        assert set(found) <= {Offset.CLOSE}
    if opens:
        assert not closes_only
        everything_closed = sum(found.values()) == closable.total
        assert everything_closed or (effect is E.OPEN and rule.hedged)
        assert legs[-1].offset is Offset.OPEN


@pytest.mark.parametrize(
    ("first", "offsets"),
    [
        (CloseFirst.TODAY, [Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY, Offset.OPEN]),
        (CloseFirst.YESTERDAY, [Offset.CLOSE_YESTERDAY, Offset.CLOSE_TODAY, Offset.OPEN]),
    ],
)
def test_the_policy_says_which_lots_go_first(first, offsets):
    """Where the exchange tells them apart."""
    rule = SplitRule(exchange="INE", first=first)
    legs = split(E.AUTO, 6, Closable(3, 2), rule)
    assert [leg.offset for leg in legs] == offsets
    few = split(E.AUTO, 2, Closable(3, 2), rule)
    assert [leg.offset for leg in few] == offsets[:1]


def test_elsewhere_one_close_and_the_rest_opens():
    """CTP makes close of both kinds there."""
    assert split(E.AUTO, 6, Closable(3, 2), CFFEX) == (
        LegPlan(Offset.CLOSE, 5),
        LegPlan(Offset.OPEN, 1),
    )
    assert split(E.CLOSE_TODAY, 5, Closable(3, 2), CFFEX) == (LegPlan(Offset.CLOSE, 5),)


@pytest.mark.parametrize(
    ("effect", "closable", "closes_only", "code"),
    [
        (E.CLOSE, Closable(1, 1), False, "closes_too_much"),
        (E.CLOSE_TODAY, Closable(1, 9), False, "closes_too_much"),
        (E.CLOSE_YESTERDAY, Closable(9, 1), False, "closes_too_much"),
        (E.AUTO, Closable(1, 1), True, "closes_too_much"),
        (E.OPEN, Closable(1, 0), False, "opens_against_position"),
        (E.OPEN, Closable(), True, "reduce_only_opens"),
    ],
)
def test_refusals_name_their_rule(effect, closable, closes_only, code):
    """Nothing is rounded down to what would fit."""
    with pytest.raises(CannotSplit) as caught:
        split(effect, 3, closable, SHFE, closes_only=closes_only)
    assert caught.value.code == code
