"""Fills of venues without ids of trades: told by cumulative quantities, counted by differences. Pure.

Such a fill is known by its order and the cumulative quantity after it. It is counted from the stream
only when it begins where our count ends; when one before it was missed, the venue is asked, and its
answer is counted as one fill of the whole difference, at the price that makes its average true. So however many were missed, and in whatever order they come, no quantity counts twice.
"""

from engine.messages.venue import Fill, VenueFill, VenueOrder
from engine.orders.exact import subtract
from engine.orders.order import Order
from engine.orders.reconcile import Moved


def is_old(order: Order, fill: Fill | VenueFill) -> bool:
    """Whether the quantity it leads to is counted already."""
    return isinstance(fill, VenueFill) or fill.cum_qty is None or fill.cum_qty <= order.cum_qty


def follows(order: Order, fill: Fill | VenueFill) -> bool:
    """Whether it begins exactly where our count ends."""
    if isinstance(fill, VenueFill) or fill.cum_qty is None:
        return False
    return subtract(fill.cum_qty, fill.last_qty) == order.cum_qty


def is_behind(order: Order | None, found: VenueOrder, moved: Moved) -> bool:
    """Whether the answer counts more of our order than we do, and cannot be older than our count."""
    return (
        order is not None
        and order.client_order_id not in moved.orders
        and found.cum_qty > order.cum_qty
    )
