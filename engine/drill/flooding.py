"""A strategy that floods its router, for drills: the point `flood` stands where its wishes leave.

While the plan says so, each order of the plugin is followed by hundreds of its like: immediate or
cancel, so that nothing of the flood rests at the venue for long.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from engine.drill.faultpoints import Points
from engine.messages.orders import SubmitIntent
from engine.model.enums import TimeInForce
from engine.strategy.order import Order
from engine.strategy.outbox import ToRouter
from engine.strategy.request import SubmitRequest

FLOOD_INTENTS: Final = 500
"""For each order of the plugin: five times what the drill's limits let pass in a second."""


class Flooder(Protocol):
    """A strategy's host, as far as floods are concerned."""

    def take(self) -> list[object]:
        """What the strategy wants done since the last call."""
        ...

    def submit(self, order: SubmitRequest) -> Order:
        """Turn a request into an intent; RuntimeError when too many wait for the router."""
        ...


def flooding(points: Points, host: Flooder) -> Callable[[], list[object]]:
    """`host.take`, flooding when the plan says so; itself when points are off."""
    if not points.on:
        return host.take

    def taken() -> list[object]:
        wishes = host.take()
        order = next(filter(None, map(_order_in, wishes)), None)
        if order is not None and _is_struck(points):
            with suppress(RuntimeError):  # the router is behind: that is what a flood is
                for _ in range(FLOOD_INTENTS):
                    host.submit(_like(order))
            wishes += host.take()
        return wishes

    return taken


def _order_in(wish: object) -> SubmitIntent | None:
    if isinstance(wish, ToRouter) and isinstance(wish.message, SubmitIntent):
        return wish.message
    return None


def _is_struck(points: Points) -> bool:
    try:
        points.reach("flood")
    except OSError:
        return True
    return False


def _like(order: SubmitIntent) -> SubmitRequest:
    return SubmitRequest(
        instrument=order.instrument,
        side=order.side,
        ord_type=order.ord_type,
        quantity=order.quantity,
        price=order.price,
        stop_price=None,
        time_in_force=TimeInForce.IOC,
        post_only=False,
        reduce_only=order.reduce_only,
        note="flood",
    )
