"""What can be traded against in one instrument: the market's visible depth less what we took of it.

The book gives depth, the quote the top; where both are known, the newer one says what the top is.
What we took stays taken until the market shows more: a level that grows offers what it grew by, one
that shrinks loses what others took as well, one that goes and comes back is new. Levels of a book that
a later quote has left behind are gone until the next book: no quote brings them back. The views are
kept as the floats they came as and become exact decimals only where an order meets them, because most
books pass without one.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import inf

from engine.messages.market import Book, Quote
from engine.model.enums import Side
from engine.model.money import ZERO, decimal_of_float
from engine.orders.exact import add, subtract

Level = tuple[Decimal, Decimal]
Levels = tuple[tuple[float, float], ...]

TAKEN_LEVELS_MAX = 1_000
"""Levels of one side of which it is remembered what we took; more than any feed shows."""


class Ladder:
    """One side as it is shown, best first, less what we took of each level."""

    def __init__(self, side: Side) -> None:
        self._sign = side.sign
        self._levels: Levels = ()
        self._sizes: dict[float, float] | None = None
        self._reach: float | None = side.sign * inf
        self._taken: dict[float, Decimal] = {}

    @property
    def is_touched(self) -> bool:
        """Whether we took anything that is remembered."""
        return bool(self._taken)

    def show(self, levels: Levels, reach: float | None) -> None:
        """A new view: visible down to the price `reach`, or (None) the whole side."""
        self._levels, self._reach, self._sizes = levels, reach, None
        for price, taken in list(self._taken.items()):
            if self._sees(price):
                self._settle(price, taken)

    def hide(self) -> None:
        """Nothing of the side can be seen; what we took is remembered."""
        self._levels, self._reach, self._sizes = (), self._sign * inf, None

    def forget(self) -> None:
        """The next view is a new market."""
        self.hide()
        self._taken.clear()

    def best(self) -> Decimal | None:
        """Best shown price, whether or not we took it all."""
        return next((decimal_of_float(p) for p, size in self._levels if size > 0), None)

    def left(self) -> Iterator[Level]:
        """(price, size left), best first."""
        for price, size in self._levels:
            if size > 0:
                rest = subtract(decimal_of_float(size), self._taken.get(price, ZERO))
                if rest > 0:
                    yield decimal_of_float(price), rest

    def shown(self, price: Decimal) -> Decimal | None:
        """Size shown at a price; None when the view does not reach there."""
        key = float(price)
        return self._size(key) if self._sees(key) else None

    def take(self, price: Decimal, quantity: Decimal) -> None:
        """Remember that we traded so much of a level."""
        key = float(price)
        self._taken[key] = add(self._taken.pop(key, ZERO), quantity)
        if len(self._taken) > TAKEN_LEVELS_MAX:
            del self._taken[next(iter(self._taken))]

    def _sees(self, price: float) -> bool:
        return self._reach is None or (price - self._reach) * self._sign >= 0

    def _size(self, price: float) -> Decimal:
        if self._sizes is None:
            self._sizes = dict(self._levels)
        return decimal_of_float(max(0.0, self._sizes.get(price, 0.0)))

    def _settle(self, price: float, taken: Decimal) -> None:
        size = self._size(price)
        if not size:
            del self._taken[price]
        elif size < taken:
            self._taken[price] = size


class Depth:
    """Both sides of one instrument. A side is named after the orders that rest there."""

    def __init__(self) -> None:
        self._ladders = {side: Ladder(side) for side in Side}
        self._book: Book | None = None
        self._quote: Quote | None = None
        self._passed: dict[Side, float] = {}
        """How far the quotes since the book have gone: its levels up to there are no more."""
        self._doubts: dict[type, set[str]] = {Book: set(), Quote: set()}
        self._is_old = False

    def on_book(self, book: Book) -> None:
        """The whole visible depth anew."""
        self._book = book
        self._passed.clear()
        self._changed()

    def on_quote(self, quote: Quote) -> None:
        """A new top."""
        self._quote = quote
        if self._book is not None and _is_newer(quote, self._book):
            self._pass(quote)
        self._changed()

    def _pass(self, quote: Quote) -> None:
        for side, price in ((Side.BUY, quote.bid_price), (Side.SELL, quote.ask_price)):
            edge = price or -side.sign * inf
            before = self._passed.get(side, edge)
            self._passed[side] = min(before, edge) if side is Side.BUY else max(before, edge)

    def doubt(self, kind: type, because: str) -> None:
        """Books (or quotes) are not to be traded against until every doubt of them is gone."""
        self._doubts[kind].add(because)
        self._changed()

    def believe(self, kind: type, because: str) -> None:
        """One doubt is gone."""
        self._doubts[kind].discard(because)
        self._changed()

    def drop(self, kind: type) -> None:
        """The last book (or quote) is void; the next one counts."""
        if kind is Book:
            self._book = None
        else:
            self._quote = None
        self._changed()

    def forget(self) -> None:
        """Nothing of what was seen is true any more."""
        self._book = self._quote = None
        self._passed.clear()
        self._is_old = False
        for ladder in self._ladders.values():
            ladder.forget()

    def best(self, side: Side) -> Decimal | None:
        """Best shown price of a side, whether or not we took it."""
        return self._ladder(side).best()

    def left(self, side: Side) -> Iterator[Level]:
        """(price, size left) of a side, best first."""
        return self._ladder(side).left()

    def shown(self, side: Side, price: Decimal) -> Decimal | None:
        """Size the market shows at a price of a side; None where it cannot be seen."""
        return self._ladder(side).shown(price)

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Remember that we traded so much of this level."""
        self._ladder(side).take(price, quantity)

    def _ladder(self, side: Side) -> Ladder:
        if self._is_old:
            self._look()
        return self._ladders[side]

    def _changed(self) -> None:
        self._is_old = True
        if any(ladder.is_touched for ladder in self._ladders.values()):
            self._look()

    def _look(self) -> None:
        """Bring both ladders up to date; put off until somebody asks, or something was taken."""
        self._is_old = False
        book = None if self._doubts[Book] else self._book
        quote = None if self._doubts[Quote] else self._quote
        if quote is not None and book is not None and not _is_newer(quote, book):
            quote = None
        for side, ladder in self._ladders.items():
            if book is None and quote is None:
                ladder.hide()
            else:
                ladder.show(*_view(side, book, quote, self._passed.get(side)))


def _is_newer(quote: Quote, book: Book) -> bool:
    """By the venue's clock, else by the order in which they came."""
    return (quote.ts_ns, quote.mono_ns) > (book.ts_ns, book.mono_ns)


def _view(
    side: Side, book: Book | None, quote: Quote | None, passed: float | None
) -> tuple[Levels, float | None]:
    """The levels of a side and how far they reach; `passed` is the furthest quote since the book."""
    levels, reach = ((), None) if book is None else _of_book(side, book)
    if quote is None:
        return levels, reach
    is_bid = side is Side.BUY
    price, size = (quote.bid_price, quote.bid_size) if is_bid else (quote.ask_price, quote.ask_size)
    if not price:
        return (), None
    edge = price if passed is None else passed
    deeper = tuple(
        level
        for level in levels
        if (price - level[0]) * side.sign > 0 and (edge - level[0]) * side.sign > 0
    )
    return ((price, size), *deeper), reach if deeper else price


def _of_book(side: Side, book: Book) -> tuple[Levels, float | None]:
    levels = book.bids if side is Side.BUY else book.asks
    is_whole = len(levels) < book.depth or not levels
    return levels, None if is_whole else levels[-1][0]
