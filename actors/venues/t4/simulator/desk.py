"""Accounts and orders of the simulated venue; pure, time handed in."""

from typing import TYPE_CHECKING, Any, Final

from actors.venues.t4.simulator.sessions import Session
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.t4.simulator.venue import Venue

_FAR: Final = 1 << 62


class Desk:
    """All accounts of one simulator.

    Args:
        venue: with its market, hub, faults and log in place already.
        now: time of birth.
    """

    def __init__(self, venue: "Venue", now: Moment) -> None:
        self._venue = venue
        self._born_ns = now.wall_ns

    def arrived(self, session: Session | None, name: str, body: Any, now: Moment) -> None:
        """A message reached the venue's door; it may get no further. For the witness alone."""

    def drop(self, session: Session) -> None:
        """A session is over."""

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        return _FAR

    def advance(self, now: Moment) -> None:
        """Let happen what is due."""
