"""Which of an instrument's pushes may be believed: newer ones, each once.

The venue numbers quotes and trades per instrument. Numbers are not without holes, so none can be
missed visibly; but an older or a repeated one shows. A server that begins its numbers anew would be
dropped for ever, so a lower number that keeps coming with a newer time is taken for a new beginning.
"""

from enum import Enum
from typing import Final

RESTART_AFTER: Final = 3
"""Lower numbers with newer times in a row, none higher between them, that make a new beginning."""


class Verdict(Enum):
    """What is to be done with one push."""

    NEWER = "newer"
    REPEATED = "repeated"
    """Known already: a sign of life and no news."""
    OLDER = "older"
    """Overtaken by a newer one."""
    CONTRADICTORY = "contradictory"
    """The number is older and the time newer: not to be believed, and what we have neither."""
    RESTARTED = "restarted"
    """Believed again: the numbers have begun anew."""


class Ordering:
    """The numbers of one instrument's books or trades."""

    __slots__ = ("_seq", "_strikes", "_ts_ns")

    def __init__(self) -> None:
        self._seq = -1
        self._ts_ns = 0
        self._strikes = 0

    def judge(self, seq: int, ts_ns: int) -> Verdict:
        """What a push with this number and time is; what is believed counts from then on."""
        if seq > self._seq:
            self._take(seq, ts_ns)
            return Verdict.NEWER
        if seq == self._seq:
            return Verdict.REPEATED
        if ts_ns <= self._ts_ns:
            return Verdict.OLDER
        self._strikes += 1
        if self._strikes < RESTART_AFTER:
            return Verdict.CONTRADICTORY
        self._take(seq, ts_ns)
        return Verdict.RESTARTED

    def restart(self) -> None:
        """Believe whatever comes next: it comes from a new connection, which has no past."""
        self._seq, self._ts_ns, self._strikes = -1, 0, 0

    def _take(self, seq: int, ts_ns: int) -> None:
        self._seq, self._ts_ns, self._strikes = seq, ts_ns, 0
