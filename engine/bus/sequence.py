"""Gap detection: is this number the next one, a repeat, beyond a gap, or of a new boot?

Pure. One track per stream (a market topic, a pair of actors); numbers count from 1 for each boot of
the sender. ZeroMQ drops and reconnects silently, so this is the only way to know.
"""

from enum import Enum

import attrs


class Verdict(Enum):
    """What a number means to a track."""

    FIRST = "first"
    NEXT = "next"
    REPEAT = "repeat"
    GAP = "gap"
    NEW_BOOT = "new_boot"


@attrs.frozen
class Step:
    """A verdict and how many numbers are missing before this one (0 unless gap or new boot)."""

    verdict: Verdict
    missing: int = 0


_FIRST = Step(Verdict.FIRST)
_NEXT = Step(Verdict.NEXT)
_REPEAT = Step(Verdict.REPEAT)


class SequenceTrack:
    """The last number seen of one stream, and of which boot.

    `accept` moves on for everything but a repeat; a caller that wants to repair a gap first looks
    with `look` and moves with `accept` when it has the missing ones.
    """

    __slots__ = ("_retired", "boot", "last")

    def __init__(self) -> None:
        self.boot = -1
        self.last = 0
        self._retired = -1

    @property
    def started(self) -> bool:
        """Whether anything was accepted yet."""
        return self.boot >= 0

    def look(self, boot: int, sequence: int) -> Step:
        """What this number would mean; changes nothing."""
        if boot == self.boot:
            missing = sequence - self.last - 1
            if missing == 0:
                return _NEXT
            return Step(Verdict.GAP, missing) if missing > 0 else _REPEAT
        if not self.started:
            return _FIRST
        if boot == self._retired:
            return _REPEAT
        return Step(Verdict.NEW_BOOT, sequence - 1)

    def accept(self, boot: int, sequence: int) -> Step:
        """What this number means; the track stands at it afterwards, unless it was a repeat."""
        step = self.look(boot, sequence)
        if step.verdict is not Verdict.REPEAT:
            self.move(boot, sequence)
        return step

    def move(self, boot: int, sequence: int) -> None:
        """Stand at this number without a question; a left boot never counts as new again."""
        if boot != self.boot:
            self._retired, self.boot = self.boot, boot
        self.last = sequence
