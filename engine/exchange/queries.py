"""What an exchange can be asked: orders, fills, books, the tape, positions and balances.

Reading never changes anything and never fails for an unknown account (it has nothing); an unknown
symbol is a KeyError, because the venue should have refused it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import TypeVar

import attrs

from engine.exchange.accounts import Position
from engine.exchange.clearing import Clearing
from engine.exchange.events import TradePrinted
from engine.exchange.matching import InstrumentBook, Top
from engine.exchange.model import ZERO, ExchangeInstrument, Fill, Order
from engine.exchange.tape import Statistics

BookLevels = tuple[tuple[int, int], ...]
"""Levels as (price in ticks, size in lots), best first."""

_Item = TypeVar("_Item", Order, Fill)


@attrs.frozen(slots=True)
class BookView:
    """The published book (outside plus clients), best first on both sides."""

    symbol: str
    bids: BookLevels
    asks: BookLevels


class Queries:
    """The reading half of `Exchange`."""

    def __init__(self, clearing: Clearing, books: dict[str, InstrumentBook]) -> None:
        self._clearing = clearing
        self._books = books

    # --- instruments and the market -------------------------------------------------------

    def instruments(self) -> list[ExchangeInstrument]:
        """All listed instruments, in the order of listing."""
        return [book.instrument for book in self._books.values()]

    def instrument(self, symbol: str) -> ExchangeInstrument:
        """The instrument; KeyError when the exchange does not list it."""
        return self._books[symbol].instrument

    def book(self, symbol: str, depth: int | None = None) -> BookView:
        """The published book to a depth per side (None: all of it)."""
        book = self._books[symbol]
        return BookView(symbol, book.bids.levels(depth), book.asks.levels(depth))

    def top(self, symbol: str) -> Top:
        """(bid ticks, bid lots, ask ticks, ask lots) of the published book; a missing side is (None, 0)."""
        return self._books[symbol].top()

    def mark_ticks(self, symbol: str) -> int:
        """Mid of the published book in ticks (rounded down), else the last print, else the reference price."""
        return self._books[symbol].mark_ticks()

    def last_trade(self, symbol: str) -> TradePrinted | None:
        """The newest print."""
        return self._books[symbol].tape.last()

    def recent_trades(self, symbol: str, limit: int) -> list[TradePrinted]:
        """Newest prints first, at most `limit` (and `tape.TRADE_HISTORY_MAX`)."""
        return self._books[symbol].tape.recent(limit)

    def statistics(self, symbol: str, now_ns: int) -> Statistics:
        """Open, high, low, last and volume of the 24 hours before `now_ns` (to the minute)."""
        return self._books[symbol].tape.statistics(now_ns)

    def halted(self, symbol: str) -> bool:
        """Whether new orders are refused in a symbol."""
        return self._books[symbol].halted

    # --- orders and fills -----------------------------------------------------------------

    def order(
        self, account: str, *, order_id: int | None = None, client_order_id: str | None = None
    ) -> Order | None:
        """The order as it stands (open or remembered), the newest one of a client order id; None if unknown."""
        return self._clearing.orders(account).find(order_id, client_order_id)

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        """Working orders, oldest first."""
        orders = self._clearing.orders(account).open.values()
        return [o.view() for o in orders if symbol is None or o.symbol == symbol]

    def order_history(
        self, account: str, symbol: str | None = None, limit: int | None = None
    ) -> list[Order]:
        """Filled and cancelled orders, newest first, as far as remembered (`registry.ORDER_HISTORY_MAX`)."""
        return _first(self._clearing.orders(account).history(), symbol, limit)

    def fills(
        self, account: str, symbol: str | None = None, limit: int | None = None
    ) -> list[Fill]:
        """Fills, newest first, as far as remembered (`accounts.FILL_HISTORY_MAX`)."""
        return _first(reversed(self._clearing.account(account).fills), symbol, limit)

    # --- accounts -------------------------------------------------------------------------

    def position(self, account: str, symbol: str) -> Position:
        """The net position in a symbol, zeros when there is none."""
        instrument = self._books[symbol].instrument
        return self._clearing.account(account).holding(instrument).view()

    def positions(self, account: str) -> list[Position]:
        """Net positions in every symbol the account ever touched."""
        return [holding.view() for holding in self._clearing.account(account).holdings.values()]

    def balance(self, account: str, currency: str) -> Decimal:
        """Deposits plus realised profit minus fees in a currency."""
        return self._clearing.account(account).balances.get(currency, ZERO)

    def balances(self, account: str) -> dict[str, Decimal]:
        """All balances of an account by currency (a copy)."""
        return dict(self._clearing.account(account).balances)

    def unrealised(self, account: str, symbol: str) -> Decimal:
        """Profit of the open position at the mark."""
        holding = self._clearing.account(account).holding(self._books[symbol].instrument)
        return holding.instrument.value(holding.unrealised(self.mark_ticks(symbol)))

    def equity(self, account: str, currency: str) -> Decimal:
        """Balance plus unrealised profit in a currency."""
        return self._clearing.account(account).equity(currency, self.mark_ticks)

    def available(self, account: str, currency: str) -> Decimal:
        """Equity minus the initial margin that positions and open orders bind."""
        holder = self._clearing.account(account)
        return holder.equity(currency, self.mark_ticks) - holder.margin(currency, self.mark_ticks)


def _first(items: Iterable[_Item], symbol: str | None, limit: int | None) -> list[_Item]:
    """The first items of a symbol, up to a limit."""
    return list(islice((item for item in items if symbol in (None, item.symbol)), limit))
