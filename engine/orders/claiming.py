"""Giving orders that nobody of ours looks after to an owner: strangers', and those left behind.

A claimed order keeps its origin (the venue knows it by its own id only) and counts for its owner from
here on: in exposure, limits, reports and positions. What was filled before stays where it was counted.
"""

from engine.model.enums import Origin
from engine.orders import records as r
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.owners import is_known, mode_of, owners, rights_of

CONFIG = "configuration"
"""Who claims what the configuration says."""


def fault_of_claim(kernel: Kernel, order: Order, owner: str) -> str:
    """Why the order cannot be given to this owner; empty when it can."""
    name = order.client_order_id
    if not is_known(kernel, owner):
        return f"there is no owner {owner!r}; there are {', '.join(owners(kernel))}"
    if order.is_terminal:
        return f"{name} is {order.lifecycle}: nothing to claim"
    if order.strategy == owner:
        return f"{name} belongs to {owner} already"
    if order.strategy and is_known(kernel, order.strategy):
        return f"{name} belongs to {order.strategy}, which is there"
    if mode_of(kernel, owner) is not order.mode:
        return f"{name} is {order.mode}, {owner} trades {mode_of(kernel, owner)}"
    rights = rights_of(kernel, owner)
    if rights is None or order.instrument not in rights.instruments:
        return f"{owner} may not trade {order.instrument}"
    return ""


def claim(kernel: Kernel, order: Order, owner: str, *, by: str, reason: str) -> None:
    """Give an order to an owner; JournalError changes nothing."""
    record = r.OrderClaimed(
        client_order_id=order.client_order_id,
        owner=owner,
        by=by,
        reason=reason,
        ts_ns=kernel.now.wall_ns,
    )
    kernel.record(record)


def claim_if_configured(kernel: Kernel, link: Link, order: Order | None) -> None:
    """Give a stranger's order to the owner that the configuration names for its venue, if any."""
    owner = link.settings.claim_external
    if not owner or order is None or order.origin is not Origin.EXTERNAL or order.strategy:
        return
    if fault_of_claim(kernel, order, owner):
        kernel.counters["claim_not_possible"] += 1
        return
    claim(kernel, order, owner, by=CONFIG, reason=f"claim_external of {link.venue}")
