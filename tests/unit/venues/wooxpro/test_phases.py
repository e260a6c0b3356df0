"""`phases`: what the subscription table must lead to; that it is all there is, the battery shows (T-042)."""

from itertools import product

import pytest

from actors.venues.wooxpro.phases import TRANSITIONS, Event, Phase, step

FROM_THE_VENUE = (Event.SUBSCRIBED, Event.UNSUBSCRIBED, Event.REFUSED)


@pytest.mark.parametrize(("phase", "event"), list(product(Phase, FROM_THE_VENUE)))
def test_no_answer_of_the_venue_is_a_bug_of_ours(phase: Phase, event: Event):
    """Whatever is answered when, each phase knows what to make of it."""
    assert phase is Phase.GONE or (phase, event) in TRANSITIONS


def test_every_phase_can_be_reached_and_be_left():
    """No phase is dead, and only the last one is final."""
    assert {phase for _, phase in TRANSITIONS.items()} == set(Phase)
    assert {phase for phase, _ in TRANSITIONS} == set(Phase) - {Phase.GONE}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.GONE])
def test_a_lost_stream_ends_or_queues_a_subscription(phase: Phase):
    """Nothing counts as subscribed on a stream that is gone."""
    assert step(phase, Event.LOST) in (Phase.QUEUED, Phase.GONE)
