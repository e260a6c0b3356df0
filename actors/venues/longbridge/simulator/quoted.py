"""Orders that trade against the quotes alone: of paper accounts, odd lots, prices off the book's grid.

The venue's paper account fills a buy whose price is at or above the ask, a sell at or below the bid,
all of it at once, and takes nothing from the book (fact sheet, section 9). An order that finds its
price when it comes in trades at the quote, one that waited for it at its own price.
"""

from decimal import Decimal

from actors.venues.longbridge.simulator.orders import Order
from actors.venues.longbridge.simulator.prices import Prices


class QuoteMatching:
    """The orders that wait for a quote.

    Args:
        prices: the quotes.
    """

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._waiting: dict[str, dict[int, Order]] = {}

    def enter(self, order: Order) -> Decimal | None:
        """The price at which the order trades now; None, and it waits (a market order does not)."""
        quote = self._prices.facing(order.terms.symbol, buys=order.terms.buys)
        if quote is not None and _meets(order, quote):
            return quote
        if order.price is not None:
            self._waiting.setdefault(order.terms.symbol, {})[order.order_id] = order
        return None

    def leave(self, order: Order) -> None:
        """The order waits no more."""
        self._waiting.get(order.terms.symbol, {}).pop(order.order_id, None)

    def met(self, symbol: str) -> list[Order]:
        """Waiting orders that the present quotes fill; they wait no more."""
        waiting = self._waiting.get(symbol)
        if not waiting:
            return []
        found = [
            order
            for order in waiting.values()
            if (quote := self._prices.facing(symbol, buys=order.terms.buys)) is not None
            and _meets(order, quote)
        ]
        for order in found:
            del waiting[order.order_id]
        return found


def _meets(order: Order, quote: Decimal) -> bool:
    price = order.price
    if price is None:
        return True
    return price >= quote if order.terms.buys else price <= quote
