"""The venue's budgets under a flood of orders: cancels go at the venue's full pace (T-082)."""

from collections import Counter

from actors.venues.wooxpro.capabilities import BUDGETS, WINDOW_S
from engine.session.callqueue import CALLS_QUEUED_MAX, CallQueue
from engine.session.contract import CallKind, HttpCall

STEP_NS = 10_000_000
KINDS = frozenset(CallKind)
COUNTS = {budget.name: budget.count for budget in BUDGETS}


def flooded(queue: CallQueue, number: int) -> int:
    """Fill every waiting list anew, as strategies and a kill would."""
    for kind, budget in ((CallKind.ORDER, "submit"), (CallKind.CANCEL, "cancel")):
        while not queue.add(
            HttpCall(call_id=number, method="POST", path="/", kind=kind, budget=budget)
        ):
            number += 1
    return number


def test_t082_cancels_go_at_their_full_budget_while_orders_flood():
    """In every window all that the venue takes are cancels; orders leave a fifth of theirs unused."""
    queue, number, now_ns = CallQueue(BUDGETS), 0, 1_000_000_000
    windows = []
    for _ in range(3):
        end_ns, sent = now_ns + int(WINDOW_S * 1e9), Counter[CallKind]()
        while now_ns < end_ns:
            number = flooded(queue, number)
            while call := queue.next(now_ns, KINDS):
                sent[call.kind] += 1
            now_ns += STEP_NS
        windows.append((sent[CallKind.CANCEL], sent[CallKind.ORDER]))
    assert windows == [(COUNTS["cancel"], 19)] * 3
    assert COUNTS["submit"] - 19 >= COUNTS["submit"] * 0.2
    assert len(queue) <= 2 * CALLS_QUEUED_MAX


def test_t082_the_part_of_a_shared_budget_that_is_kept_is_there_when_it_is_needed():
    """Orders that used up what they may leave room for cancels of the same budget at once."""
    queue, now_ns = CallQueue(BUDGETS), 1_000_000_000
    for number in range(CALLS_QUEUED_MAX):
        queue.add(
            HttpCall(call_id=number, method="POST", path="/", kind=CallKind.ORDER, budget="submit")
        )
    orders = 0
    while queue.next(now_ns, KINDS):
        orders += 1
    for number in range(10):
        queue.add(
            HttpCall(call_id=number, method="POST", path="/", kind=CallKind.CANCEL, budget="submit")
        )
    kinds = []
    while call := queue.next(now_ns, KINDS):
        kinds.append(call.kind)
    assert kinds == [CallKind.CANCEL] * (COUNTS["submit"] - orders)
    assert len(kinds) == 5
