"""How far a connection has come, as tables: every pair that is not listed is a bug or a fault of the peer.

The counter wants its steps in order, and the whole of them again after each time that the gateway has
reached the front, on the same socket: `connect` is never said twice. One table for each of the two sockets.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.errors import LocalProtocolError


class Stage(StrEnum):
    """Of one connection."""

    CLOSED = "closed"
    GREETING = "greeting"
    """The gateway is to greet."""
    NAMING_BROKER = "naming_broker"
    NAMING_INVESTOR = "naming_investor"
    CALLING = "calling"
    """The gateway calls the front, and never says when it cannot reach it."""
    AUTHENTICATING = "authenticating"
    LOGGING_IN = "logging_in"
    PAUSED = "paused"
    """The market data login is to be tried again: the user is not logged in to the trade front."""
    RESTING = "resting"
    """Logged in; the counter takes no query yet, and replays the day."""
    CONFIRMING = "confirming"
    """The settlement of the last trading day."""
    IN_SERVICE = "in_service"
    FRONT_AWAY = "front_away"
    """The gateway has lost the front and looks for it by itself."""
    LEAVING = "leaving"
    """Refused: nothing more is said on this connection."""


class Input(StrEnum):
    """What moves it."""

    OPENED = "opened"
    GREETED = "greeted"
    NAMED = "named"
    CONNECTED = "connected"
    AUTHENTICATED = "authenticated"
    LOGGED_IN = "logged_in"
    LATER = "later"
    AGAIN = "again"
    RESTED = "rested"
    CONFIRMED = "confirmed"
    """The settlement is confirmed, now or earlier on this trading day."""
    FRONT_LOST = "front_lost"
    REFUSED = "refused"
    LOST = "lost"


Table = Mapping[tuple[Stage, Input], Stage]

_REACHED: Final = (Stage.LOGGING_IN, Stage.IN_SERVICE, Stage.FRONT_AWAY)
"""Stages of both sockets in which the front was reached before."""


def _ends() -> dict[tuple[Stage, Input], Stage]:
    live = [stage for stage in Stage if stage is not Stage.CLOSED]
    return {
        **{(stage, Input.REFUSED): Stage.LEAVING for stage in live},
        **{(stage, Input.LOST): Stage.CLOSED for stage in Stage},
    }


def _front(stages: tuple[Stage, ...], first: Stage) -> dict[tuple[Stage, Input], Stage]:
    """The front comes and goes: after each coming the login begins anew."""
    return {
        **{(stage, Input.CONNECTED): first for stage in (Stage.CALLING, *stages)},
        **{(stage, Input.FRONT_LOST): Stage.FRONT_AWAY for stage in (Stage.CALLING, *stages)},
    }


MARKET_TRANSITIONS: Final[Table] = {
    (Stage.CLOSED, Input.OPENED): Stage.GREETING,
    (Stage.GREETING, Input.GREETED): Stage.CALLING,
    (Stage.LOGGING_IN, Input.LOGGED_IN): Stage.IN_SERVICE,
    (Stage.LOGGING_IN, Input.LATER): Stage.PAUSED,
    (Stage.PAUSED, Input.AGAIN): Stage.LOGGING_IN,
    **_front((*_REACHED, Stage.PAUSED), Stage.LOGGING_IN),
    **_ends(),
}
"""All legal moves of `/market_data`."""

TRADE_TRANSITIONS: Final[Table] = {
    (Stage.CLOSED, Input.OPENED): Stage.GREETING,
    (Stage.GREETING, Input.GREETED): Stage.NAMING_BROKER,
    (Stage.NAMING_BROKER, Input.NAMED): Stage.NAMING_INVESTOR,
    (Stage.NAMING_INVESTOR, Input.NAMED): Stage.CALLING,
    (Stage.AUTHENTICATING, Input.AUTHENTICATED): Stage.LOGGING_IN,
    (Stage.LOGGING_IN, Input.LOGGED_IN): Stage.RESTING,
    (Stage.RESTING, Input.RESTED): Stage.CONFIRMING,
    (Stage.RESTING, Input.CONFIRMED): Stage.IN_SERVICE,
    (Stage.CONFIRMING, Input.CONFIRMED): Stage.IN_SERVICE,
    **_front(
        (*_REACHED, Stage.AUTHENTICATING, Stage.RESTING, Stage.CONFIRMING), Stage.AUTHENTICATING
    ),
    **_ends(),
}
"""All legal moves of `/trade`."""


def market_step(stage: Stage, given: Input) -> Stage:
    """The stage that follows on `/market_data`. Raises LocalProtocolError for what cannot happen."""
    return _step(MARKET_TRANSITIONS, stage, given)


def trade_step(stage: Stage, given: Input) -> Stage:
    """The stage that follows on `/trade`. Raises LocalProtocolError for what cannot happen."""
    return _step(TRADE_TRANSITIONS, stage, given)


def _step(table: Table, stage: Stage, given: Input) -> Stage:
    following = table.get((stage, given))
    if following is None:
        raise LocalProtocolError(f"{given.value} while a connection is {stage.value}")
    return following
