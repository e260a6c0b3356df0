"""The life of one subscription as a table: what may happen in which phase, and what follows.

The venue acknowledges each topic by itself, in any order and sometimes late; what may come late is
listed as staying where one is. A pair that is not listed is a bug of ours and raises.
"""

from enum import StrEnum
from typing import Final

from engine.errors import LocalProtocolError


class Phase(StrEnum):
    """Where a subscription is."""

    QUEUED = "queued"
    """To be asked for when the stream and the pace allow."""
    SUBSCRIBING = "subscribing"
    """Asked for; the acknowledgement is awaited."""
    LIVE = "live"
    REFUSED = "refused"
    """The venue said no; asked again later."""
    RENEWING = "renewing"
    """Doubted; to be given back and then asked for anew."""
    UNSUBSCRIBING = "unsubscribing"
    """Being given back in order to be asked for anew."""
    LEAVING = "leaving"
    """Nobody wants it; to be given back."""
    DROPPING = "dropping"
    """Being given back for good."""
    GONE = "gone"


class Event(StrEnum):
    """What can happen to a subscription."""

    SENT = "sent"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    DOUBTED = "doubted"
    PROBED = "probed"
    WANTED = "wanted"
    UNWANTED = "unwanted"
    LOST = "lost"


_P, _E = Phase, Event

TRANSITIONS: Final[dict[tuple[Phase, Event], Phase]] = {
    (_P.QUEUED, _E.SENT): _P.SUBSCRIBING,
    (_P.QUEUED, _E.SUBSCRIBED): _P.QUEUED,  # an answer that came after its time
    (_P.QUEUED, _E.UNSUBSCRIBED): _P.QUEUED,
    (_P.QUEUED, _E.REFUSED): _P.QUEUED,
    (_P.QUEUED, _E.DOUBTED): _P.QUEUED,
    (_P.QUEUED, _E.UNWANTED): _P.GONE,
    (_P.QUEUED, _E.LOST): _P.QUEUED,
    (_P.SUBSCRIBING, _E.SUBSCRIBED): _P.LIVE,
    (_P.SUBSCRIBING, _E.UNSUBSCRIBED): _P.SUBSCRIBING,
    (_P.SUBSCRIBING, _E.REFUSED): _P.REFUSED,
    (_P.SUBSCRIBING, _E.TIMED_OUT): _P.QUEUED,
    (_P.SUBSCRIBING, _E.DOUBTED): _P.SUBSCRIBING,
    (_P.SUBSCRIBING, _E.UNWANTED): _P.LEAVING,
    (_P.SUBSCRIBING, _E.LOST): _P.QUEUED,
    (_P.LIVE, _E.SUBSCRIBED): _P.LIVE,
    (_P.LIVE, _E.UNSUBSCRIBED): _P.LIVE,
    (_P.LIVE, _E.REFUSED): _P.REFUSED,
    (_P.LIVE, _E.DOUBTED): _P.RENEWING,
    (_P.LIVE, _E.PROBED): _P.SUBSCRIBING,
    (_P.LIVE, _E.UNWANTED): _P.LEAVING,
    (_P.LIVE, _E.LOST): _P.QUEUED,
    (_P.REFUSED, _E.SUBSCRIBED): _P.REFUSED,
    (_P.REFUSED, _E.UNSUBSCRIBED): _P.REFUSED,
    (_P.REFUSED, _E.REFUSED): _P.REFUSED,
    (_P.REFUSED, _E.TIMED_OUT): _P.QUEUED,
    (_P.REFUSED, _E.DOUBTED): _P.REFUSED,
    (_P.REFUSED, _E.UNWANTED): _P.GONE,
    (_P.REFUSED, _E.LOST): _P.QUEUED,
    (_P.RENEWING, _E.SENT): _P.UNSUBSCRIBING,
    (_P.RENEWING, _E.SUBSCRIBED): _P.RENEWING,
    (_P.RENEWING, _E.UNSUBSCRIBED): _P.RENEWING,
    (_P.RENEWING, _E.REFUSED): _P.REFUSED,
    (_P.RENEWING, _E.DOUBTED): _P.RENEWING,
    (_P.RENEWING, _E.UNWANTED): _P.LEAVING,
    (_P.RENEWING, _E.LOST): _P.QUEUED,
    (_P.UNSUBSCRIBING, _E.SUBSCRIBED): _P.UNSUBSCRIBING,
    (_P.UNSUBSCRIBING, _E.UNSUBSCRIBED): _P.QUEUED,
    (_P.UNSUBSCRIBING, _E.REFUSED): _P.QUEUED,
    (_P.UNSUBSCRIBING, _E.TIMED_OUT): _P.QUEUED,
    (_P.UNSUBSCRIBING, _E.DOUBTED): _P.UNSUBSCRIBING,
    (_P.UNSUBSCRIBING, _E.UNWANTED): _P.DROPPING,
    (_P.UNSUBSCRIBING, _E.LOST): _P.QUEUED,
    (_P.LEAVING, _E.SENT): _P.DROPPING,
    (_P.LEAVING, _E.SUBSCRIBED): _P.LEAVING,
    (_P.LEAVING, _E.UNSUBSCRIBED): _P.LEAVING,
    (_P.LEAVING, _E.REFUSED): _P.GONE,
    (_P.LEAVING, _E.WANTED): _P.RENEWING,
    (_P.LEAVING, _E.LOST): _P.GONE,
    (_P.DROPPING, _E.SUBSCRIBED): _P.DROPPING,
    (_P.DROPPING, _E.UNSUBSCRIBED): _P.GONE,
    (_P.DROPPING, _E.REFUSED): _P.GONE,
    (_P.DROPPING, _E.TIMED_OUT): _P.GONE,
    (_P.DROPPING, _E.WANTED): _P.UNSUBSCRIBING,
    (_P.DROPPING, _E.LOST): _P.GONE,
}


def step(phase: Phase, event: Event) -> Phase:
    """The phase that follows; LocalProtocolError for a pair that may not be."""
    following = TRANSITIONS.get((phase, event))
    if following is None:
        raise LocalProtocolError(f"a {phase} subscription cannot be {event}")
    return following
