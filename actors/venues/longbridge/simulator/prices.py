"""What the exchange's books say, in Decimals: best prices, depth and the last price of a symbol."""

from decimal import Decimal

from engine.exchange.exchange import Exchange


class Prices:
    """Reads the published books.

    Args:
        exchange: the matching core.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def bid(self, symbol: str) -> Decimal | None:
        """Best bid, None when nobody buys."""
        ticks = self._exchange.top(symbol)[0]
        return None if ticks is None else self._exchange.instrument(symbol).price(ticks)

    def ask(self, symbol: str) -> Decimal | None:
        """Best ask, None when nobody sells."""
        ticks = self._exchange.top(symbol)[2]
        return None if ticks is None else self._exchange.instrument(symbol).price(ticks)

    def facing(self, symbol: str, *, buys: bool) -> Decimal | None:
        """What the other side asks for (or bids)."""
        return self.ask(symbol) if buys else self.bid(symbol)

    def last(self, symbol: str) -> Decimal:
        """The last trade's price; before the first one, the middle of the book or the reference."""
        trade = self._exchange.last_trade(symbol)
        ticks = self._exchange.mark_ticks(symbol) if trade is None else trade.price_ticks
        return self._exchange.instrument(symbol).price(ticks)

    def level(self, symbol: str, place: int) -> Decimal | None:
        """The price at a place of the book: 1 is the best ask, -1 the best bid; None without one."""
        book = self._exchange.book(symbol, abs(place))
        side = book.asks if place > 0 else book.bids
        if len(side) < abs(place):
            return None
        return self._exchange.instrument(symbol).price(side[abs(place) - 1][0])

    def all_last(self) -> dict[str, Decimal]:
        """The last price of every symbol."""
        return {each.symbol: self.last(each.symbol) for each in self._exchange.instruments()}
