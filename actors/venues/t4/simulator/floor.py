"""Where orders work: in the matching core, a hidden one slice by slice; pure.

What happens to an order is told to the desk: `filled` and `ended`. An order that the core lets go of
because its slice is used up is handed back by `emptied`, to be entered again once the core is done.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final, Protocol

from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import PRICED_BY_BOOK, PriceType, TimeType
from actors.venues.t4.simulator.orders import Order
from engine.errors import InvariantViolation
from engine.exchange.events import (
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderFilled,
    OrderRefused,
)
from engine.exchange.model import CancelReason, NewOrder, OrderKind, Side, TimeInForce
from engine.simulator.moment import Moment

TIMES: Final = {
    TimeType.IMMEDIATE_AND_CANCEL: TimeInForce.IOC,
    TimeType.COMPLETE_VOLUME: TimeInForce.FOK,
}
"""Times the core knows; all others rest."""

Then = Callable[[], None]
"""What is to be called once the change is told: it may fill the order."""


class Owner(Protocol):
    """Hears what becomes of orders."""

    def filled(self, order: Order, trade_id: str, ticks: int, volume: int, now: Moment) -> None:
        """It traded."""

    def ended(self, order: Order, reason: CancelReason, now: Moment) -> None:
        """What was left was taken off by the core."""

    def emptied(self, order: Order) -> None:
        """The shown slice is used up and there is more."""


class Floor:
    """Puts orders to work and takes them off.

    Args:
        market: its core and its publishing.
        owner: see there.
    """

    def __init__(self, market: Market, owner: Owner) -> None:
        self._market = market
        self._owner = owner

    def enter(self, order: Order, now: Moment) -> Then | str:
        """Let an order work: what is to be called once that is told, or why it cannot be."""
        shown = self._shown(order)
        price = self._price(order)
        if isinstance(price, str):
            return price
        events = self._market.exchange.submit(
            NewOrder(
                account=order.account_id,
                symbol=order.market_id,
                side=Side.BUY if order.buys else Side.SELL,
                kind=OrderKind.MARKET if price is None else OrderKind.LIMIT,
                quantity=Decimal(shown),
                price=price,
                time_in_force=TIMES.get(order.time_type, TimeInForce.GTC),
                tag=order,
            ),
            now.wall_ns,
        )
        first = events[0]
        if isinstance(first, OrderAccepted):
            order.core_id = first.order.order_id
            order.core_from = order.filled + order.busted
            return partial(self._market.publish, events, now)
        if isinstance(first, OrderRefused):
            return first.text
        raise InvariantViolation(f"the core answered a new order with {first}")

    def _shown(self, order: Order) -> int:
        show = order.terms.max_show
        hidden = show and order.time_type not in TIMES
        return min(show, order.leaves) if hidden else order.leaves

    def _price(self, order: Order) -> Decimal | str | None:
        """The limit in the core, None for a market order; a text when there is none to be had."""
        terms = order.terms
        if order.price_type in PRICED_BY_BOOK:
            bid, _, ask, _ = self._market.exchange.top(order.market_id)
            own, other = (bid, ask) if order.buys else (ask, bid)
            ticks = own if order.price_type is PriceType.JOIN else other
            if ticks is None:
                return "the book has no price to take"
            order.new.limit = terms.limit = ticks
            order.price_type = PriceType.LIMIT
        if order.price_type is not PriceType.LIMIT or terms.limit is None:
            return None
        return order.listing.price(terms.limit)

    def leave(self, order: Order, now: Moment) -> None:
        """Take an order off without a word to the owner."""
        core_id, order.core_id = order.core_id, 0
        if core_id:
            events = self._market.exchange.cancel(order.account_id, now.wall_ns, order_id=core_id)
            self._market.publish(events, now)

    def change(self, order: Order, now: Moment) -> Then | str:
        """Let the core know of an order's new terms (already in force); as `enter`."""
        terms = order.terms
        if not order.core_id or terms.max_show or terms.limit is None:
            self.leave(order, now)
            return self.enter(order, now)
        events = self._market.exchange.modify(
            order.account_id,
            now.wall_ns,
            order_id=order.core_id,
            price=order.listing.price(terms.limit),
            quantity=Decimal(terms.volume - order.core_from),
        )
        if isinstance(events[0], OrderRefused):
            return events[0].text
        return partial(self._market.publish, events, now)

    def on_event(self, event: OrderEvent, now: Moment) -> None:
        """Take one event of the core, whoever caused it; orders of no desk are left alone."""
        order = getattr(event.order, "tag", None)
        if not isinstance(order, Order):
            return
        if isinstance(event, OrderFilled):
            if not event.order.leaves:
                order.core_id = 0
            ticks = int(event.fill.price / order.listing.price_increment)
            volume = int(event.fill.quantity)
            self._owner.filled(order, str(event.fill.trade_id), ticks, volume, now)
            if order.open and not order.core_id:
                self._owner.emptied(order)
        elif isinstance(event, OrderCancelled) and order.core_id == event.order.order_id:
            order.core_id = 0
            self._owner.ended(order, event.reason, now)
