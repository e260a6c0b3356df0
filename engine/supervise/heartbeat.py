"""Heartbeat of one child: counts pings without a pong. Pure.

It counts pings and not seconds, so a supervisor that itself could not run for a while (suspended,
starved) accuses nobody: while it does not run, nothing is sent and nothing is missed.
"""

import attrs

ANSWER_SHARE = 0.25
"""Part of the interval that the last ping is given before the count is taken."""


@attrs.define
class Heartbeat:
    """State of one boot's heartbeat.

    Attributes:
        missed_max: unanswered pings that make the child stuck.
        sent: number of the last ping.
        answered: highest number that a pong named.
        answered_mono_ns: when that pong came; 0 before the first.
    """

    missed_max: int
    sent: int = 0
    answered: int = 0
    answered_mono_ns: int = 0

    def next(self) -> int:
        """The number of the ping to send now."""
        self.sent += 1
        return self.sent

    def pong(self, number: int, now_mono_ns: int) -> None:
        """A pong arrived; one that answers no ping of ours, or an old one, changes nothing."""
        if self.answered < number <= self.sent:
            self.answered = number
            self.answered_mono_ns = now_mono_ns

    def forgive(self) -> None:
        """Pings so far need no answer: a process that is still starting may be busy."""
        self.answered = self.sent

    @property
    def missed(self) -> int:
        """Pings without an answer."""
        return self.sent - self.answered

    @property
    def stuck(self) -> bool:
        """Whether the main loop must be taken for stuck."""
        return self.missed >= self.missed_max

    def age_s(self, now_mono_ns: int) -> float | None:
        """Seconds since the last answer, None before the first."""
        if not self.answered_mono_ns:
            return None
        return max(0, now_mono_ns - self.answered_mono_ns) / 1e9
