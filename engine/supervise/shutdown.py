"""Sharing one shutdown deadline out among groups, and a share among the steps of the kill ladder. Pure.

Stop message → grace → SIGTERM → `TERM_S` → SIGKILL. What a group does not use goes to the next.
"""

from collections.abc import Sequence

import attrs

SHUTDOWN_S = 10.0
"""The whole shutdown (SUP-5)."""

TERM_S = 1.0
"""Between SIGTERM and SIGKILL, when time is not short."""

KILL_S = 0.2
"""Kept back for the kernel to take a killed process apart."""

_GRACE_PARTS = 4
"""Of five parts of a short time, four are grace and one is for SIGTERM."""


@attrs.frozen
class Ladder:
    """Times of one child's end: SIGTERM after `grace_s`, SIGKILL `term_s` later."""

    grace_s: float
    term_s: float


def ladder(grace_s: float, within_s: float) -> Ladder:
    """The ladder of a child with this grace when there are only `within_s` seconds for it."""
    usable = max(0.0, within_s - KILL_S)
    if usable >= grace_s + TERM_S:
        return Ladder(grace_s, TERM_S)
    grace = min(grace_s, usable * _GRACE_PARTS / (_GRACE_PARTS + 1))
    return Ladder(grace, min(TERM_S, usable - grace))


def group_need_s(graces: Sequence[float]) -> float:
    """Longest time that actors with these graces, stopped together, may take."""
    return max(graces, default=0.0) + TERM_S + KILL_S if graces else 0.0


def share_s(needs: Sequence[float], left_s: float) -> float:
    """Seconds for the first of the groups still to stop, so that the others get theirs too."""
    total = sum(needs)
    if not needs or left_s <= 0:
        return 0.0
    if total <= left_s:
        return needs[0]
    return left_s * needs[0] / total
