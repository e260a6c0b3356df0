"""Keys of fills: the declared parts tell fills apart, and nothing else does (ORD-10)."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError, LocalProtocolError
from engine.session.fillkeys import FillKeyPart, FillKeyRule

PARTS = tuple(FillKeyPart)
TEXTS = st.text(alphabet="ab/%2F", min_size=1, max_size=6)
FULL = FillKeyRule(PARTS)


@given(
    st.lists(TEXTS, min_size=len(PARTS), max_size=len(PARTS)),
    st.lists(TEXTS, min_size=len(PARTS), max_size=len(PARTS)),
)
def test_different_fills_never_share_a_key(one, other):
    """Whatever the parts contain, also the separator itself."""
    keys = [FULL.key(dict(zip(PARTS, texts, strict=True))) for texts in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@pytest.mark.parametrize(
    "parts", [(), (FillKeyPart.SIDE,), (FillKeyPart.ORDER_ID,), (FillKeyPart.CUM_QTY,)]
)
def test_parts_that_cannot_tell_fills_apart_are_refused(parts):
    """An order has many fills, and a side says nothing."""
    with pytest.raises(ConfigError, match="not told apart"):
        FillKeyRule(parts)


def test_the_same_part_twice_is_refused():
    """A declaration with a slip of the pen."""
    with pytest.raises(ConfigError):
        FillKeyRule((FillKeyPart.TRADE_ID, FillKeyPart.TRADE_ID))


def test_a_missing_part_is_a_fault_of_the_package():
    """An empty trade id would make all fills one."""
    rule = FillKeyRule((FillKeyPart.TRADE_ID, FillKeyPart.SIDE))
    with pytest.raises(LocalProtocolError, match="trade_id"):
        rule.key({FillKeyPart.TRADE_ID: "", FillKeyPart.SIDE: "buy"})


def test_only_cumulative_keys_are_cumulative():
    """The router counts such fills by differences."""
    rules = [FillKeyRule(p) for n in (1, 2) for p in combinations(PARTS, n) if _tells(p)]
    assert [rule.parts for rule in rules if rule.is_cumulative] == [
        parts for parts in (rule.parts for rule in rules) if FillKeyPart.CUM_QTY in parts
    ]
    assert FillKeyRule((FillKeyPart.ORDER_ID, FillKeyPart.CUM_QTY)).is_cumulative
    assert not FillKeyRule((FillKeyPart.ORDER_ID, FillKeyPart.SEQUENCE)).is_cumulative


def _tells(parts: tuple[FillKeyPart, ...]) -> bool:
    try:
        FillKeyRule(parts)
    except ConfigError:
        return False
    return True
