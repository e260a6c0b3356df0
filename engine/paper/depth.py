"""What can be traded against in one instrument: the market's visible depth less what we took of it.

Sizes become exact decimals at this edge, because fills are commitments. A level that we took from
stays smaller until the market shows it with another size, which is news about it.
"""

from collections.abc import Iterator
from decimal import Decimal

from engine.messages.market import Book, Quote
from engine.model.enums import Side
from engine.model.money import ZERO, decimal_of_float

Level = tuple[Decimal, Decimal]


class Depth:
    """Visible levels of both sides, best first; `side` names the side of the resting orders."""

    def __init__(self) -> None:
        self._levels: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
        self._taken: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def on_book(self, book: Book) -> None:
        """The whole visible depth anew."""
        self._show(Side.BUY, {decimal_of_float(p): decimal_of_float(s) for p, s in book.bids})
        self._show(Side.SELL, {decimal_of_float(p): decimal_of_float(s) for p, s in book.asks})

    def on_quote(self, quote: Quote) -> None:
        """A new top: deeper levels of the last book stay, what would lie above the top goes."""
        self._show_top(Side.BUY, quote.bid_price, quote.bid_size)
        self._show_top(Side.SELL, quote.ask_price, quote.ask_size)

    def clear(self) -> None:
        """The market cannot be seen any more."""
        for side in Side:
            self._levels[side].clear()
            self._taken[side].clear()

    def levels(self, side: Side) -> Iterator[Level]:
        """(price, size left) of a side, best first."""
        taken = self._taken[side]
        for price, size in self._levels[side].items():
            left = size - taken.get(price, ZERO)
            if left > 0:
                yield price, left

    def best(self, side: Side) -> Decimal | None:
        """Best shown price of a side, whether or not we took it."""
        return next(iter(self._levels[side]), None)

    def shown(self, side: Side, price: Decimal) -> Decimal:
        """Size the market shows at a price of a side."""
        return self._levels[side].get(price, ZERO)

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Remember that we traded `quantity` of this level."""
        taken = self._taken[side]
        taken[price] = taken.get(price, ZERO) + quantity

    def _show_top(self, side: Side, price: float, size: float) -> None:
        if not price:
            self._show(side, {})
            return
        top = decimal_of_float(price)
        deeper = {p: s for p, s in self._levels[side].items() if (top - p) * side.sign > 0}
        self._show(side, {top: decimal_of_float(size), **deeper})

    def _show(self, side: Side, levels: dict[Decimal, Decimal]) -> None:
        before, taken = self._levels[side], self._taken[side]
        if taken:
            self._taken[side] = {
                price: quantity
                for price, quantity in taken.items()
                if price in levels and levels[price] == before.get(price)
            }
        self._levels[side] = levels
