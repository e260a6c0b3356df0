"""Orders that wait: for a price, for their time to begin, for the open or the close; by market; pure."""

from collections.abc import Iterator

import attrs

from actors.venues.t4.simulator.admission import WAITING_TIMES
from actors.venues.t4.simulator.ordercodes import (
    ENDING,
    TRADING,
    Activation,
    Mode,
    Status,
    TimeType,
)
from actors.venues.t4.simulator.orders import Order
from actors.venues.t4.simulator.watching import Seen, begins, follow, touched


@attrs.frozen
class Begins:
    """What a held order waited for is there."""

    order: Order


@attrs.frozen
class Touched:
    """A stop price is reached."""

    order: Order


@attrs.frozen
class Followed:
    """A stop moved with the market."""

    order: Order


@attrs.frozen
class AtOpen:
    """The market opened."""

    order: Order


@attrs.frozen
class AtClose:
    """The market closes."""

    order: Order


News = Begins | Touched | Followed | AtOpen | AtClose


class Waiting:
    """All waiting orders."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, Order]] = {}
        self._modes: dict[str, int] = {}

    def know(self, market_id: str, mode: int) -> None:
        """The state that a market begins in."""
        self._modes[market_id] = mode

    def add(self, order: Order) -> None:
        """It waits from here on."""
        self._orders.setdefault(order.market_id, {})[order.unique_id] = order

    def drop(self, order: Order) -> bool:
        """It waits no more; whether it did."""
        waiting = self._orders.get(order.market_id, {})
        return waiting.pop(order.unique_id, None) is not None

    def holds(self, order: Order) -> bool:
        """Whether it waits."""
        return order.unique_id in self._orders.get(order.market_id, {})

    def watched(self, market_id: str) -> bool:
        """Whether anything waits for prices of a market."""
        return bool(self._orders.get(market_id))

    def prices_moved(self, market_id: str, seen: Seen) -> Iterator[News]:
        """What the market's prices set off; those that begin or are touched wait no more."""
        for order in list(self._orders.get(market_id, {}).values()):
            if order.status is Status.HELD:
                if begins(order, seen):
                    self.drop(order)
                    yield Begins(order)
            elif order.waits_for_touch:
                if follow(order, seen):
                    yield Followed(order)
                if touched(order, seen):
                    self.drop(order)
                    yield Touched(order)

    def mode_changed(self, market_id: str, mode: int) -> Iterator[News]:
        """What a market's new state sets off; a state that it was in already sets off nothing."""
        before = self._modes.get(market_id)
        self._modes[market_id] = mode
        if before == mode:
            return
        opens = mode in TRADING and before not in TRADING
        for order in list(self._orders.get(market_id, {}).values()):
            if order.status is Status.HELD:
                if _begins_in(order, mode):
                    self.drop(order)
                    yield Begins(order)
            elif order.time_type not in WAITING_TIMES or order.waits_for_touch:
                continue
            elif opens and order.time_type is TimeType.MARKET_ON_OPEN:
                self.drop(order)
                yield AtOpen(order)
            elif mode in ENDING and order.time_type is TimeType.MARKET_ON_CLOSE:
                self.drop(order)
                yield AtClose(order)


def _begins_in(order: Order, mode: int) -> bool:
    if order.activation is Activation.ON_MARKET_MODE:
        return order.ticket.terms.mode == mode
    return order.activation is Activation.MARKET_ON_CLOSE and mode in (
        Mode.PRE_CLOSED,
        Mode.CLOSED,
    )
