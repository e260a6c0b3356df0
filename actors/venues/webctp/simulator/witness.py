"""The simulator's word for drills: orders as they arrive and what becomes of them, one JSON line each.

A client's order may be several of CTP's, because an offset is of a whole order: each is told with
the memo as its client order id (or the ref where there is no memo) and its own ref as `leg`. What is
said here is said by nobody else.
"""

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from actors.venues.webctp.simulator.orders import Execution, Order
from actors.venues.webctp.simulator.positions import Positions
from actors.venues.webctp.simulator.tickets import Ticket
from engine.drill.witness import WitnessFile
from engine.simulator.moment import Moment

SIDES: Final = ("buy", "sell")
LEGS_MAX: Final = 100_000
"""Client orders whose first leg is remembered."""


class Testimony:
    """Writes nothing unless a file was asked for."""

    def __init__(self, path: str) -> None:
        self.day = ""
        """Trading day, the first part of every key."""
        self._file = WitnessFile.wanted(path)
        self._first_legs: OrderedDict[str, str] = OrderedDict()

    def held(self, positions: Positions, now: Moment) -> None:
        """What an account had before anything else."""
        for direction, holding in positions:
            for lot in holding.lots:
                self._say(
                    "position",
                    now,
                    symbol=holding.listing.symbol,
                    side=SIDES[direction],
                    quantity=Decimal(lot.volume),
                )

    def arrived(self, data: Mapping[str, Any], now: Moment) -> None:
        """A request for an order reached the door; it is read on its own and leniently."""
        name = _name(data)
        if name:
            self._say(
                "order",
                now,
                client_order_id=name,
                leg=str(data.get("ref", "")),
                symbol=str(data.get("instrument", "")),
                side=_side(data.get("direction")),
                quantity=_number(data.get("volume")),
                price=_number(data.get("price")) if data.get("price_type") == 0 else None,
            )

    def turned_away(self, data: Mapping[str, Any], now: Moment, why: str) -> None:
        """It came to the door and no further."""
        if _name(data):
            leg = str(data.get("ref", ""))
            self._say("rejected", now, client_order_id=_name(data), leg=leg, text=why)

    def refused(self, ticket: Ticket, now: Moment, why: str) -> None:
        """CTP did not take it."""
        name = ticket.memo or ticket.ref
        if name:
            self._say("rejected", now, client_order_id=name, leg=ticket.ref, text=why)

    def known(self, order: Order, now: Moment) -> None:
        """CTP knows it; an order without a request id is somebody else's."""
        if not order.request_id:
            self.of("external", order, now, quantity=Decimal(order.volume), price=order.price)

    def accepted(self, order: Order, now: Moment) -> None:
        """It is at its exchange."""
        self.of("accepted", order, now)

    def asked(self, order: Order, now: Moment) -> None:
        """A cancellation arrived."""
        self.of("cancel", order, now)

    def kept(self, order: Order, now: Moment, why: str) -> None:
        """A cancellation was refused."""
        self.of("cancel_rejected", order, now, text=why)

    def ended(self, order: Order, now: Moment, *, rejected: bool = False) -> None:
        """What was left of it was taken off, or its exchange refused it."""
        self.of("rejected" if rejected else "cancelled", order, now, text=order.status_msg)

    def expired(self, order: Order, now: Moment) -> None:
        """Its day is over."""
        self.of("expired", order, now)

    def filled(self, order: Order, execution: Execution, now: Moment) -> None:
        """It traded."""
        self.of(
            "fill",
            order,
            now,
            quantity=Decimal(execution.volume),
            price=execution.price,
            fill_key=self._fill_key(order, execution),
        )

    def of(self, word: str, order: Order, now: Moment, **details: object) -> None:
        """Say something of an order."""
        self._say(
            word,
            now,
            client_order_id=order.client_order_id.strip(),
            leg=order.ref.strip(),
            venue_order_id=self._order_key(order),
            symbol=order.instrument,
            side=SIDES[order.direction],
            **details,
        )

    def _order_key(self, order: Order) -> str:
        """The venue's name of a client's order: that of its first leg."""
        own = f"{self.day}/{order.exchange}/{order.local_id.strip()}"
        if not order.memo or self._file is None:
            return own
        if len(self._first_legs) >= LEGS_MAX:
            self._first_legs.popitem(last=False)
        return self._first_legs.setdefault(order.memo, own)

    def _fill_key(self, order: Order, execution: Execution) -> str:
        """What makes a fill one of its kind: both sides of a self-trade have one trade id."""
        side = SIDES[order.direction]
        return f"{self.day}/{order.exchange}/{execution.trade_id.strip()}/{side}"

    def _say(self, word: str, now: Moment, **details: object) -> None:
        if self._file is not None:
            self._file.note(now.mono_ns, word, **details)


def _name(data: Mapping[str, Any]) -> str:
    memo, ref = data.get("memo"), data.get("ref")
    if isinstance(memo, str) and memo:
        return memo
    return ref if isinstance(ref, str) else ""


def _side(value: object) -> str | None:
    return SIDES[value] if isinstance(value, int) and value in (0, 1) else None


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
