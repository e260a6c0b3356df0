"""Reports by number, and their delivery."""

import pytest

from engine.errors import InvariantViolation
from engine.messages.orders import ExecutionReport
from engine.model.enums import ExecType
from engine.orders.delivery import Delivery
from engine.orders.reports import EXEC_TYPES, Reports, denial_of, exec_type_of
from engine.orders.state import Event
from tests.kit.orders import Bench


def report(number: int) -> ExecutionReport:
    return denial_of(Bench().intent(), "CODE", "text", number=number, ts_ns=1)


def filled(count: int, reports_max: int = 100) -> Reports:
    reports = Reports()
    for number in range(1, count + 1):
        reports.add(report(number), reports_max)
    return reports


def test_numbers_have_no_holes():
    """A report must carry the next number."""
    reports = filled(2)
    with pytest.raises(InvariantViolation):
        reports.add(report(4))


@pytest.mark.parametrize(("seen", "left"), [(0, [1, 2, 3]), (2, [3]), (3, []), (9, [])])
def test_what_was_seen_is_dropped(seen, left):
    """Acknowledged reports are let go, the rest can be sent again."""
    reports = filled(3)
    reports.see(seen)
    assert [each.number for each in reports.after(0)] == left
    assert reports.last == max(3, seen)


def test_beyond_the_bound_the_oldest_are_dropped_and_counted():
    """A strategy that never acknowledges does not eat memory."""
    reports = filled(5, reports_max=2)
    assert [each.number for each in reports.after(0)] == [4, 5]
    assert (reports.base, reports.dropped) == (3, 3)
    assert reports.find(4).number == 4
    assert reports.find(2) is None


def test_every_event_is_told_by_a_kind_of_report():
    """No event is without its word, and news that end a doubt are told as its end."""
    assert set(EXEC_TYPES) == set(Event)
    assert exec_type_of(Event.ACCEPTED, was_unknown=True) is ExecType.RESOLVED
    assert exec_type_of(Event.ACCEPTED, was_unknown=False) is ExecType.NEW
    assert exec_type_of(Event.CANCELLED, was_unknown=True) is ExecType.CANCELLED


def test_delivery_holds_later_reports_behind_a_refused_one():
    """Reports go out in order or not at all."""
    delivery = Delivery()
    delivery.serve(0, 0)
    assert delivery.takes(1)
    delivery.refused(1)
    assert not delivery.takes(2)
    assert delivery.lags(0)
    assert not delivery.is_current


def test_delivery_waits_for_a_served_strategy():
    """Nobody is told before its hello."""
    delivery = Delivery()
    assert not delivery.takes(1)
    delivery.serve(1, 1)
    assert delivery.is_current
