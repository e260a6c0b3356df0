"""The venue's order statuses (fact sheet, 10.2): what each says of an order's life, and what comes later.

Pushes arrive out of order (seen: WaitToNew, Filled, New), so statuses have a rank: of two pushes with
the same time and the same executed quantity the one of the higher rank is the newer one. That is coarse
on purpose, for replacing and cancelling go in circles.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from engine.model.enums import Lifecycle


class Status(StrEnum):
    """As written on the wire."""

    NOT_REPORTED = "NotReported"
    REPLACED_NOT_REPORTED = "ReplacedNotReported"
    PROTECTED_NOT_REPORTED = "ProtectedNotReported"
    VARIETIES_NOT_REPORTED = "VarietiesNotReported"
    """A conditional order that waits for its trigger."""
    WAIT_TO_NEW = "WaitToNew"
    NEW = "NewStatus"
    PARTIAL_FILLED = "PartialFilledStatus"
    FILLED = "FilledStatus"
    WAIT_TO_REPLACE = "WaitToReplace"
    PENDING_REPLACE = "PendingReplaceStatus"
    REPLACED = "ReplacedStatus"
    WAIT_TO_CANCEL = "WaitToCancel"
    PENDING_CANCEL = "PendingCancelStatus"
    CANCELED = "CanceledStatus"
    PARTIAL_WITHDRAWAL = "PartialWithdrawal"
    """Partly filled, the rest cancelled."""
    REJECTED = "RejectedStatus"
    EXPIRED = "ExpiredStatus"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the order any more."""
        return self in _ENDS

    @property
    def rank(self) -> int:
        """Later statuses have higher ranks."""
        if self in _ENDS:
            return 3
        return _RANKS.get(self, 2)

    @property
    def cancels(self) -> bool:
        """Whether the venue is working on a cancel of it."""
        return self in (Status.WAIT_TO_CANCEL, Status.PENDING_CANCEL)

    @property
    def changing(self) -> bool:
        """Whether the venue is working on a change of it: which terms it shows is not said."""
        return self in (
            Status.WAIT_TO_REPLACE,
            Status.PENDING_REPLACE,
            Status.REPLACED_NOT_REPORTED,
        )

    @property
    def busy(self) -> bool:
        """Whether the venue is between two states, in which it takes no cancel."""
        return self in _BUSY

    @property
    def replaceable(self) -> bool:
        """Whether the venue takes a change: new or partly filled, a change done counts as new."""
        return self in (Status.NEW, Status.PARTIAL_FILLED, Status.REPLACED)


_ENDS: Final = {
    Status.FILLED: Lifecycle.FILLED,
    Status.CANCELED: Lifecycle.CANCELLED,
    Status.PARTIAL_WITHDRAWAL: Lifecycle.CANCELLED,
    Status.REJECTED: Lifecycle.REJECTED,
    Status.EXPIRED: Lifecycle.EXPIRED,
}
_RANKS: Final = {
    Status.NOT_REPORTED: 0,
    Status.PROTECTED_NOT_REPORTED: 0,
    Status.VARIETIES_NOT_REPORTED: 0,
    Status.WAIT_TO_NEW: 0,
    Status.NEW: 1,
}
_BUSY: Final = frozenset(
    {
        Status.NOT_REPORTED,
        Status.REPLACED_NOT_REPORTED,
        Status.WAIT_TO_NEW,
        Status.WAIT_TO_REPLACE,
        Status.PENDING_REPLACE,
    }
)
_WORDS: Final = {str(status): status for status in Status}

OPEN: Final = tuple(status for status in Status if status not in _ENDS)
"""The statuses of orders that may still be filled."""


def status_of(word: str) -> Status | None:
    """The status of this word, None for one that we do not know."""
    return _WORDS.get(word)


def lifecycle_of(status: Status, executed: Decimal) -> Lifecycle:
    """Where an order with this status and executed quantity is in its life."""
    end = _ENDS.get(status)
    if end is not None:
        return end
    return Lifecycle.PARTLY_FILLED if executed else Lifecycle.OPEN
