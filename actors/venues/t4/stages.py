"""How far the connection has come, as a table: every pair that is not listed breaks the protocol."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.errors import RemoteProtocolError


class Stage(StrEnum):
    """Of one connection."""

    CLOSED = "closed"
    LOGIN_SENT = "login_sent"
    IN_SERVICE = "in_service"
    LEAVING = "leaving"
    """Refused or thrown out: nothing more is said on this connection."""


class Input(StrEnum):
    """What moves it."""

    OPENED = "opened"
    GRANTED = "granted"
    REFUSED = "refused"
    """A login response that is no success, as answer or out of the blue."""
    UNANSWERED = "unanswered"
    TALKED = "talked"
    """The venue said anything else but a heartbeat: before the answer to a login it may not."""
    LOST = "lost"


_S, _I = Stage, Input

TRANSITIONS: Final[Mapping[tuple[Stage, Input], Stage]] = {
    (_S.CLOSED, _I.OPENED): _S.LOGIN_SENT,
    (_S.LOGIN_SENT, _I.GRANTED): _S.IN_SERVICE,
    (_S.LOGIN_SENT, _I.REFUSED): _S.LEAVING,
    (_S.LOGIN_SENT, _I.UNANSWERED): _S.LEAVING,
    (_S.IN_SERVICE, _I.REFUSED): _S.LEAVING,
    (_S.IN_SERVICE, _I.TALKED): _S.IN_SERVICE,
    # What was on its way when we left.
    (_S.LEAVING, _I.GRANTED): _S.LEAVING,
    (_S.LEAVING, _I.REFUSED): _S.LEAVING,
    (_S.LEAVING, _I.TALKED): _S.LEAVING,
    **{(stage, Input.LOST): Stage.CLOSED for stage in Stage},
}
"""All legal moves."""


def step(stage: Stage, given: Input) -> Stage:
    """The stage that follows. Raises RemoteProtocolError for what may not come now."""
    following = TRANSITIONS.get((stage, given))
    if following is None:
        raise RemoteProtocolError(f"the connection is {stage.value} and cannot be {given.value}")
    return following
