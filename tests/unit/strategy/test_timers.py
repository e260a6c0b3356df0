"""Named timers fire once when they are due, in order, on the clock that is handed in."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.strategy.timers import ENTRIES_MAX, NS_PER_S, TIMERS_MAX, Timers


def test_no_timer_has_no_deadline():
    """Nothing armed means nothing to wait for."""
    timers = Timers()

    assert timers.deadline() is None
    assert timers.due(10**18) == []


def test_a_timer_fires_at_its_time_and_once():
    """Not a nanosecond early, and not again."""
    timers = Timers()
    timers.add("a", 100, 1.0, None)

    assert timers.deadline() == NS_PER_S + 100
    assert timers.due(NS_PER_S + 99) == []
    assert timers.due(NS_PER_S + 100) == ["a"]
    assert timers.due(2 * NS_PER_S) == []
    assert timers.deadline() is None


def test_due_timers_come_earliest_first():
    """The order is that of the deadlines, then of the arming."""
    timers = Timers()
    timers.add("late", 0, 3.0, None)
    timers.add("first", 0, 1.0, None)
    timers.add("second", 0, 1.0, None)

    assert timers.due(5 * NS_PER_S) == ["first", "second", "late"]


def test_the_same_name_replaces():
    """A timer that is armed again fires at the new time only."""
    timers = Timers()
    timers.add("a", 0, 1.0, None)
    timers.add("a", 0, 5.0, None)

    assert timers.due(4 * NS_PER_S) == []
    assert timers.deadline() == 5 * NS_PER_S


def test_a_removed_timer_is_forgotten():
    """Also its deadline; removing a second time is harmless."""
    timers = Timers()
    timers.add("a", 0, 1.0, 1.0)
    timers.remove("a")
    timers.remove("a")

    assert timers.deadline() is None
    assert timers.due(10 * NS_PER_S) == []


def test_missed_periods_are_skipped():
    """A repeating timer that is looked at late fires once and stays on its grid."""
    timers = Timers()
    timers.add("a", 0, 1.0, 1.0)

    assert timers.due(int(4.5 * NS_PER_S)) == ["a"]
    assert timers.deadline() == 5 * NS_PER_S


def test_a_period_below_a_nanosecond_is_one():
    """A period that rounds to nothing neither divides by zero nor fires for ever at once."""
    timers = Timers()
    timers.add("a", 0, 0.0, 1e-12)

    assert timers.due(5) == ["a"]
    assert timers.deadline() == 6


@pytest.mark.parametrize(
    ("delay_s", "every_s"),
    [
        (-1.0, None),
        (math.nan, None),
        (math.inf, None),
        (0.0, 0.0),
        (0.0, -1.0),
        (0.0, math.nan),
        (0.0, math.inf),
    ],
)
def test_times_that_cannot_be_are_refused(delay_s, every_s):
    """Negative, endless and undefined times are the caller's fault, told at once."""
    with pytest.raises(ValueError, match="delay_s >= 0 and every_s > 0"):
        Timers().add("a", 0, delay_s, every_s)


def test_too_many_timers_are_refused():
    """The bound counts names; one that is known may still be armed again."""
    timers = Timers()
    for number in range(TIMERS_MAX):
        timers.add(str(number), 0, 1.0, None)

    with pytest.raises(ValueError, match="more than"):
        timers.add("one more", 0, 1.0, None)
    timers.add("0", 0, 2.0, None)


def test_arming_again_and_again_keeps_no_memory():
    """Entries of replaced timers are thrown out, and the others still fire."""
    timers = Timers()
    timers.add("kept", 0, 9.0, None)
    for number in range(3 * ENTRIES_MAX):
        timers.add("again", number, 3600.0, None)

    assert len(timers._heap) <= ENTRIES_MAX
    assert timers.due(9 * NS_PER_S) == ["kept"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.sampled_from((None, 1.0, 2.5))),
        max_size=8,
    ),
    st.lists(st.integers(0, 3 * NS_PER_S), max_size=8),
)
def test_nothing_fires_early_or_is_left_over(armed, steps):
    """At every look: what fires was due, and what is left is not due yet."""
    timers = Timers()
    for name, delay_s, every_s in armed:
        timers.add(name, 0, float(delay_s), every_s)
    now_ns = 0
    for step in steps:
        now_ns += step
        before = timers.deadline()
        fired = timers.due(now_ns)
        assert bool(fired) == (before is not None and before <= now_ns)
        assert len(fired) == len(set(fired))
        left = timers.deadline()
        assert left is None or left > now_ns
