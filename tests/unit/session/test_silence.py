"""The silence ladder: one ping per silence, then the end, both exactly on time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantViolation
from engine.session.silence import Due, SilenceLadder


def test_the_whole_ladder() -> None:
    """Nothing, then one ping, then nothing more until the end, each at its exact time."""
    ladder = SilenceLadder(5.0, 8.0)
    assert ladder.deadline(100.0) == 105.0
    assert ladder.due(104.999) is Due.NOTHING
    assert ladder.due(105.0) is Due.PING
    assert ladder.deadline(105.0) == 108.0
    assert ladder.due(107.999) is Due.NOTHING
    assert ladder.due(108.0) is Due.DEAD
    assert ladder.due(109.0) is Due.DEAD


def test_any_word_begins_anew() -> None:
    """Whatever is heard, before or after the ping, sets the ladder back to its foot."""
    ladder = SilenceLadder(5.0, 8.0)
    ladder.heard(100.0)
    ladder.heard(104.0)
    assert ladder.due(105.0) is Due.NOTHING
    assert ladder.due(109.0) is Due.PING
    ladder.heard(111.0)
    assert ladder.deadline(111.0) == 116.0
    assert ladder.due(115.0) is Due.NOTHING
    assert ladder.due(116.0) is Due.PING


def test_a_long_pause_of_our_own_is_the_end() -> None:
    """Asked late, after both times have passed, the answer is the end and not a ping."""
    ladder = SilenceLadder(5.0, 8.0)
    ladder.heard(0.0)
    assert ladder.due(60.0) is Due.DEAD


def test_the_count_begins_with_the_first_call() -> None:
    """A connection that never says a word is measured from the first question on."""
    ladder = SilenceLadder(5.0, 8.0)
    assert ladder.due(1000.0) is Due.NOTHING
    assert ladder.silent_for(1003.0) == 3.0
    assert ladder.due(1008.0) is Due.DEAD


def test_time_that_steps_back_changes_nothing() -> None:
    """A word reported with an earlier time than one before does not shorten the silence allowed."""
    ladder = SilenceLadder(5.0, 8.0)
    ladder.heard(100.0)
    ladder.heard(90.0)
    assert ladder.deadline(100.0) == 105.0
    assert ladder.silent_for(99.0) == 0.0


@pytest.mark.parametrize(
    ("ping_after_s", "dead_after_s"),
    [(0.0, 1.0), (-1.0, 1.0), (2.0, 2.0), (3.0, 2.0), (1.0, math.inf), (math.nan, 1.0)],
)
def test_impossible_ladders_cannot_be_built(ping_after_s: float, dead_after_s: float) -> None:
    """There must be a ping, an end, and time between them."""
    with pytest.raises(InvariantViolation):
        SilenceLadder(ping_after_s, dead_after_s)


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0, 1e9), st.data())
def test_a_driver_that_sleeps_until_the_deadline_always_finds_something_due(
    ping_after_s: float, more_s: float, start: float, data: st.DataObject
) -> None:
    """Waking exactly at the deadline is never in vain, so no driver spins; the end comes in time."""
    ladder = SilenceLadder(ping_after_s, ping_after_s + more_s)
    now = start
    for _ in range(data.draw(st.integers(0, 5), label="words")):
        now += data.draw(st.floats(0, ping_after_s), label="pause")
        ladder.heard(now)
    first = ladder.due(ladder.deadline(now))
    assert first in {Due.PING, Due.DEAD}  # both at once when the times round to one
    assert first is Due.DEAD or ladder.due(ladder.deadline(now)) is Due.DEAD
    assert ladder.deadline(now) - now <= (ping_after_s + more_s) * (1 + 1e-9) + math.ulp(now)
