"""Sharing out the shutdown deadline: bounded for every tree, fair to every group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.supervise.shutdown import (
    KILL_S,
    SHUTDOWN_S,
    TERM_S,
    group_need_s,
    ladder,
    share_s,
)

GRACES = st.floats(0, 30)


@given(GRACES, st.floats(-1, 60))
def test_a_ladder_fits_into_its_time(grace_s: float, within_s: float) -> None:
    """Both steps together never take longer than there is, nor the grace longer than declared."""
    steps = ladder(grace_s, within_s)
    assert 0 <= steps.grace_s <= grace_s
    assert 0 <= steps.term_s <= TERM_S
    assert steps.grace_s + steps.term_s <= max(0.0, within_s - KILL_S) + 1e-9


def test_with_enough_time_everybody_gets_its_whole_grace() -> None:
    """Time is cut only when it is short."""
    steps = ladder(3.0, 10.0)
    assert (steps.grace_s, steps.term_s) == (3.0, TERM_S)


@given(st.lists(st.lists(GRACES, min_size=1, max_size=4), min_size=1, max_size=6))
def test_the_shares_of_all_groups_together_never_exceed_the_deadline(
    groups: list[list[float]],
) -> None:
    """If every group uses its whole share, the deadline still holds and nobody gets nothing."""
    needs = [group_need_s(graces) for graces in groups]
    left_s = SHUTDOWN_S
    while needs:
        share = share_s(needs, left_s)
        assert 0 < share <= needs[0] + 1e-9
        left_s -= share
        needs.pop(0)
    assert left_s >= -1e-9


@pytest.mark.parametrize(("needs", "left_s"), [([], 5.0), ([1.0], 0.0), ([1.0], -2.0)])
def test_no_time_or_no_group_is_no_share(needs: list[float], left_s: float) -> None:
    """The edges."""
    assert share_s(needs, left_s) == 0.0


def test_an_empty_group_needs_nothing() -> None:
    """A group without actors costs no time."""
    assert group_need_s([]) == 0.0
