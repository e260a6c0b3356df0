"""The venue's words on an order as tables: what each change, status and pending response means.

Every event of an order carries all three. The change says what has just happened, the status where the
order is, the pending response what the exchange has not answered yet. Each number of the fact sheet
(section 13) has a row here; a number that is newer than the tables says nothing and is told once.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from actors.venues.t4.proto import enums_pb2
from engine.model.enums import Lifecycle

_E = enums_pb2


class Meaning(StrEnum):
    """What a change says."""

    NOTHING = "nothing"
    """Of no consequence beyond the order's state: tags, questions for the state, handovers."""
    FAILURE = "failure"
    """Something failed and the venue does not say what."""
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    REVISING = "revising"
    REVISED = "revised"
    REVISION_REFUSED = "revision_refused"
    PULLING = "pulling"
    PULLED = "pulled"
    PULL_REFUSED = "pull_refused"
    TRADED = "traded"
    BUSTED = "busted"
    ROLLED = "rolled"
    """The trading day ended: the order goes on the next day, or ends with this one."""


CHANGES: Final[Mapping[int, Meaning]] = {
    _E.ORDER_CHANGE_NONE: Meaning.NOTHING,
    _E.ORDER_CHANGE_FAILED: Meaning.FAILURE,
    _E.ORDER_CHANGE_SUBMISSION_RISK_SUCCESS: Meaning.SUBMITTING,
    _E.ORDER_CHANGE_SUBMISSION_RISK_REJECTED: Meaning.REFUSED,
    _E.ORDER_CHANGE_SUBMISSION_SENT: Meaning.SUBMITTING,
    _E.ORDER_CHANGE_SUBMISSION_FAILED: Meaning.REFUSED,
    _E.ORDER_CHANGE_SUBMISSION_SUCCESS: Meaning.SUBMITTED,
    _E.ORDER_CHANGE_SUBMISSION_REJECTED: Meaning.REFUSED,
    _E.ORDER_CHANGE_REVISION_RISK_SUCCESS: Meaning.REVISING,
    _E.ORDER_CHANGE_REVISION_RISK_FAILED: Meaning.REVISION_REFUSED,
    _E.ORDER_CHANGE_REVISION_SENT: Meaning.REVISING,
    _E.ORDER_CHANGE_REVISION_FAILED: Meaning.REVISION_REFUSED,
    _E.ORDER_CHANGE_REVISION_SUCCESS: Meaning.REVISED,
    _E.ORDER_CHANGE_REVISION_REJECTED: Meaning.REVISION_REFUSED,
    _E.ORDER_CHANGE_PULL_RISK_SUCCESS: Meaning.PULLING,
    _E.ORDER_CHANGE_PULL_RISK_FAILED: Meaning.PULL_REFUSED,
    _E.ORDER_CHANGE_PULL_SENT: Meaning.PULLING,
    _E.ORDER_CHANGE_PULL_FAILED: Meaning.PULL_REFUSED,
    _E.ORDER_CHANGE_PULL_SUCCESS: Meaning.PULLED,
    _E.ORDER_CHANGE_PULL_REJECTED: Meaning.PULL_REFUSED,
    _E.ORDER_CHANGE_TRADE: Meaning.TRADED,
    _E.ORDER_CHANGE_TRADE_COMPLETED: Meaning.TRADED,
    _E.ORDER_CHANGE_TRADE_BUSTED: Meaning.BUSTED,
    _E.ORDER_CHANGE_HANDOVER: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_RISK_SUCCESS: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_RISK_FAILED: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_SENT: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_FAILED: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_SUCCESS: Meaning.NOTHING,
    _E.ORDER_CHANGE_STATUS_REQUEST_REJECTED: Meaning.NOTHING,
    _E.ORDER_CHANGE_ROLLOVER: Meaning.ROLLED,
    _E.ORDER_CHANGE_TAG_SUCCESS: Meaning.NOTHING,
    _E.ORDER_CHANGE_TAG_FAILED: Meaning.NOTHING,
    _E.ORDER_CHANGE_ADD_PIT_TRADE_SUCCESS: Meaning.TRADED,
    _E.ORDER_CHANGE_ADD_PIT_TRADE_FAILED: Meaning.NOTHING,
    _E.ORDER_CHANGE_ADD_PIT_TRADE_REJECTED: Meaning.NOTHING,
}
"""Change → meaning."""


class Standing(StrEnum):
    """Where an order is, as its status says it."""

    UNSTATED = "unstated"
    """The venue does not say: what was known holds."""
    WORKING = "working"
    HELD = "held"
    """At the venue and not at the exchange: waits for a trigger, a time, or its bracket's entry."""
    FINISHED = "finished"
    REJECTED = "rejected"

    @property
    def ended(self) -> bool:
        """Whether nothing works any more."""
        return self in (Standing.FINISHED, Standing.REJECTED)


STATUSES: Final[Mapping[int, Standing]] = {
    _E.ORDER_STATUS_NONE: Standing.UNSTATED,
    _E.ORDER_STATUS_WORKING: Standing.WORKING,
    _E.ORDER_STATUS_FINISHED: Standing.FINISHED,
    _E.ORDER_STATUS_REJECTED: Standing.REJECTED,
    _E.ORDER_STATUS_HELD: Standing.HELD,
    _E.ORDER_STATUS_NO_CHANGE: Standing.UNSTATED,
}
"""Status → standing."""


class Awaited(StrEnum):
    """What the exchange has not answered yet."""

    UNSTATED = "unstated"
    NOTHING = "nothing"
    SUBMISSION = "submission"
    REVISION = "revision"
    PULL = "pull"


PENDINGS: Final[Mapping[int, Awaited]] = {
    _E.RESPONSE_PENDING_NONE: Awaited.NOTHING,
    _E.RESPONSE_PENDING_SUBMISSION: Awaited.SUBMISSION,
    _E.RESPONSE_PENDING_REVISION: Awaited.REVISION,
    _E.RESPONSE_PENDING_PULL: Awaited.PULL,
    _E.RESPONSE_PENDING_STATUS: Awaited.NOTHING,
    _E.RESPONSE_PENDING_NO_CHANGE: Awaited.UNSTATED,
}
"""Pending response → what is awaited of what concerns us."""

_FORCED: Final[Mapping[tuple[Meaning, Standing], Standing]] = {
    # The venue's own clients take an order that could not be submitted for rejected, whatever it says.
    (Meaning.REFUSED, Standing.UNSTATED): Standing.REJECTED,
    (Meaning.REFUSED, Standing.WORKING): Standing.REJECTED,
    (Meaning.REFUSED, Standing.HELD): Standing.REJECTED,
    (Meaning.PULLED, Standing.UNSTATED): Standing.FINISHED,
    # A refused change or pull leaves the order as it was.
    (Meaning.REVISION_REFUSED, Standing.REJECTED): Standing.UNSTATED,
    (Meaning.PULL_REFUSED, Standing.REJECTED): Standing.UNSTATED,
}
"""Where the change says more of the status than the status itself."""


def meaning_of(change: int) -> Meaning:
    """What a change says; nothing for one that is newer than the table."""
    return CHANGES.get(change, Meaning.NOTHING)


def standing_of(status: int, meaning: Meaning) -> Standing:
    """Where the order is after an event with this status and meaning."""
    said = STATUSES.get(status, Standing.UNSTATED)
    return _FORCED.get((meaning, said), said)


def awaited_of(pending: int) -> Awaited:
    """What is still awaited."""
    return PENDINGS.get(pending, Awaited.UNSTATED)


def lifecycle_of(standing: Standing, meaning: Meaning, volume: int, filled: int) -> Lifecycle:
    """Where in its life an order is; `volume` is its whole, what was filled included.

    A finished order was filled, pulled, or ran out with its day: the venue has one word for all three.
    """
    if standing is Standing.REJECTED:
        return Lifecycle.CANCELLED if filled else Lifecycle.REJECTED
    if standing is Standing.FINISHED:
        if filled and filled >= volume:
            return Lifecycle.FILLED
        return Lifecycle.EXPIRED if meaning is Meaning.ROLLED else Lifecycle.CANCELLED
    return Lifecycle.PARTLY_FILLED if filled else Lifecycle.OPEN
