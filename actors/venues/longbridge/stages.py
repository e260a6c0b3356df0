"""How far a connection to a gateway has come, as a table: every pair that is not listed is a bug of ours."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.errors import LocalProtocolError


class Stage(StrEnum):
    """Of one connection."""

    CLOSED = "closed"
    PREPARING = "preparing"
    """A one-time password was asked for."""
    OPENING = "opening"
    """There is a password, or a session to resume."""
    LOGIN_SENT = "login_sent"
    RESUME_SENT = "resume_sent"
    IN_SERVICE = "in_service"
    LEAVING = "leaving"
    """Refused: nothing more is said on this connection."""


class Input(StrEnum):
    """What moves it."""

    PREPARE = "prepare"
    EQUIPPED = "equipped"
    """A password has come, or none is needed."""
    LOGIN = "login"
    RESUME = "resume"
    GRANTED = "granted"
    REFUSED = "refused"
    LOST = "lost"


TRANSITIONS: Final[Mapping[tuple[Stage, Input], Stage]] = {
    (Stage.CLOSED, Input.PREPARE): Stage.PREPARING,
    (Stage.PREPARING, Input.EQUIPPED): Stage.OPENING,
    (Stage.OPENING, Input.LOGIN): Stage.LOGIN_SENT,
    (Stage.OPENING, Input.RESUME): Stage.RESUME_SENT,
    (Stage.LOGIN_SENT, Input.GRANTED): Stage.IN_SERVICE,
    (Stage.RESUME_SENT, Input.GRANTED): Stage.IN_SERVICE,
    (Stage.LOGIN_SENT, Input.REFUSED): Stage.LEAVING,
    (Stage.RESUME_SENT, Input.REFUSED): Stage.LEAVING,
    **{(stage, Input.LOST): Stage.CLOSED for stage in Stage},
}
"""All legal moves."""


def step(stage: Stage, given: Input) -> Stage:
    """The stage that follows. Raises LocalProtocolError for what cannot happen there."""
    following = TRANSITIONS.get((stage, given))
    if following is None:
        raise LocalProtocolError(f"{given.value} while a connection is {stage.value}")
    return following
