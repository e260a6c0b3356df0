"""What a venue's word on where an order is in its life is as news."""

from collections.abc import Mapping
from typing import Final

from engine.messages.venue import UpdateKind
from engine.model.enums import Lifecycle

_KINDS: Final[Mapping[Lifecycle, UpdateKind]] = {
    Lifecycle.OPEN: UpdateKind.ACCEPTED,
    Lifecycle.PARTLY_FILLED: UpdateKind.ACCEPTED,
    Lifecycle.FILLED: UpdateKind.FILLED,
    Lifecycle.CANCELLED: UpdateKind.CANCELLED,
    Lifecycle.REJECTED: UpdateKind.REJECTED,
    Lifecycle.EXPIRED: UpdateKind.EXPIRED,
}


def kind_of(lifecycle: Lifecycle) -> UpdateKind:
    """The news that an order is in this part of its life, which is one that venues know of."""
    return _KINDS[lifecycle]
