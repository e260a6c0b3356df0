"""Restart intensity, exact at its edges (T-001)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantViolation
from engine.supervise.intensity import GiveUp, Restart, RestartPolicy, decide, recent

FIVE_IN_60 = RestartPolicy(intensity=5, period_s=60.0, backoff_first_s=0.5, backoff_max_s=4.0)


@pytest.mark.parametrize(
    ("sixth_at", "gives_up"),
    [
        (60.0, False),  # the first is exactly one period old and no longer counts
        (60.001, False),
        (59.999, True),
        (math.nextafter(60.0, 0.0), True),
    ],
)
def test_the_edge_of_the_period(sixth_at: float, *, gives_up: bool) -> None:
    """Five restarts are allowed in 60 s: the sixth is refused if the first is younger than that."""
    decision = decide([0.0, 10.0, 20.0, 30.0, 40.0], sixth_at, FIVE_IN_60)
    assert decision == GiveUp(5) if gives_up else isinstance(decision, Restart)


def test_the_edge_of_the_count() -> None:
    """The fifth restart in a period is granted, the sixth is not."""
    times = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert isinstance(decide(times[:4], 6.0, FIVE_IN_60), Restart)
    assert decide(times, 6.0, FIVE_IN_60) == GiveUp(5)


def test_dying_six_times() -> None:
    """A child that dies at once whenever it is started is restarted five times, then given up."""
    history: list[float] = []
    now = 100.0
    waits = []
    while isinstance(decision := decide(history, now, FIVE_IN_60), Restart):
        waits.append(decision.after_s)
        now += decision.after_s
        history.append(now)
    assert waits == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert decision == GiveUp(5)


def test_backoff_begins_anew_when_no_restart_counts() -> None:
    """After a quiet period the wait is the first one again."""
    assert decide([0.0, 1.0, 2.0], 3.0, FIVE_IN_60) == Restart(4.0)
    assert decide([0.0, 1.0, 2.0], 62.0, FIVE_IN_60) == Restart(0.5)
    assert decide([], 0.0, FIVE_IN_60) == Restart(0.5)


def test_no_backoff() -> None:
    """A policy may restart at once, and one with intensity 0 never does."""
    at_once = RestartPolicy(intensity=3, period_s=1.0, backoff_first_s=0.0, backoff_max_s=0.0)
    assert decide([0.0, 0.0], 0.5, at_once) == Restart(0.0)
    assert decide([], 0.0, RestartPolicy(intensity=0, period_s=1.0)) == GiveUp(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"intensity": -1},
        {"period_s": 0.0},
        {"period_s": math.inf},
        {"period_s": math.nan},
        {"backoff_first_s": -1.0},
        {"backoff_first_s": 9.0},
        {"backoff_max_s": math.nan},
    ],
)
def test_impossible_policies_cannot_be_built(changes: dict[str, float]) -> None:
    """A policy that could restart for ever or wait for ever is refused where it is made."""
    with pytest.raises(InvariantViolation):
        RestartPolicy(**{"intensity": 5, "period_s": 60.0, **changes})


POLICIES = st.builds(
    RestartPolicy,
    intensity=st.integers(0, 8),
    period_s=st.integers(1, 100).map(float),
    backoff_first_s=st.integers(0, 3).map(float),
    backoff_max_s=st.integers(3, 50).map(float),
)


@given(POLICIES, st.lists(st.integers(0, 40), max_size=60))
def test_no_period_ever_sees_more_restarts_than_allowed(
    policy: RestartPolicy, lifetimes: list[int]
) -> None:
    """However a child dies, no window of one period holds more restarts than the intensity."""
    history: list[float] = []
    now = 0.0
    for lifetime in lifetimes:
        now += lifetime
        decision = decide(history, now, policy)
        if isinstance(decision, GiveUp):
            assert sum(1 for at in history if now - at < policy.period_s) >= policy.intensity
            continue
        assert 0 <= decision.after_s <= policy.backoff_max_s
        now += decision.after_s
        history.append(now)
    for at in history:
        inside = [other for other in history if at <= other < at + policy.period_s]
        assert len(inside) <= policy.intensity


@given(POLICIES, st.lists(st.integers(0, 200).map(float)), st.integers(0, 300).map(float))
def test_old_restarts_need_not_be_kept(
    policy: RestartPolicy, history: list[float], now: float
) -> None:
    """Forgetting the restarts that no longer count changes no decision, now or later."""
    kept = recent(history, now, policy)
    for later in (now, now + 1, now + policy.period_s):
        assert decide(kept, later, policy) == decide(history, later, policy)
