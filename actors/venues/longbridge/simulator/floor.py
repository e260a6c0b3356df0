"""Where orders work: most in the matching core, some against the quotes alone.

Paper accounts, odd lots and prices that the tick table allows but the core's grid does not go by
the quotes (`quoted.py`). What happens to an order is told to the desk: `filled` and `ended`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from actors.venues.longbridge.simulator.orders import Order
from actors.venues.longbridge.simulator.prices import Prices
from actors.venues.longbridge.simulator.quoted import QuoteMatching
from actors.venues.longbridge.simulator.tickets import Ticket
from engine.exchange.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderFilled,
    OrderRefused,
)
from engine.exchange.exchange import Exchange
from engine.exchange.model import CancelReason, NewOrder, OrderKind, Side, TimeInForce
from engine.simulator.moment import Moment

Publish = Callable[[Sequence[Event], Moment], None]
"""Tells the whole venue what the core did; calls `Desk.on_event` and then `Desk.on_price`."""
Filled = Callable[[Order, Decimal, Decimal, Moment], None]
Ended = Callable[[Order, CancelReason | None, str, Moment], None]

IMMEDIATE: Final = frozenset({"SLO"})
"""Types whose rest does not wait: a special limit order trades at once or not at all."""
AGREED: Final = frozenset({CancelReason.USER, CancelReason.EXPIRED})


class Floor:
    """Puts orders to work and takes them off.

    Args:
        exchange: the matching core.
        prices: its quotes.
        publish: see there.
        filled: an order traded at this price, this much.
        ended: an order was taken off for this reason; None for a refusal, with its text.
    """

    def __init__(
        self, exchange: Exchange, prices: Prices, publish: Publish, filled: Filled, ended: Ended
    ) -> None:
        self._exchange = exchange
        self._prices = prices
        self._publish = publish
        self._filled = filled
        self._ended = ended
        self._quoted = QuoteMatching(prices)
        self._moved: dict[str, None] = {}

    # --- orders ---------------------------------------------------------------------------

    def enter(self, order: Order, now: Moment, *, paper: bool) -> None:
        """Let an order work; it may be filled or ended before this returns."""
        order.quoted = paper or not self._fits(order)
        if order.quoted:
            self._enter_quoted(order, now)
        else:
            self._enter_core(order, now)

    def leave(self, order: Order, now: Moment, reason: CancelReason) -> None:
        """Take an order off; `ended` is told."""
        if order.core_id:
            events = self._exchange.cancel(
                order.account, now.wall_ns, order_id=order.core_id, reason=reason
            )
            self._publish(events, now)
            return
        self._quoted.leave(order)
        self._ended(order, reason, "", now)

    def change(
        self, order: Order, wanted: Ticket, now: Moment, *, paper: bool
    ) -> Callable[[], None] | str:
        """Give an order other terms: what is to be called once that is told, or why it cannot be.

        What is called may fill the order, so its change has to be told before.
        """
        previous, price = order.terms, order.work_price
        order.terms = wanted
        if wanted.price is not None:
            order.work_price = None
        if not order.core_id or not self._fits(order):
            return partial(self._enter_again, order, now, paper=paper)
        events = self._exchange.modify(
            order.account,
            now.wall_ns,
            order_id=order.core_id,
            price=order.price,
            quantity=wanted.quantity - order.core_from,
        )
        if isinstance(events[0], OrderRefused):
            order.terms, order.work_price = previous, price
            return events[0].text
        return partial(self._publish, events, now)

    def _enter_again(self, order: Order, now: Moment, *, paper: bool) -> None:
        self._withdraw(order, now)
        self.enter(order, now, paper=paper)

    def _withdraw(self, order: Order, now: Moment) -> None:
        """Take an order off without ending it."""
        core_id, order.core_id = order.core_id, 0
        if core_id:
            self._publish(self._exchange.cancel(order.account, now.wall_ns, order_id=core_id), now)
        else:
            self._quoted.leave(order)

    def _fits(self, order: Order) -> bool:
        """Whether the core's grid has the order's price and quantity."""
        instrument = self._exchange.instrument(order.terms.symbol)
        price = order.price
        on_grid = price is None or not price % instrument.price_increment
        return on_grid and not order.terms.quantity % instrument.lot

    def _enter_core(self, order: Order, now: Moment) -> None:
        price = order.price
        kept = TimeInForce.IOC if order.terms.order_type in IMMEDIATE else TimeInForce.GTC
        events = self._exchange.submit(
            NewOrder(
                account=order.account,
                symbol=order.terms.symbol,
                side=Side.BUY if order.terms.buys else Side.SELL,
                kind=OrderKind.MARKET if price is None else OrderKind.LIMIT,
                quantity=order.leaves,
                price=price,
                time_in_force=kept,
                tag=order,
            ),
            now.wall_ns,
        )
        first = events[0]
        if isinstance(first, OrderAccepted):
            order.core_id, order.core_from = first.order.order_id, order.executed
            self._publish(events, now)
        elif isinstance(first, OrderRefused):
            self._ended(order, None, first.text, now)

    def _enter_quoted(self, order: Order, now: Moment) -> None:
        price = self._quoted.enter(order)
        if price is not None:
            self._filled(order, price, order.leaves, now)
        elif order.price is None:
            self._ended(order, CancelReason.NO_LIQUIDITY, "no quote", now)
        elif order.terms.order_type in IMMEDIATE:
            self._quoted.leave(order)
            self._ended(order, CancelReason.IOC, "", now)

    # --- events ---------------------------------------------------------------------------

    def on_event(self, event: OrderEvent, now: Moment) -> None:
        """Take one event of the core, whoever caused it."""
        if isinstance(event, OrderFilled):
            self._filled(event.order.tag, event.fill.price, event.fill.quantity, now)
        elif isinstance(event, OrderCancelled):
            order: Order = event.order.tag
            if order.core_id == event.order.order_id:
                order.core_id = 0
                text = "" if event.reason in AGREED else event.reason.value
                self._ended(order, event.reason, text, now)

    def moved(self, symbol: str) -> None:
        """Prices of a symbol are other ones."""
        self._moved[symbol] = None

    def take_moved(self) -> list[str]:
        """Symbols whose prices moved since the last call."""
        moved, self._moved = list(self._moved), {}
        return moved

    def fill_quoted(self, symbol: str, now: Moment) -> None:
        """Fill what the present quotes of a symbol meet, each order at its own price."""
        for order in self._quoted.met(symbol):
            self._filled(order, order.price or self._prices.last(symbol), order.leaves, now)
