import itertools

import pytest

from engine.errors import InvariantViolation, LocalProtocolError
from engine.session.callqueue import CallQueue
from engine.session.contract import CallKind, HttpCall
from engine.session.declaration import Budget

S = 1_000_000_000
ALL = frozenset(CallKind)


def call(call_id, kind=CallKind.QUERY, budget="", expires=0):
    return HttpCall(
        call_id=call_id,
        method="GET",
        path="/",
        kind=kind,
        budget=budget,
        expires_mono_ns=expires,
    )


def drain(queue, now, kinds=ALL):
    ids = []
    while taken := queue.next(now, kinds):
        ids.append(taken.call_id)
    return ids


def test_cancels_go_before_orders_before_queries():
    """Whatever the order of arrival, cancels go first and queries last."""
    queue = CallQueue([])
    for number, kind in enumerate([CallKind.QUERY, CallKind.ORDER, CallKind.CANCEL] * 2):
        queue.add(call(number, kind))
    assert drain(queue, S) == [2, 5, 1, 4, 0, 3]


def test_a_part_of_a_budget_is_kept_for_cancels():
    """Orders cannot use up a budget; a cancel still goes at once."""
    queue = CallQueue([Budget(name="trade", count=10, window_s=2.0)])
    for number in range(20):
        queue.add(call(number, CallKind.ORDER, "trade"))
    sent = drain(queue, S)
    assert sent == list(range(8))
    queue.add(call(100, CallKind.CANCEL, "trade"))
    assert drain(queue, S) == [100]
    assert queue.wake_ns(S, ALL) == pytest.approx(3 * S, abs=2000)
    assert drain(queue, 3 * S + 2000)[0] == 8


def test_two_limits_of_one_name_both_hold():
    """A budget declared twice obeys both limits."""
    queue = CallQueue(
        [Budget(name="b", count=5, window_s=1.0), Budget(name="b", count=8, window_s=100.0)]
    )
    for number in range(20):
        queue.add(call(number, CallKind.CANCEL, "b"))
    assert len(drain(queue, S)) == 5
    assert len(drain(queue, 3 * S)) == 3
    assert drain(queue, 5 * S) == []


def test_budgets_within_another_keep_its_limit_together():
    """A least time between two calls holds whatever budgets they draw from, cancels included."""
    spacing = Budget(name="all", count=1, window_s=0.02)
    parts = [Budget(name=name, count=5, window_s=60.0, within="all") for name in "ab"]
    queue = CallQueue([spacing, *parts])
    for number in range(6):
        queue.add(call(number, CallKind.CANCEL, "ab"[number % 2]))
    sent: list[tuple[int, int]] = []
    now = S
    while len(queue):
        sent += [(call_id, now) for call_id in drain(queue, now)]
        woken = queue.wake_ns(now, ALL)
        now = woken if woken is not None else now
    assert [call_id for call_id, _ in sent] == [0, 2, 4, 1, 3, 5]
    gaps = [later - earlier for (_, earlier), (_, later) in itertools.pairwise(sent)]
    assert all(0.02 * S <= gap < 0.021 * S for gap in gaps)


def test_the_outer_limit_is_not_counted_for_a_call_that_waits_for_its_own():
    """A budget that is used up takes nothing from the others through what they have in common."""
    common = Budget(name="all", count=2, window_s=1.0)
    parts = [Budget(name=name, count=1, window_s=60.0, within="all") for name in "ab"]
    queue = CallQueue([common, *parts])
    for number, name in enumerate("aab"):
        queue.add(call(number, CallKind.CANCEL, name))
    assert drain(queue, S) == [0, 2]


@pytest.mark.parametrize("within", ["b", "a"])
def test_a_budget_within_an_unknown_one_or_itself_is_a_bug(within: str):
    """Found when the queue is made, not when a call waits for ever."""
    with pytest.raises(InvariantViolation):
        CallQueue([Budget(name="a", count=1, window_s=1.0, within=within)])


def test_budgets_do_not_wait_for_each_other():
    """A budget that is used up or blocked does not hold up another."""
    queue = CallQueue(
        [Budget(name="a", count=2, window_s=1.0), Budget(name="b", count=2, window_s=1.0)]
    )
    queue.block("a", 60.0, S)
    queue.add(call(1, CallKind.CANCEL, "a"))
    queue.add(call(2, CallKind.QUERY, "b"))
    assert drain(queue, S) == [2]
    assert drain(queue, 61 * S + 1) == [1]


def test_a_call_never_leaves_late():
    """Calls whose time has passed come out as expired, and the queue wakes for it."""
    queue = CallQueue([Budget(name="a", count=1, window_s=10.0)])
    queue.add(call(1, CallKind.ORDER, "a", expires=5 * S))
    queue.add(call(2, CallKind.ORDER, "a", expires=3 * S))
    assert drain(queue, S) == [1]
    assert queue.wake_ns(S, ALL) == 3 * S
    assert queue.expired(3 * S - 1) == []
    assert [late.call_id for late in queue.expired(3 * S)] == [2]
    assert queue.wake_ns(S, ALL) is None


def test_without_a_slot_only_expiry_wakes():
    """A call that waits for a connection, not for time, must not make the driver spin."""
    queue = CallQueue([])
    queue.add(call(1))
    assert queue.wake_ns(S, frozenset()) is None
    queue.add(call(2, expires=9 * S))
    assert queue.wake_ns(S, frozenset()) == 9 * S
    assert queue.next(S, frozenset({CallKind.CANCEL})) is None


def test_the_queue_is_bounded_per_kind():
    """Queries that pile up are refused; they cannot crowd out cancels."""
    queue = CallQueue([], queued_max=2)
    assert queue.add(call(1)) == ""
    assert queue.add(call(2)) == ""
    assert "wait already" in queue.add(call(3))
    assert queue.add(call(4, CallKind.CANCEL)) == ""
    assert len(queue) == 3


def test_an_undeclared_budget_is_a_bug():
    """A call for a budget that the venue does not declare would go unpaced."""
    with pytest.raises(LocalProtocolError):
        CallQueue([]).add(call(1, budget="typo"))


def test_clear_gives_everything_back():
    """What waits at the end is known, so that it can be told as not sent."""
    queue = CallQueue([])
    queue.add(call(1))
    queue.add(call(2, CallKind.CANCEL))
    assert {c.call_id for c in queue.clear()} == {1, 2}
    assert len(queue) == 0


def test_a_waiting_call_can_be_withdrawn_and_no_other():
    """It comes out once and is sent no more; a call that has gone is not there to be taken back."""
    queue = CallQueue([Budget(name="a", count=2, window_s=10.0)])
    for number in (1, 2, 3):
        queue.add(call(number, CallKind.ORDER, "a"))
    assert drain(queue, S) == [1]
    withdrawn = queue.withdraw(2)
    assert withdrawn is not None
    assert withdrawn.call_id == 2
    assert [queue.withdraw(number) for number in (1, 2, 99)] == [None, None, None]
    assert drain(queue, 20 * S) == [3]


def test_lookups_never_hold_up_the_queries_of_a_reconciliation():
    """However many wait and however scarce the budget, the next permit goes to the query."""
    queue = CallQueue([Budget(name="history", count=5, window_s=2.0)])
    for number in range(60):
        queue.add(call(number, CallKind.LOOKUP, "history"))
    assert drain(queue, S) == [0, 1]
    queue.add(call(100, CallKind.QUERY, "history"))
    queue.add(call(101, CallKind.QUERY, "history"))
    assert drain(queue, S) == [100, 101]  # at once: look-ups leave half of the permits
    queue.add(call(102, CallKind.QUERY, "history"))
    assert drain(queue, 4 * S) == [102, 2]
    assert queue.add(call(200, CallKind.LOOKUP, "history")) == ""


def test_lookups_that_pile_up_refuse_no_query():
    """Each kind has its own bound."""
    queue = CallQueue([], queued_max=2)
    for number in (1, 2):
        queue.add(call(number, CallKind.LOOKUP))
    assert "wait already" in queue.add(call(3, CallKind.LOOKUP))
    assert queue.add(call(4)) == ""
