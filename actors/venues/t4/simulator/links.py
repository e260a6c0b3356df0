"""Orders that depend on each other: OCO, and brackets of a trigger and the orders held for it; pure.

What follows on a fill or an end is answered as deeds; the desk does them. Of an OCO group the first
fill takes all others off. Of a bracket each fill of the trigger activates the held orders for what
the trigger has filled so far; once one of them begins to fill, what is left of the trigger is taken
off, and the other held orders as in any OCO.
"""

from typing import Final, TypeAlias

import attrs

from actors.venues.t4.simulator.ordercodes import BRACKETS, OrderLink
from actors.venues.t4.simulator.orders import Order

OCO_TEXT: Final = "OCO"
TRIGGER_TEXT: Final = "trigger is over"


@attrs.frozen
class Pull:
    """Take an order off."""

    order: Order
    text: str


@attrs.frozen
class Activate:
    """Let a held order work for `volume`; `ticks` is the price of the trigger's newest fill."""

    order: Order
    volume: int
    ticks: int


Deed: TypeAlias = Pull | Activate


class Links:
    """The groups of open orders by each of their members."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[OrderLink, list[Order]]] = {}

    def join(self, link: OrderLink, orders: list[Order]) -> None:
        """Orders of one submission belong together."""
        if link is OrderLink.NONE:
            return
        names = tuple(each.unique_id for each in orders)
        for each in orders:
            each.link = link
            each.linked = tuple(name for name in names if name != each.unique_id)
            each.relative = link is OrderLink.AUTO_OCO and each is not orders[0]
            self._groups[each.unique_id] = (link, orders)

    def held(self, order: Order) -> bool:
        """Whether the order waits for the trigger of its bracket."""
        found = self._groups.get(order.unique_id)
        return found is not None and found[0] in BRACKETS and order is not found[1][0]

    def filled(self, order: Order, ticks: int) -> list[Deed]:
        """What a fill of an order brings about."""
        found = self._groups.get(order.unique_id)
        if found is None:
            return []
        link, orders = found
        others = [each for each in orders if each is not order and each.open]
        if link in BRACKETS and order is orders[0]:
            if any(each.filled for each in orders[1:]):
                others = [each for each in others if not each.filled]
            return [Activate(each, order.filled, ticks) for each in others]
        return [Pull(each, OCO_TEXT) for each in others]

    def ended(self, order: Order) -> list[Deed]:
        """What the end of an order brings about; it may be asked more than once."""
        found = self._groups.get(order.unique_id)
        if found is None:
            return []
        link, orders = found
        if not any(each.open for each in orders):
            for each in orders:
                self._groups.pop(each.unique_id, None)
        if link in BRACKETS and order is orders[0] and not order.filled:
            return [Pull(each, TRIGGER_TEXT) for each in orders[1:] if each.open]
        return []
