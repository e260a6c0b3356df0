"""The simulator's word for drills: orders as they arrive and what becomes of them, one JSON line each.

Client order ids, prices and sizes are the venue's own texts. What is said here is said by nobody
else: neither the client's journal nor its sessions have a part in it.
"""

from decimal import Decimal
from json import loads

from actors.venues.wooxpro.simulator.orders import Ticket
from actors.venues.wooxpro.simulator.positions import is_buy
from engine.drill.witness import WitnessFile
from engine.exchange.events import Event, OrderAccepted, OrderCancelled, OrderFilled, OrderReplaced
from engine.exchange.model import CancelReason, Fill, Order
from engine.simulator.moment import Moment


class Testimony:
    """Writes nothing unless a file was asked for; `orders` counts those that it was told of."""

    def __init__(self, path: str) -> None:
        self.orders = 0
        self._file = WitnessFile.wanted(path)

    def order(self, ticket: Ticket, now: Moment) -> None:
        """A new order arrived; one without an id of its customer is told when it has the venue's."""
        self.orders += 1
        if self._file is not None and ticket.client_order_id:
            self._file.note(
                now.mono_ns,
                "order",
                client_order_id=ticket.client_order_id,
                symbol=ticket.contract.symbol,
                side="buy" if is_buy(ticket.side) else "sell",
                quantity=Decimal(ticket.size),
                price=ticket.price,
            )

    def turned_away(self, body: bytes, now: Moment, why: str) -> None:
        """A new order came to the door and no further; read on its own and leniently.

        What cannot be read is not told: the venue could not read it either.
        """
        try:
            order = loads(body)
            name = str(order["client_order_id"])
            details = {
                "symbol": str(order["symbol"]),
                "side": "buy" if is_buy(int(order["side"])) else "sell",
                "quantity": Decimal(str(order["size"])),
                "price": None if order.get("type") == "market" else Decimal(str(order["price"])),
            }
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            return
        self._say("order", now, client_order_id=name, **details)
        self._say("rejected", now, client_order_id=name, text=why)

    def refused(self, ticket: Ticket, now: Moment, code: int) -> None:
        """It was not accepted."""
        if ticket.client_order_id:
            self._say("rejected", now, client_order_id=ticket.client_order_id, text=str(code))

    def asked(self, word: str, now: Moment, client_order_id: str, order_id: str) -> None:
        """A cancel or a change arrived."""
        self._say(word, now, client_order_id=client_order_id, venue_order_id=order_id)

    def event(self, event: Event, now: Moment) -> None:
        """Something happened to an order."""
        if self._file is None:
            return
        match event:
            case OrderAccepted():
                self._accepted(event.order, now)
            case OrderCancelled():
                word = "expired" if event.reason is CancelReason.EXPIRED else "cancelled"
                self._of(word, event.order, now, text=event.reason.value)
            case OrderReplaced():
                order = event.order
                self._of("replaced", order, now, quantity=order.quantity, price=order.price)
            case OrderFilled():
                self._fill(event.order, event.fill, now)

    def _accepted(self, order: Order, now: Moment) -> None:
        if order.client_order_id:
            self._of("accepted", order, now)
        else:
            self._of("external", order, now, quantity=order.quantity, price=order.price)

    def _fill(self, order: Order, fill: Fill, now: Moment) -> None:
        self._of(
            "fill",
            order,
            now,
            quantity=fill.quantity,
            price=fill.price,
            fill_key=f"{order.symbol}/{fill.trade_id}/{order.side.value}",
        )

    def _of(self, word: str, order: Order, now: Moment, **details: object) -> None:
        self._say(
            word,
            now,
            client_order_id=order.client_order_id,
            venue_order_id=str(order.order_id),
            symbol=order.symbol,
            side=order.side.value,
            **details,
        )

    def _say(self, word: str, now: Moment, **details: object) -> None:
        if self._file is not None:
            self._file.note(now.mono_ns, word, **details)
