"""The silence ladder: a peer that says nothing is asked, then given up.

A dead TCP connection can stay open for ever, and reading from it waits for ever; only the absence
of words shows it. Any byte of the peer counts as a word. Pure: the driver reports what it hears,
sleeps until `deadline`, and asks what is `due`.
"""

import math
from enum import Enum

from engine.errors import InvariantViolation


class Due(Enum):
    """What silence calls for."""

    NOTHING = "nothing"
    PING = "ping"
    """Ask the peer for a sign of life, once per silence."""
    DEAD = "dead"
    """Give the connection up (PeerSilent)."""


class SilenceLadder:
    """Measures the silence of one connection; times are monotonic seconds.

    A ping is due after `ping_after_s` without a word, the end after `dead_after_s`, both counted
    from the last word and both due at exactly that time. Until something was heard the count begins
    with the first call, so make one ladder per connection and ask it for its deadline at once.
    """

    def __init__(self, ping_after_s: float, dead_after_s: float) -> None:
        if not 0 < ping_after_s < dead_after_s < math.inf:
            raise InvariantViolation(
                f"silence ladder of {ping_after_s} s to the ping and {dead_after_s} s to the end"
            )
        self._ping_after_s = ping_after_s
        self._dead_after_s = dead_after_s
        self._heard_at: float | None = None
        self._pinged = False

    def heard(self, now: float) -> None:
        """The peer said something, anything."""
        self._heard_at = max(now, self._since(now))
        self._pinged = False

    def silent_for(self, now: float) -> float:
        """Seconds since the last word."""
        return max(0.0, now - self._since(now))

    def deadline(self, now: float) -> float:
        """The time at which to ask `due` again if nothing is heard until then."""
        return self._since(now) + (self._dead_after_s if self._pinged else self._ping_after_s)

    def due(self, now: float) -> Due:
        """What to do now. A ping is told once and then taken as sent, until the peer is heard."""
        since = self._since(now)
        if now >= since + self._dead_after_s:
            return Due.DEAD
        if not self._pinged and now >= since + self._ping_after_s:
            self._pinged = True
            return Due.PING
        return Due.NOTHING

    def _since(self, now: float) -> float:
        if self._heard_at is None:
            self._heard_at = now
        return self._heard_at
