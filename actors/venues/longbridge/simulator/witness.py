"""The simulator's word for drills: orders as they arrive and what becomes of them, one JSON line each.

The venue has no client order id, so what the customer wrote as remark stands for it; an order
without a remark is somebody else's. What is said here is said by nobody else: neither the client's
journal nor its sessions have a part in it.
"""

from actors.venues.longbridge.simulator.moment import Moment
from actors.venues.longbridge.simulator.orders import EXPIRED, Execution, Order
from actors.venues.longbridge.simulator.tickets import Ticket
from engine.drill.witness import WitnessFile

SIDES = {"Buy": "buy", "Sell": "sell"}


class Testimony:
    """Writes nothing unless a file was asked for."""

    def __init__(self, path: str) -> None:
        self._file = WitnessFile.wanted(path)

    def arrived(self, ticket: Ticket, now: Moment) -> None:
        """A new order arrived; one without a remark is told when it has the venue's number."""
        if ticket.remark:
            self._say(
                "order",
                now,
                client_order_id=ticket.remark,
                symbol=ticket.symbol,
                side=SIDES[ticket.side],
                quantity=ticket.quantity,
                price=ticket.price,
            )

    def refused(self, ticket: Ticket, now: Moment, text: str) -> None:
        """It was not accepted."""
        if ticket.remark:
            self._say("rejected", now, client_order_id=ticket.remark, text=text)

    def accepted(self, order: Order, now: Moment) -> None:
        """It has a number."""
        if order.terms.remark:
            self.of("accepted", order, now)
        else:
            self.of("external", order, now, quantity=order.terms.quantity, price=order.price)

    def ended(self, order: Order, now: Moment) -> None:
        """What was left of it was taken off."""
        self.of("expired" if order.status == EXPIRED else "cancelled", order, now, text=order.msg)

    def replaced(self, order: Order, now: Moment) -> None:
        """It has other terms."""
        self.of("replaced", order, now, quantity=order.terms.quantity, price=order.price)

    def filled(self, order: Order, execution: Execution, now: Moment) -> None:
        """It traded."""
        self.of(
            "fill",
            order,
            now,
            quantity=execution.quantity,
            price=execution.price,
            fill_key=fill_key(execution),
        )

    def of(self, word: str, order: Order, now: Moment, **details: object) -> None:
        """Say something of an order."""
        self._say(
            word,
            now,
            client_order_id=order.terms.remark,
            venue_order_id=str(order.order_id),
            symbol=order.terms.symbol,
            side=SIDES[order.terms.side],
            **details,
        )

    def _say(self, word: str, now: Moment, **details: object) -> None:
        if self._file is not None:
            self._file.note(now.mono_ns, word, **details)


def fill_key(execution: Execution) -> str:
    """What makes a fill one of its kind."""
    return f"{execution.order_id}/{execution.trade_id}"
