"""The simulator's word for drills: orders as they arrive and what becomes of them, one JSON line each.

The venue has no client order id, so what the customer wrote as remark stands for it; an order
without a remark is somebody else's. What is said here is said by nobody else: neither the client's
journal nor its sessions have a part in it.
"""

from decimal import Decimal

from actors.venues.longbridge.simulator.fields import NUMBER
from actors.venues.longbridge.simulator.orders import EXPIRED, Execution, Order
from engine.drill.witness import WitnessFile
from engine.simulator.jsontext import NotJson, loads
from engine.simulator.moment import Moment

SIDES = {"Buy": "buy", "Sell": "sell"}


class Testimony:
    """Writes nothing unless a file was asked for."""

    def __init__(self, path: str) -> None:
        self._file = WitnessFile.wanted(path)

    def arrived(self, body: bytes, now: Moment) -> str:
        """A request for an order reached the venue's door; its remark, empty when it has none.

        It is read on its own and leniently: whatever becomes of the request, it was there.
        """
        order = _read(body)
        remark = order.get("remark", "")
        if remark:
            self._say(
                "order",
                now,
                client_order_id=remark,
                symbol=order.get("symbol", ""),
                side=SIDES.get(order.get("side", ""), ""),
                quantity=_number(order.get("submitted_quantity", "")),
                price=_number(order.get("submitted_price", "")),
            )
        return remark

    def refused(self, remark: str, now: Moment, text: str) -> None:
        """It was not accepted; an order without a remark is told when it is accepted, or never."""
        if remark:
            self._say("rejected", now, client_order_id=remark, text=text)

    def accepted(self, order: Order, now: Moment) -> None:
        """It reached the market."""
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


def _read(body: bytes) -> dict[str, str]:
    """The texts of a JSON object; nothing for anything else."""
    try:
        value = loads(body)
    except NotJson:
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: each for name, each in value.items() if isinstance(each, str)}


def _number(text: str) -> Decimal | None:
    return Decimal(text) if NUMBER.fullmatch(text) else None
