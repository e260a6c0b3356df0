"""The order's state table."""

import itertools

import pytest

from engine.errors import InvariantViolation
from engine.model.enums import TERMINAL, Certainty, Lifecycle, Pending
from engine.orders.state import (
    DOUBTS,
    EVENT_MEANING,
    OPENS,
    TRANSITIONS,
    Event,
    Fullness,
    State,
    Verdict,
    step,
)

KNOWN, UNKNOWN = Certainty.KNOWN, Certainty.UNKNOWN
ALARMED = {Verdict.LATE, Verdict.ZOMBIE, Verdict.OVERFILL}
FILLS = {Event.TRADE, Event.TRADE_LAST, Event.TRADE_OVER}


def state(
    lifecycle: Lifecycle, pending: Pending | None = None, certainty: Certainty = KNOWN
) -> State:
    return State(lifecycle, pending, certainty)


def test_table_is_total():
    """Every pair of lifecycle and event is listed, and every event is explained."""
    assert set(TRANSITIONS) == set(itertools.product(Lifecycle, Event))
    assert set(EVENT_MEANING) == set(Event)


@pytest.mark.parametrize("event", Event)
def test_nothing_can_happen_to_a_denied_order(event):
    """A denied order never left us: any event for it is a bug of ours."""
    with pytest.raises(InvariantViolation):
        step(state(Lifecycle.DENIED), event, Fullness.NONE)


def test_terminal_stays_terminal_unless_alarmed():
    """From a terminal lifecycle only alarmed transitions lead anywhere else (ORD-9)."""
    away = {
        (lifecycle, event): transition.verdict
        for (lifecycle, event), transition in TRANSITIONS.items()
        if lifecycle in TERMINAL and transition.lifecycle is not lifecycle
    }
    assert away
    assert {pair: verdict for pair, verdict in away.items() if verdict not in ALARMED} == {}


def test_no_fill_is_ever_refused():
    """Whatever an order's lifecycle, a fill of it is counted."""
    counted = {Verdict.MOVE, *ALARMED}
    fills = itertools.product(set(Lifecycle) - {Lifecycle.DENIED}, FILLS)
    assert {pair for pair in fills if TRANSITIONS[pair].verdict not in counted} == set()


@pytest.mark.parametrize("lifecycle", [Lifecycle.CANCELLED, Lifecycle.EXPIRED, Lifecycle.FILLED])
def test_fill_after_the_end_is_late(lifecycle):
    """A fill after cancel, expiry or completion is legal and alarmed."""
    done = step(state(lifecycle), Event.TRADE, Fullness.PART)
    assert (done.verdict, done.state.lifecycle) == (Verdict.LATE, lifecycle)


@pytest.mark.parametrize("event", [Event.ACCEPTED, Event.FOUND_OPEN, Event.TRADE])
@pytest.mark.parametrize("lifecycle", [Lifecycle.REJECTED, Lifecycle.NEVER_ARRIVED])
def test_dead_order_that_lives_is_a_zombie(lifecycle, event):
    """News of life from an order believed dead are accepted and alarmed (ORD-9)."""
    done = step(state(lifecycle), event, Fullness.PART if event is Event.TRADE else Fullness.NONE)
    assert done.verdict is Verdict.ZOMBIE
    assert done.state.lifecycle not in TERMINAL


@pytest.mark.parametrize(
    ("pending", "event", "after"),
    [
        (Pending.NEW, Event.ACCEPTED, None),
        (Pending.CANCEL, Event.ACCEPTED, Pending.CANCEL),
        (Pending.CANCEL, Event.FOUND_OPEN, None),
        (Pending.CANCEL, Event.CANCEL_REJECTED, None),
        (Pending.REPLACE, Event.CANCEL_REJECTED, Pending.REPLACE),
        (Pending.REPLACE, Event.REPLACED, None),
        (Pending.CANCEL, Event.REPLACED, Pending.CANCEL),
        (Pending.REPLACE, Event.TRADE, Pending.REPLACE),
        (Pending.CANCEL, Event.CANCELLED, None),
    ],
)
def test_events_settle_their_own_requests(pending, event, after):
    """An event answers the request it is about and no other."""
    fullness = Fullness.PART if event is Event.TRADE else Fullness.NONE
    assert step(state(Lifecycle.OPEN, pending), event, fullness).state.pending is after


def test_refused_cancel_of_an_unanswered_order_leaves_it_under_way():
    """When the cancel is refused before the order was answered, the order is still pending."""
    done = step(state(Lifecycle.SENT, Pending.CANCEL), Event.CANCEL_REJECTED, Fullness.NONE)
    assert done.state == state(Lifecycle.SENT, Pending.NEW)


@pytest.mark.parametrize("event", sorted(DOUBTS))
def test_doubt_keeps_lifecycle_and_request(event):
    """Doubt changes the certainty of an open order and nothing else."""
    before = state(Lifecycle.OPEN, Pending.CANCEL)
    assert step(before, event, Fullness.NONE).state == state(
        Lifecycle.OPEN, Pending.CANCEL, UNKNOWN
    )


def test_fill_ends_doubt_about_arrival_only():
    """A fill shows that an order arrived; what became of its cancel it does not show."""
    new = step(state(Lifecycle.SENT, Pending.NEW, UNKNOWN), Event.TRADE, Fullness.PART)
    assert new.state == state(Lifecycle.PARTLY_FILLED)
    cancel = step(state(Lifecycle.OPEN, Pending.CANCEL, UNKNOWN), Event.TRADE, Fullness.PART)
    assert cancel.state.certainty is UNKNOWN


@pytest.mark.parametrize("event", sorted(OPENS))
def test_requests_keep_what_is_filled(event):
    """Asking for a cancel or a change does not make a partly filled order an open one."""
    done = step(state(Lifecycle.PARTLY_FILLED), event, Fullness.PART)
    assert done.state == state(Lifecycle.PARTLY_FILLED, OPENS[event])


def test_venue_calling_it_filled_does_not_fill_it():
    """An order is filled when its fills say so; the venue's word alone leaves it working."""
    done = step(state(Lifecycle.OPEN), Event.FILLED, Fullness.NONE)
    assert done.state == state(Lifecycle.OPEN)


def test_contradictions_change_nothing():
    """What contradicts better evidence leaves the state as it was."""
    before = state(Lifecycle.FILLED)
    assert step(before, Event.CANCELLED, Fullness.WHOLE).state == before
    assert step(before, Event.CANCELLED, Fullness.WHOLE).verdict is Verdict.CONTRADICTION


@pytest.mark.parametrize(
    ("fullness", "verdict", "lifecycle"),
    [
        (Fullness.WHOLE, Verdict.CONTRADICTION, Lifecycle.FILLED),
        (Fullness.PART, Verdict.ZOMBIE, Lifecycle.PARTLY_FILLED),
    ],
)
def test_a_filled_order_works_again_when_a_fill_was_taken_back(fullness, verdict, lifecycle):
    """Found by simulation: the venue's word was a contradiction each time it was asked, for ever."""
    filled = State(Lifecycle.FILLED, None, Certainty.KNOWN)

    done = step(filled, Event.FOUND_OPEN, fullness)

    assert (done.verdict, done.state.lifecycle) == (verdict, lifecycle)
