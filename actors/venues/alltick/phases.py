"""The life of one subscription list on one connection, as a table.

The venue knows one list of books and one of trades; each request replaces the whole of one. A list
that differs from what was granted is sent, one request at a time, until they are the same.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.errors import LocalProtocolError


class Phase(StrEnum):
    """How far the venue knows what is wanted."""

    CLOSED = "closed"
    """There is no connection."""
    SETTLED = "settled"
    """What is wanted was granted, or nothing is wanted."""
    CHANGED = "changed"
    """What is wanted differs and waits for its turn."""
    ASKED = "asked"
    """A request is under way."""
    PAUSED = "paused"
    """The venue wants us to wait; the same again after that."""
    RESTING = "resting"
    """Refused again and again as a faulty request: nothing more until something changes."""


class Event(StrEnum):
    """What happens to a list."""

    OPENED = "opened"
    CHANGED = "changed"
    """What is wanted differs from what was granted, or is to be sent once more."""
    SAME = "same"
    """What is wanted is what was granted after all."""
    SENT = "sent"
    GRANTED = "granted"
    REFUSED = "refused"
    """Refused, and the next request will be another one."""
    LATER = "later"
    """Refused for the moment."""
    HOPELESS = "hopeless"
    """Refused as faulty so often that repeating it is no use."""
    TIMED_OUT = "timed_out"
    """An answer did not come, or a pause is over."""
    LOST = "lost"


_P, _E = Phase, Event

TRANSITIONS: Final[Mapping[tuple[Phase, Event], Phase]] = {
    (_P.CLOSED, _E.OPENED): _P.SETTLED,
    (_P.CLOSED, _E.CHANGED): _P.CLOSED,
    (_P.CLOSED, _E.LOST): _P.CLOSED,
    (_P.SETTLED, _E.CHANGED): _P.CHANGED,
    (_P.SETTLED, _E.LOST): _P.CLOSED,
    (_P.CHANGED, _E.CHANGED): _P.CHANGED,
    (_P.CHANGED, _E.SAME): _P.SETTLED,
    (_P.CHANGED, _E.SENT): _P.ASKED,
    (_P.CHANGED, _E.LOST): _P.CLOSED,
    (_P.ASKED, _E.CHANGED): _P.ASKED,
    (_P.ASKED, _E.GRANTED): _P.SETTLED,
    (_P.ASKED, _E.REFUSED): _P.CHANGED,
    (_P.ASKED, _E.LATER): _P.PAUSED,
    (_P.ASKED, _E.HOPELESS): _P.RESTING,
    (_P.ASKED, _E.TIMED_OUT): _P.CHANGED,
    (_P.ASKED, _E.LOST): _P.CLOSED,
    (_P.PAUSED, _E.CHANGED): _P.PAUSED,
    (_P.PAUSED, _E.TIMED_OUT): _P.CHANGED,
    (_P.PAUSED, _E.LOST): _P.CLOSED,
    (_P.RESTING, _E.CHANGED): _P.CHANGED,
    (_P.RESTING, _E.TIMED_OUT): _P.CHANGED,
    (_P.RESTING, _E.LOST): _P.CLOSED,
}
"""Every step there is."""


def step(phase: Phase, event: Event) -> Phase:
    """The phase that follows; LocalProtocolError for a pair that may not be."""
    following = TRANSITIONS.get((phase, event))
    if following is None:
        raise LocalProtocolError(f"a {phase} list cannot be {event}")
    return following
