"""Waits before reconnecting: bounded, growing, spread, and polite to a server that asks for more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantViolation
from engine.session.backoff import DELAY_FLOOR_S, Backoff

JITTER = st.floats(0, 1, exclude_max=True)
ALMOST_ONE = math.nextafter(1.0, 0.0)


def test_the_ceiling_doubles_up_to_its_maximum() -> None:
    """By default waits reach up to 0.5, 1, 2, … seconds, and never more than 30."""
    ceilings = [Backoff().ceiling_s(attempt) for attempt in range(9)]
    assert ceilings == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_the_draw_spans_floor_to_ceiling() -> None:
    """The smallest draw gives the floor, the largest the ceiling, half of it their middle."""
    backoff = Backoff()
    assert backoff.next_delay(3, 0.0) == DELAY_FLOOR_S
    assert backoff.next_delay(3, 0.5) == pytest.approx((4.0 + DELAY_FLOOR_S) / 2)
    assert backoff.next_delay(3, ALMOST_ONE) == pytest.approx(4.0)


@given(st.integers(0, 10**9), JITTER)
def test_never_below_the_floor_nor_above_the_maximum(attempt: int, jitter: float) -> None:
    """After any number of failures and for any draw the wait is between floor and maximum."""
    assert DELAY_FLOOR_S <= Backoff().next_delay(attempt, jitter) <= 30.0


@given(
    st.floats(0.1, 10),
    st.floats(1, 100),
    st.floats(1, 1e6),
    st.integers(0, 3000),
    JITTER,
)
def test_waits_never_shrink_with_attempts(
    first_s: float, times: float, factor: float, attempt: int, jitter: float
) -> None:
    """For any setting and the same draw, one more failure never means a shorter wait."""
    backoff = Backoff(first_s=first_s, max_s=first_s * times, factor=factor)
    now, then = backoff.next_delay(attempt, jitter), backoff.next_delay(attempt + 1, jitter)
    assert now <= then * (1 + 1e-12)
    assert then <= backoff.max_s * (1 + 1e-12)


@given(st.integers(0, 50), JITTER, st.floats(0.001, 4000))
def test_retry_after_is_kept(attempt: int, jitter: float, retry_after_s: float) -> None:
    """The wait is never shorter than the server asked for, nor much longer than both demand."""
    backoff = Backoff()
    delay_s = backoff.next_delay(attempt, jitter, retry_after_s=retry_after_s)
    assert delay_s >= retry_after_s
    assert delay_s >= backoff.next_delay(attempt, jitter)
    assert delay_s <= max(backoff.max_s, retry_after_s + backoff.first_s)


def test_those_sent_away_together_do_not_come_back_together() -> None:
    """Two draws spread the return after the same Retry-After."""
    waits = [Backoff().next_delay(0, jitter, retry_after_s=60.0) for jitter in (0.0, 0.5)]
    assert waits == [60.0, 60.25]


@pytest.mark.parametrize(
    "settings",
    [
        {"floor_s": 0.0},
        {"floor_s": 1.0},
        {"first_s": 31.0},
        {"factor": 0.9},
        {"max_s": math.inf},
        {"factor": math.nan},
        {"first_s": math.nan},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    """A back-off that could not wait, or wait for ever, cannot be built."""
    with pytest.raises(InvariantViolation):
        Backoff(**settings)


@pytest.mark.parametrize(
    ("attempt", "jitter", "retry_after_s"),
    [(-1, 0.0, 0.0), (0, 1.0, 0.0), (0, -0.1, 0.0), (0, math.nan, 0.0), (0, 0.0, math.inf)],
)
def test_impossible_questions_are_refused(
    attempt: int, jitter: float, retry_after_s: float
) -> None:
    """A draw outside [0, 1), a negative count or an endless Retry-After is a bug of the caller."""
    with pytest.raises(InvariantViolation):
        Backoff().next_delay(attempt, jitter, retry_after_s=retry_after_s)


def test_a_factor_of_one_stays_at_the_first_wait() -> None:
    """Without growth the ceiling is the first one for ever."""
    assert Backoff(factor=1.0).ceiling_s(1000) == 0.5
