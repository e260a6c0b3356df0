"""How long an order in doubt may be waited for, told from the evidence as the router measures it. Pure."""

from engine.drill.checkers.history import History
from engine.orders.records import OrderEventRecord, PlannedOrder
from engine.orders.state import Event

NS = 1_000_000_000

_ANSWERS = frozenset(
    {
        Event.ACCEPTED,
        Event.FOUND_OPEN,
        Event.REJECTED,
        Event.CANCELLED,
        Event.EXPIRED,
        Event.FILLED,
    }
)
"""What the router measures the venue's pace by: an order that is over may be the first that is heard of it."""


def horizon_s(history: History, *, least_s: float, answer_within_s: float) -> float:
    """The longest horizon that the router can have had: it grows with the venue's slowest answer.

    Args:
        history: what happened; its bounds are not looked at.
        least_s: the router's setting `horizon_s_min`.
        answer_within_s: as the slowest of the venues declares it.
    """
    return max(least_s, answer_within_s + 2 * _longest_answer_s(history))


def _longest_answer_s(history: History) -> float:
    """The longest time from a plan to the first news of the order."""
    planned: dict[str, int] = {}
    longest = 0
    for entry in history.records or ():
        record, at_ns = entry.record, history.synced_ns(entry.sequence)
        if at_ns is None:
            continue
        if isinstance(record, PlannedOrder):
            planned[record.client_order_id] = at_ns
        elif isinstance(record, OrderEventRecord) and record.event in _ANSWERS:
            begun_ns = planned.pop(record.client_order_id, at_ns)
            longest = max(longest, at_ns - begun_ns)
    return longest / NS
