"""The order statuses: all of the sheet's, what each says, which come later."""

from decimal import Decimal

import pytest

from actors.venues.longbridge.statuses import OPEN, Status, lifecycle_of, status_of
from engine.model.enums import TERMINAL, Lifecycle

WORDS = [
    "NotReported",
    "ReplacedNotReported",
    "ProtectedNotReported",
    "VarietiesNotReported",
    "WaitToNew",
    "NewStatus",
    "PartialFilledStatus",
    "FilledStatus",
    "WaitToReplace",
    "PendingReplaceStatus",
    "ReplacedStatus",
    "WaitToCancel",
    "PendingCancelStatus",
    "CanceledStatus",
    "PartialWithdrawal",
    "RejectedStatus",
    "ExpiredStatus",
]
ENDS = {
    Status.FILLED: Lifecycle.FILLED,
    Status.CANCELED: Lifecycle.CANCELLED,
    Status.PARTIAL_WITHDRAWAL: Lifecycle.CANCELLED,
    Status.REJECTED: Lifecycle.REJECTED,
    Status.EXPIRED: Lifecycle.EXPIRED,
}


def test_all_words_of_the_sheet_are_known_and_no_other():
    """A new one is somebody's decision, not a guess."""
    assert [str(status) for status in Status] == WORDS
    assert status_of("SuspendedStatus") is None


@pytest.mark.parametrize("status", Status)
def test_ends_end_and_others_follow_their_fills(status: Status):
    """What is not an end works, partly filled with fills."""
    none, some = lifecycle_of(status, Decimal(0)), lifecycle_of(status, Decimal(1))
    if status in ENDS:
        assert none is some is ENDS[status]
        assert none in TERMINAL
        assert status not in OPEN
        assert status.ended
        assert not status.busy
        assert not status.replaceable
    else:
        assert (none, some) == (Lifecycle.OPEN, Lifecycle.PARTLY_FILLED)
        assert status in OPEN


def test_ranks_go_up_through_an_order_s_life():
    """The order in which the real account was seen, and any end after any of them."""
    ranks = [s.rank for s in (Status.WAIT_TO_NEW, Status.NEW, Status.PARTIAL_FILLED)]
    assert ranks == sorted(ranks)
    assert all(end.rank > max(status.rank for status in OPEN) for end in ENDS)
