"""What a command's handler is given and what it is: a type of request and a function that answers it."""

from collections.abc import Callable
from typing import Any

import attrs

from actors.venues.longbridge.simulator.hub import Sink, SubType
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator.moment import Moment


@attrs.define
class Call:
    """One call; `first` is filled with what the handler wants pushed right after the answer.

    `overnight` says that the login asked for quotes of the night session.
    """

    venue: Venue
    sink: Sink
    account: str
    now: Moment
    overnight: bool = False
    first: dict[str, tuple[SubType, ...]] = attrs.field(factory=dict)


@attrs.frozen
class Handler:
    """One command: the class of its request, and what it answers; raises Refusal."""

    request: Any
    answer: Callable[[Call, Any], Any]
