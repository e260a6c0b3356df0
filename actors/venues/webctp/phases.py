"""The life of one subscription, as a table.

The gateway mixes names up when several come in one message, so every contract is asked for by itself, and
counts as subscribed when the row that grants it names it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.errors import LocalProtocolError


class Phase(StrEnum):
    """Of one contract."""

    QUEUED = "queued"
    """To be asked for."""
    ASKED = "asked"
    LIVE = "live"
    REFUSED = "refused"
    """To be asked for again much later: listings change."""
    LEAVING = "leaving"
    """To be given back."""
    LEFT = "left"
    """Being given back; forgotten after that."""
    GONE = "gone"


class Event(StrEnum):
    """What happens to it."""

    SENT = "sent"
    GRANTED = "granted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    DOUBTED = "doubted"
    """Its data stays away or is wrong: ask again, which brings the present state at once."""
    RETRY = "retry"
    UNWANTED = "unwanted"
    WANTED = "wanted"
    """Wanted again before it was given back."""
    RETURNED = "returned"
    LOST = "lost"
    """The front is gone, and all subscriptions with it."""


_P, _E = Phase, Event

TRANSITIONS: Final[Mapping[tuple[Phase, Event], Phase]] = {
    (_P.QUEUED, _E.SENT): _P.ASKED,
    (_P.QUEUED, _E.GRANTED): _P.LIVE,
    (_P.QUEUED, _E.DOUBTED): _P.QUEUED,
    (_P.QUEUED, _E.UNWANTED): _P.GONE,
    (_P.QUEUED, _E.LOST): _P.QUEUED,
    (_P.ASKED, _E.GRANTED): _P.LIVE,
    (_P.ASKED, _E.REFUSED): _P.REFUSED,
    (_P.ASKED, _E.UNANSWERED): _P.QUEUED,
    (_P.ASKED, _E.DOUBTED): _P.ASKED,
    (_P.ASKED, _E.UNWANTED): _P.LEAVING,
    (_P.ASKED, _E.LOST): _P.QUEUED,
    (_P.LIVE, _E.GRANTED): _P.LIVE,
    (_P.LIVE, _E.DOUBTED): _P.QUEUED,
    (_P.LIVE, _E.UNWANTED): _P.LEAVING,
    (_P.LIVE, _E.LOST): _P.QUEUED,
    (_P.REFUSED, _E.RETRY): _P.QUEUED,
    (_P.REFUSED, _E.GRANTED): _P.LIVE,
    (_P.REFUSED, _E.DOUBTED): _P.REFUSED,
    (_P.REFUSED, _E.UNWANTED): _P.GONE,
    (_P.REFUSED, _E.LOST): _P.QUEUED,
    (_P.LEAVING, _E.SENT): _P.LEFT,
    (_P.LEAVING, _E.GRANTED): _P.LEAVING,
    (_P.LEAVING, _E.WANTED): _P.QUEUED,
    (_P.LEAVING, _E.LOST): _P.GONE,
    (_P.LEFT, _E.GRANTED): _P.LEFT,
    (_P.LEFT, _E.WANTED): _P.QUEUED,
    (_P.LEFT, _E.RETURNED): _P.GONE,
    (_P.LEFT, _E.UNANSWERED): _P.GONE,
    (_P.LEFT, _E.LOST): _P.GONE,
}
"""Every step there is."""


def step(phase: Phase, event: Event) -> Phase:
    """The phase that follows; LocalProtocolError for a pair that may not be."""
    following = TRANSITIONS.get((phase, event))
    if following is None:
        raise LocalProtocolError(f"a {phase} subscription cannot be {event}")
    return following
