"""`stages`: what the session table must lead to; that it is all there is, the battery shows (T-042)."""

import pytest

from actors.venues.wooxpro.stages import TRANSITIONS, Input, Stage, step


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
