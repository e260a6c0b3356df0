"""How the messages of logged-in clients reach what answers them.

`routes.py` joins the tables of the parts of the venue: the name of the message in the client's envelope
to its handler. A handler pushes its answers through the hub, or by `Call.answer`; it must not raise for
what a client sent.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from actors.venues.t4.simulator.messages import packed
from actors.venues.t4.simulator.sessions import Session
from engine.simulator.frames import binary_frame
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.t4.simulator.venue import Venue


@attrs.frozen
class Call:
    """One message of one session."""

    venue: "Venue"
    session: Session
    now: Moment

    def answer(self, name: str, message: Any) -> None:
        """Send a message to the session alone; no fault bends it."""
        self.session.sink.push(binary_frame(packed(name, message)))


Handler: TypeAlias = Callable[[Call, Any], None]
"""Carries out one message."""
