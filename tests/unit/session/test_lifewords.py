"""Every part of an order's life that a venue can tell of is news of one kind."""

from engine.messages.venue import UpdateKind
from engine.model.enums import TERMINAL, Lifecycle
from engine.orders.state import Event
from engine.session.lifewords import kind_of

OURS_ALONE = {Lifecycle.PLANNED, Lifecycle.DENIED, Lifecycle.SENT, Lifecycle.NEVER_ARRIVED}
"""No venue says these of an order."""


def test_ends_are_told_as_what_they_are_and_the_rest_as_accepted():
    kinds = {lifecycle: kind_of(lifecycle) for lifecycle in set(Lifecycle) - OURS_ALONE}
    assert {k: v.value for k, v in kinds.items() if k in TERMINAL} == {
        k: k.value for k in TERMINAL - OURS_ALONE
    }
    assert {v for k, v in kinds.items() if k not in TERMINAL} == {UpdateKind.ACCEPTED}


def test_each_of_them_is_an_event_of_an_order():
    assert {kind_of(each).value for each in set(Lifecycle) - OURS_ALONE} <= set(Event)
