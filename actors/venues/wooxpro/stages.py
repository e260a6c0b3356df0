"""The private session as a table: from the open stream to the point where the router reconciles.

What the venue may not say in a stage is not listed; saying it anyway breaks its protocol.
"""

from enum import StrEnum
from typing import Final

from engine.errors import RemoteProtocolError


class Stage(StrEnum):
    """How far the session has come."""

    CLOSED = "closed"
    LOGIN_SENT = "login_sent"
    LOGIN_PAUSED = "login_paused"
    """The venue cannot check logins for the moment; the next attempt waits."""
    SUBSCRIBING = "subscribing"
    IN_SERVICE = "in_service"
    """Logged in and every private topic granted."""
    LEFT = "left"
    """We asked for the connection to be ended."""
    GIVEN_UP = "given_up"
    """Credentials were rejected; nothing more is tried on this connection."""


class Input(StrEnum):
    """What moves it."""

    OPENED = "opened"
    GRANTED = "granted"
    LATER = "later"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    RETRY = "retry"
    COMPLETE = "complete"
    FORGOTTEN = "forgotten"
    """The venue asks for a login that it had granted."""
    LOST = "lost"


_S, _I = Stage, Input

TRANSITIONS: Final[dict[tuple[Stage, Input], Stage]] = {
    (_S.CLOSED, _I.OPENED): _S.LOGIN_SENT,
    (_S.CLOSED, _I.LOST): _S.CLOSED,
    (_S.LOGIN_SENT, _I.GRANTED): _S.SUBSCRIBING,
    (_S.LOGIN_SENT, _I.LATER): _S.LOGIN_PAUSED,
    (_S.LOGIN_SENT, _I.REJECTED): _S.GIVEN_UP,
    (_S.LOGIN_SENT, _I.TIMED_OUT): _S.LEFT,
    (_S.LOGIN_SENT, _I.LOST): _S.CLOSED,
    (_S.LOGIN_PAUSED, _I.RETRY): _S.LOGIN_SENT,
    (_S.LOGIN_PAUSED, _I.TIMED_OUT): _S.LEFT,
    (_S.LOGIN_PAUSED, _I.LOST): _S.CLOSED,
    (_S.SUBSCRIBING, _I.COMPLETE): _S.IN_SERVICE,
    (_S.SUBSCRIBING, _I.FORGOTTEN): _S.LEFT,
    (_S.SUBSCRIBING, _I.LOST): _S.CLOSED,
    (_S.IN_SERVICE, _I.FORGOTTEN): _S.LEFT,
    (_S.IN_SERVICE, _I.LOST): _S.CLOSED,
    (_S.LEFT, _I.GRANTED): _S.LEFT,  # answers that were under way when we left
    (_S.LEFT, _I.LATER): _S.LEFT,
    (_S.LEFT, _I.REJECTED): _S.GIVEN_UP,
    (_S.LEFT, _I.FORGOTTEN): _S.LEFT,
    (_S.LEFT, _I.LOST): _S.CLOSED,
    (_S.GIVEN_UP, _I.FORGOTTEN): _S.GIVEN_UP,
    (_S.GIVEN_UP, _I.LOST): _S.CLOSED,
}


def step(stage: Stage, given: Input) -> Stage:
    """The stage that follows; RemoteProtocolError for what may not come now."""
    following = TRANSITIONS.get((stage, given))
    if following is None:
        raise RemoteProtocolError(f"the session is {stage} and cannot be {given}")
    return following
