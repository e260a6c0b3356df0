"""Rate limits: never exceeded, never slower than needed, with room kept for cancels."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantViolation
from engine.session.contract import CallKind
from engine.session.pacing import LIMIT_COUNT_MAX, Pacer

ORDER, CANCEL, QUERY = CallKind.ORDER, CallKind.CANCEL, CallKind.QUERY


def test_a_window_fills_and_empties() -> None:
    """So many requests at once, then one as each leaves the window exactly one window later."""
    pacer = Pacer([(3, 10.0)], reserve_for_cancels=0.0)
    assert [pacer.permit(now, ORDER) for now in (0.0, 1.0, 2.0)] == [0.0, 0.0, 0.0]
    assert pacer.permit(2.0, ORDER) == 8.0
    assert pacer.permit(9.5, ORDER) == 0.5
    assert pacer.permit(10.0, ORDER) == 0.0
    assert pacer.permit(10.0, ORDER) == 1.0


def test_waiting_takes_nothing() -> None:
    """Being told to wait does not count as a request, however often one asks."""
    pacer = Pacer([(1, 1.0)], reserve_for_cancels=0.0)
    pacer.permit(0.0, ORDER)
    assert [pacer.permit(0.5, ORDER) for _ in range(5)] == [0.5] * 5
    assert pacer.permit(1.0, ORDER) == 0.0


def test_the_tightest_limit_rules() -> None:
    """With several limits a request waits for the one that frees last."""
    pacer = Pacer([(2, 1.0), (3, 60.0)], reserve_for_cancels=0.0)
    assert pacer.permit(0.0, ORDER) == 0.0
    assert pacer.permit(0.0, ORDER) == 0.0
    assert pacer.permit(0.0, ORDER) == 1.0
    assert pacer.permit(1.0, ORDER) == 0.0
    assert pacer.permit(1.0, ORDER) == 59.0


@pytest.mark.parametrize("kind", [ORDER, QUERY])
def test_room_for_cancels(kind: CallKind) -> None:
    """Orders and queries stop at their part of the limit; cancels may use all of it."""
    pacer = Pacer([(10, 1.0)], reserve_for_cancels=0.25)  # three of ten, rounded up
    assert [pacer.permit(0.0, kind) for _ in range(8)] == [0.0] * 7 + [1.0]
    assert [pacer.permit(0.0, CANCEL) for _ in range(4)] == [0.0] * 3 + [1.0]


def test_cancels_count_for_everyone() -> None:
    """The venue counts cancels too: they leave less for orders."""
    pacer = Pacer([(10, 1.0)], reserve_for_cancels=0.5)
    for _ in range(5):
        assert pacer.permit(0.0, CANCEL) == 0.0
    assert pacer.permit(0.0, ORDER) == 1.0
    assert pacer.permit(0.0, CANCEL) == 0.0


def test_lookups_leave_half_of_the_permits_to_queries() -> None:
    """However often single orders are asked for, a reconciliation finds a permit at once."""
    pacer = Pacer([(6, 2.0)])  # two are for cancels
    assert [pacer.permit(1.0, CallKind.LOOKUP) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert [pacer.permit(1.0, CallKind.QUERY) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert pacer.permit(1.0, CallKind.LOOKUP) == 2.0
    assert Pacer([(1, 1.0)]).permit(1.0, CallKind.LOOKUP) == 0.0


@pytest.mark.parametrize("count", [1, 2])
def test_the_reserve_is_never_everything(count: int) -> None:
    """However large the share, one order at a time still passes."""
    pacer = Pacer([(count, 1.0)], reserve_for_cancels=0.99)
    assert pacer.permit(0.0, ORDER) == 0.0
    assert pacer.permit(0.0, ORDER) == 1.0


def test_blocked_by_the_venue() -> None:
    """Told to stay away, nothing passes until then, and a shorter word does not shorten it."""
    pacer = Pacer([(5, 1.0)])
    pacer.block(10.0, 30.0)
    pacer.block(11.0, 1.0)
    assert pacer.permit(20.0, CANCEL) == 20.0
    assert pacer.permit(20.0, ORDER) == 20.0
    assert pacer.permit(40.0, ORDER) == 0.0


def test_without_limits_everything_passes() -> None:
    """A venue that states no limit is not slowed down, and nothing is remembered."""
    pacer = Pacer([])
    assert [pacer.permit(0.0, ORDER) for _ in range(1000)] == [0.0] * 1000
    assert pacer.used(0.0) == 0.0


def test_a_clock_that_steps_back_frees_nothing() -> None:
    """Time handed in out of order is taken as the latest seen."""
    pacer = Pacer([(1, 10.0)], reserve_for_cancels=0.0)
    assert pacer.permit(100.0, ORDER) == 0.0
    assert pacer.permit(50.0, ORDER) == 10.0
    assert pacer.permit(110.0, ORDER) == 0.0


def test_use_is_shown() -> None:
    """The gauge is the share of the fullest limit, without changing it."""
    pacer = Pacer([(4, 1.0), (100, 60.0)])
    assert pacer.used(0.0) == 0.0
    pacer.permit(0.0, ORDER)
    pacer.permit(0.5, ORDER)
    assert (pacer.used(0.5), pacer.used(1.0), pacer.used(5.0)) == (0.5, 0.25, 0.02)


@pytest.mark.parametrize(
    "limit", [(0, 1.0), (LIMIT_COUNT_MAX + 1, 1.0), (1, 0.0), (1, math.inf), (1, math.nan)]
)
def test_impossible_limits_are_refused(limit: tuple[int, float]) -> None:
    """A limit that allows nothing or never ends cannot be built."""
    with pytest.raises(InvariantViolation):
        Pacer([limit])


@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_impossible_shares_are_refused(share: float) -> None:
    """The part kept for cancels is a share below one."""
    with pytest.raises(InvariantViolation):
        Pacer([(1, 1.0)], reserve_for_cancels=share)


LIMITS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(1, 40).map(lambda eighths: eighths / 8)),
    min_size=1,
    max_size=3,
)
ASKS = st.lists(
    st.tuples(st.integers(0, 8).map(lambda eighths: eighths / 8), st.sampled_from(list(CallKind))),
    max_size=60,
)


@given(LIMITS, st.sampled_from([0.0, 0.2, 0.5, 0.9]), ASKS)
def test_no_window_ever_holds_more_than_allowed(
    limits: list[tuple[int, float]], share: float, asks: list[tuple[float, CallKind]]
) -> None:
    """Whatever is asked when, no window of any limit holds more than its count."""
    pacer = Pacer(limits, reserve_for_cancels=share)
    sent: list[float] = []
    now = 0.0
    for pause_s, kind in asks:
        now += pause_s
        if pacer.permit(now, kind) == 0.0:
            sent.append(now)
    for count, window_s in limits:
        for at in sent:
            assert sum(1 for other in sent if at <= other < at + window_s) <= count


@given(LIMITS, ASKS)
def test_the_delay_is_exact(
    limits: list[tuple[int, float]], asks: list[tuple[float, CallKind]]
) -> None:
    """After the named delay the request passes, and just before it does not."""
    pacer = Pacer(limits)
    now = 0.0
    for pause_s, kind in asks:
        now += pause_s
        delay_s = pacer.delay(now, kind)
        if delay_s > 0:
            assert pacer.delay(now + delay_s - 1 / 16, kind) == 1 / 16
            now += delay_s
        assert pacer.permit(now, kind) == 0.0


@given(
    st.floats(0, 1e6, allow_subnormal=False),
    st.floats(1e-3, 1e4),
    st.integers(1, 5),
)
def test_waiting_ends_for_any_floats(start: float, window_s: float, count: int) -> None:
    """Rounding never makes one wait again and again: two delays at most."""
    pacer = Pacer([(count, window_s)], reserve_for_cancels=0.0)
    for _ in range(count):
        pacer.permit(start, ORDER)
    now = start
    for _ in range(2):
        now += pacer.delay(now, ORDER)
    assert pacer.permit(now, ORDER) == 0.0
