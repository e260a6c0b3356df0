"""Batches: several submissions that are taken or refused as one.

The venue checks all of them before it takes any, and answers a batch directly, before the events of its
orders: an acknowledgement with the ids that the orders got, or a refusal that says what is wrong with
which. The engine has no list of independent orders; this is offered as a function of the protocol.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from actors.venues.t4.orderbodies import CannotSay, Terms, market_in, order_part, submit_message
from actors.venues.t4.proto import orderrouting_pb2
from engine.messages.venue import SubmitOrder
from engine.session.values import shorten

BATCH_MAX: Final = 100
"""Orders of one batch; nobody publishes a limit."""
BATCHES_MAX: Final = 100
"""Batches whose answer is awaited."""


@attrs.frozen
class Batch:
    """What was sent: by submission the orders in it."""

    submissions: tuple[tuple[SubmitOrder, ...], ...]

    @property
    def orders(self) -> tuple[SubmitOrder, ...]:
        """All of them."""
        return tuple(order for submission in self.submissions for order in submission)


def batch_of(orders: Sequence[SubmitOrder]) -> Batch:
    """Orders of one market go into one submission, in the order in which they came.

    Raises:
        CannotSay: too many or no orders, or two of one id.
    """
    if not 0 < len(orders) <= BATCH_MAX:
        raise CannotSay("local", f"a batch has 1 to {BATCH_MAX} orders, not {len(orders)}")
    if len({order.client_order_id for order in orders}) != len(orders):
        raise CannotSay("local", "two orders of a batch have one id")
    by_market: dict[str, list[SubmitOrder]] = {}
    for order in orders:
        by_market.setdefault(order.instrument, []).append(order)
    return Batch(tuple(tuple(each) for each in by_market.values()))


def batch_message(
    batch_id: str, batch: Batch, account_id: str, terms_of: Callable[[str], Terms]
) -> orderrouting_pb2.OrderBatch:
    """The batch as it is sent. Raises CannotSay where one of its orders cannot be said."""
    submissions = []
    for orders in batch.submissions:
        market_id = market_in(orders[0].instrument)
        parts = [order_part(order, terms_of(market_id)) for order in orders]
        submissions.append(submit_message(account_id, market_id, parts))
    return orderrouting_pb2.OrderBatch(batch_id=batch_id, submissions=submissions)


def named_in(batch: Batch, acknowledgement: Any) -> list[tuple[SubmitOrder, str]]:
    """Which id of the venue each order got, as far as the acknowledgement fits what was sent."""
    found: list[tuple[SubmitOrder, str]] = []
    for orders, accepted in zip(batch.submissions, acknowledgement.accepted, strict=False):
        if len(orders) == len(accepted.unique_id):
            found += zip(orders, accepted.unique_id, strict=True)
    return found


def reasons_in(batch: Batch, refusal: Any) -> list[tuple[SubmitOrder, str]]:
    """Why each order of a refused batch was not taken: its own reason, or that of the whole."""
    own: dict[str, str] = {}
    for error in refusal.errors:
        if 0 <= error.submission_index < len(batch.submissions):
            orders = batch.submissions[error.submission_index]
            concerned = orders
            if 0 <= error.order_index < len(orders):
                concerned = (orders[error.order_index],)
            for order in concerned:
                own.setdefault(order.client_order_id, shorten(error.reason))
    whole = shorten(refusal.reason) or "another order of the batch was refused"
    return [(order, own.get(order.client_order_id, whole)) for order in batch.orders]
