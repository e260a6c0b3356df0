"""Refs: they grow as ids do, and say which leg of how many an order is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.ordersrefs import Ref, is_client_order_id, read_ref, ref_number, ref_of
from engine.errors import LocalProtocolError

IDS = st.integers(10_000_000_000, 99_999_999_999)
LEGS = st.integers(1, 3).flatmap(lambda count: st.tuples(st.integers(1, count), st.just(count)))


@given(IDS, LEGS)
def test_a_ref_is_read_as_it_was_made(name, leg):
    """Without any memory."""
    ref = ref_of(str(name), *leg)
    assert len(ref) == 12
    assert read_ref(ref) == Ref(str(name), *leg)


@given(IDS, IDS, LEGS, LEGS)
def test_refs_grow_with_ids_and_with_legs(first, second, one, other):
    """Error 22 is what happens otherwise."""
    if (first, one[1]) == (second, other[1]):
        expected = one < other
    elif first == second:
        return  # an order has one number of legs
    else:
        expected = first < second
    assert (ref_number(ref_of(str(first), *one)) < ref_number(ref_of(str(second), *other))) is (
        expected
    )


@pytest.mark.parametrize("ref", ["", "           1", "1", "100001000016", "000001000010", "x" * 12])
def test_other_refs_are_not_ours(ref):
    """Short ones, padded ones, and digits that no leg has."""
    assert read_ref(ref) is None


@pytest.mark.parametrize("name", ["", "rest1", "0000100001", "01000100001", "\uff11" * 11])
def test_other_ids_make_no_ref(name):
    """Eleven digits, the first of which is none: else the refs would not grow as numbers."""
    assert not is_client_order_id(name)
    with pytest.raises(LocalProtocolError):
        ref_of(name, 1, 1)


@pytest.mark.parametrize("leg", [(0, 1), (2, 1), (1, 4)])
def test_there_are_no_other_legs(leg):
    """One to three, counted from one."""
    with pytest.raises(LocalProtocolError):
        ref_of("10000100001", *leg)
