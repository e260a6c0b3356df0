"""`phases`: every pair of the table of a list's life (T-042)."""

from itertools import product

import pytest

from actors.venues.alltick.phases import TRANSITIONS, Event, Phase, step
from engine.errors import LocalProtocolError


@pytest.mark.parametrize(("phase", "event"), list(product(Phase, Event)))
def test_a_listed_pair_leads_on_and_any_other_raises(phase: Phase, event: Event):
    """The table is all there is."""
    if (phase, event) in TRANSITIONS:
        assert step(phase, event) is TRANSITIONS[phase, event]
    else:
        with pytest.raises(LocalProtocolError):
            step(phase, event)


def test_every_phase_can_be_reached_and_be_left():
    """No phase is dead and none is final."""
    assert set(TRANSITIONS.values()) == set(Phase)
    assert {phase for phase, _ in TRANSITIONS} == set(Phase)


@pytest.mark.parametrize("phase", Phase)
def test_what_may_come_at_any_time(phase: Phase):
    """Readers change their minds and connections are lost in every phase."""
    assert step(phase, Event.LOST) is Phase.CLOSED
    assert (phase, Event.CHANGED) in TRANSITIONS
