"""The simulator's word for drills: orders as they arrive and what becomes of them, one JSON line each.

The client's order id is the order's `tag`; an order without one is somebody else's. What is said
here is said by nobody else: neither the client's journal nor its sessions have a part in it.
"""

from typing import Any, Final

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import BuySell
from actors.venues.t4.simulator.orders import Order, Trade
from engine.drill.witness import WitnessFile
from engine.simulator.moment import Moment

SIDES: Final = {BuySell.BUY: "buy", BuySell.SELL: "sell"}


class Testimony:
    """Writes nothing unless a file was asked for."""

    def __init__(self, path: str) -> None:
        self._file = WitnessFile.wanted(path)

    def held(self, listing: Listing, net: int, now: Moment) -> None:
        """A position that was there before anything else."""
        self._say("position", now, symbol=listing.market_id, quantity=net)

    def arrived(self, market_id: str, orders: Any, now: Moment) -> None:
        """A request for orders reached the venue's door; whatever becomes of it, it was there."""
        for each in orders:
            if each.tag:
                self._say(
                    "order",
                    now,
                    client_order_id=each.tag,
                    symbol=market_id,
                    side=SIDES.get(each.buy_sell),
                    quantity=each.volume or None,
                )

    def refused(self, tag: str, now: Moment, text: str) -> None:
        """It became no order; one without a tag is told when it is accepted, or never."""
        if tag:
            self._say("rejected", now, client_order_id=tag, text=text)

    def accepted(self, order: Order, now: Moment) -> None:
        """It reached the market."""
        word = "accepted" if order.tag else "external"
        if order.tag:
            self.of(word, order, now)
        else:
            self.of(word, order, now, quantity=order.terms.volume, price=price_of(order))

    def replaced(self, order: Order, now: Moment) -> None:
        """It has other terms."""
        self.of("replaced", order, now, quantity=order.terms.volume, price=price_of(order))

    def filled(self, order: Order, trade: Trade, now: Moment) -> None:
        """It traded."""
        self._trade("fill", order, trade, now)

    def busted(self, order: Order, trade: Trade, now: Moment) -> None:
        """A fill was taken back."""
        self._trade("bust", order, trade, now)

    def _trade(self, word: str, order: Order, trade: Trade, now: Moment) -> None:
        price = order.listing.price(trade.ticks)
        key = fill_key(order, trade)
        self.of(word, order, now, quantity=trade.volume, price=price, fill_key=key)

    def of(self, word: str, order: Order, now: Moment, **details: object) -> None:
        """Say something of an order."""
        self._say(
            word,
            now,
            client_order_id=order.ticket.tag,
            venue_order_id=order.unique_id,
            symbol=order.market_id,
            side=SIDES[order.side],
            **details,
        )

    def _say(self, word: str, now: Moment, **details: object) -> None:
        if self._file is not None:
            self._file.note(now.mono_ns, word, **details)


def fill_key(order: Order, trade: Trade) -> str:
    """What makes a fill one of its kind."""
    return f"{order.unique_id}/{trade.sequence}"


def price_of(order: Order) -> object:
    """The price an order has of itself, REAL; None for one without."""
    terms = order.terms
    ticks = terms.stop if terms.limit is None else terms.limit
    return None if ticks is None else order.listing.price(ticks)
