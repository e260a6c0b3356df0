"""Liveness of a peer, as its own messages show it.

Pure. ZMTP's heartbeat is answered by an I/O thread even while Python spins, and cuts off peers that
are merely slow, so it is off; liveness is a message answered by the peer's main loop, and any other
message counts as well. The owner asks
`due_in_s` when to send and look again.
"""

import attrs

INTERVAL_S = 1.0
"""A heartbeat each second: the classic trade between traffic and the time to notice."""

MISSED_MAX = 3
"""One may be late on a busy host, three in a row are not."""


@attrs.define
class Liveness:
    """When to send the next heartbeat, and whether the peer still answers.

    Times are monotonic seconds handed in by the owner; the start counts as traffic, so a peer that
    never speaks is missed after the same time as one that stops.
    """

    started_s: float
    interval_s: float = INTERVAL_S
    missed_max: int = MISSED_MAX
    _heard_s: float = attrs.field(init=False)
    _sent_s: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._heard_s = self.started_s
        self._sent_s = self.started_s - self.interval_s

    def heard(self, now_s: float) -> None:
        """Something came from the peer."""
        self._heard_s = max(self._heard_s, now_s)

    def sent(self, now_s: float) -> None:
        """Something went to the peer; the next heartbeat is due an interval later."""
        self._sent_s = max(self._sent_s, now_s)

    def must_send(self, now_s: float) -> bool:
        """Whether a heartbeat is due."""
        return now_s - self._sent_s >= self.interval_s

    def missed(self, now_s: float) -> int:
        """Whole intervals without a word from the peer."""
        return int((now_s - self._heard_s) / self.interval_s)

    def is_alive(self, now_s: float) -> bool:
        """False when the peer missed more than its limit."""
        return self.missed(now_s) <= self.missed_max

    def silent_s(self, now_s: float) -> float:
        """Seconds since the last word."""
        return now_s - self._heard_s

    def due_in_s(self, now_s: float) -> float:
        """Seconds until something has to be done: send, or declare the peer silent."""
        send = self._sent_s + self.interval_s
        silent = self._heard_s + self.interval_s * (self.missed_max + 1)
        return max(0.0, min(send, silent) - now_s)
