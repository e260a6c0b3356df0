"""`stages`: every pair of the session table (T-042)."""

from itertools import product

import pytest

from actors.venues.wooxpro.stages import TRANSITIONS, Input, Stage, step
from engine.errors import RemoteProtocolError


@pytest.mark.parametrize(("stage", "given"), list(product(Stage, Input)))
def test_a_listed_pair_leads_on_and_any_other_breaks_the_protocol(stage: Stage, given: Input):
    """The table is all there is."""
    if (stage, given) in TRANSITIONS:
        assert step(stage, given) is TRANSITIONS[stage, given]
    else:
        with pytest.raises(RemoteProtocolError):
            step(stage, given)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_lost_stream_closes_every_stage(stage: Stage):
    """After a loss there is only one way on: open, log in."""
    assert step(stage, Input.LOST) is Stage.CLOSED


def test_only_a_granted_login_leads_to_service():
    """In service follows subscribing, subscribing follows the venue's yes."""
    into = {
        stage: [pair for pair, to in TRANSITIONS.items() if to is stage]
        for stage in (Stage.SUBSCRIBING, Stage.IN_SERVICE)
    }
    assert into == {
        Stage.SUBSCRIBING: [(Stage.LOGIN_SENT, Input.GRANTED)],
        Stage.IN_SERVICE: [(Stage.SUBSCRIBING, Input.COMPLETE)],
    }
