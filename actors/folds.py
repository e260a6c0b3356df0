"""What journals are folded into: the router's into its book of orders, a paper venue's into its account.

One of these is all that recovery and the process that makes snapshots need to know of a journal.
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import attrs

from engine.orders import records as orders
from engine.orders.book import BookOfOrders
from engine.orders.freezing import STATE_VERSION, freeze, thaw_like
from engine.paper import records as paper
from engine.paper.book import STATE_VERSION as PAPER_STATE_VERSION
from engine.paper.book import PaperBook

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Fold(Generic[T]):
    """How one kind of journal is folded.

    Attributes:
        name: of the kind, as it stands in a command line.
        begin: the state before the first record.
        apply: changes a state by one record's body; BadEnvelope when it is none of this release.
        format_version: of the records.
        state_version: of the state that they lead to.
    """

    name: str
    begin: Callable[[], T]
    apply: Callable[[T, bytes], object]
    format_version: int
    state_version: int

    def freeze(self, state: T) -> bytes:
        """The state as a snapshot's body. InvariantViolation when something in it cannot be kept."""
        return freeze(state, version=self.state_version)

    def thaw(self, body: bytes) -> tuple[T, bool]:
        """A snapshot's body as a state, and whether this release made it; ValueError when it is none."""
        return thaw_like(body, self.begin(), version=self.state_version)


ROUTER: Fold[BookOfOrders] = Fold(
    name="router",
    begin=BookOfOrders,
    apply=lambda book, body: book.apply(orders.from_bytes(body)),
    format_version=orders.FORMAT_VERSION,
    state_version=STATE_VERSION,
)

PAPER: Fold[PaperBook] = Fold(
    name="paper",
    begin=PaperBook,
    apply=lambda book, body: book.apply(paper.from_bytes(body)),
    format_version=paper.FORMAT_VERSION,
    state_version=PAPER_STATE_VERSION,
)

FOLDS: Mapping[str, Fold[BookOfOrders] | Fold[PaperBook]] = {
    each.name: each for each in (ROUTER, PAPER)
}
