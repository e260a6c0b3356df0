"""The venue-neutral exchange behind every venue simulator: one object, no I/O, no clock.

A simulator turns its venue's requests into calls of `Exchange` and the returned events into its
venue's messages; a feed (replay or generator) hands in the outside market by `market`. Time comes
in as `now_ns` and is only recorded. Every call either answers completely or raises before it
changed anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from engine.exchange.events import Event, TradePrinted
from engine.exchange.feeds import MarketEvent
from engine.exchange.model import CancelReason, ExchangeInstrument, Fill, NewOrder, Order

OWN_TRADE_IDS_FROM = 1_000_000_000_000
"""First trade id of the exchange's own trades: above the ids of recordings, below 2**53."""

BookLevels = tuple[tuple[int, int], ...]
"""Levels as (price in ticks, size in lots), best first."""


@attrs.frozen(slots=True)
class BookView:
    """The published book (outside plus clients), best first on both sides."""

    symbol: str
    bids: BookLevels
    asks: BookLevels


@attrs.frozen(slots=True)
class Statistics:
    """Rolling 24 hours of prints: ticks (None before the first print), lots, ticks times lots."""

    symbol: str
    open_ticks: int | None
    high_ticks: int | None
    low_ticks: int | None
    last_ticks: int | None
    lots: int
    tick_lots: int


class Exchange:
    """Order books, accounts and the tape of a set of instruments.

    Ids count up from the two starting points, so a simulator that is restarted can go on above
    the ids it gave out before. With `reuse_client_order_ids=False` a client order id that the
    account used for any remembered order is refused, otherwise only those of open orders are.
    """

    def __init__(
        self,
        instruments: Iterable[ExchangeInstrument],
        *,
        order_ids_from: int = 1,
        trade_ids_from: int = OWN_TRADE_IDS_FROM,
        reuse_client_order_ids: bool = True,
    ) -> None:
        raise NotImplementedError

    # --- requests -------------------------------------------------------------------------

    def submit(self, new: NewOrder, now_ns: int) -> list[Event]:
        """Accept and match an order, or refuse it.

        First event: `OrderAccepted` or `OrderRefused`. Post-only that would cross, an unfillable
        FOK, the rest of IOC and market orders: accepted, then `OrderCancelled` with its reason.
        """
        raise NotImplementedError

    def cancel(
        self,
        account: str,
        now_ns: int,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        reason: CancelReason = CancelReason.USER,
    ) -> list[Event]:
        """Cancel one open order named by either id (the order id wins); `OrderRefused` if it is not open."""
        raise NotImplementedError

    def cancel_all(
        self,
        account: str,
        now_ns: int,
        *,
        symbol: str | None = None,
        reason: CancelReason = CancelReason.USER,
    ) -> list[Event]:
        """Cancel all open orders of an account (in one symbol), oldest first; empty list when there are none."""
        raise NotImplementedError

    def modify(
        self,
        account: str,
        now_ns: int,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        tag: object = None,
    ) -> list[Event]:
        """Change total quantity (what is filled included) and/or price of an open order, keeping its id.

        A smaller quantity at the same price keeps the place in the queue, everything else goes to
        its end and may match at once. A `tag` other than None replaces the order's tag.
        """
        raise NotImplementedError

    def market(self, event: MarketEvent, now_ns: int) -> list[Event]:
        """Take one event of the outside market; fills of clients' orders carry `now_ns`, tops and prints `event.at_ns`."""
        raise NotImplementedError

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Refuse new orders and modifications in a symbol (cancels still pass), or trade again."""
        raise NotImplementedError

    def deposit(self, account: str, currency: str, amount: Decimal) -> None:
        """Put money on (or take it off) an account; an account exists from its first mention on."""
        raise NotImplementedError

    # --- queries --------------------------------------------------------------------------

    def instrument(self, symbol: str) -> ExchangeInstrument:
        """The instrument; KeyError when the exchange does not list it."""
        raise NotImplementedError

    def order(
        self, account: str, *, order_id: int | None = None, client_order_id: str | None = None
    ) -> Order | None:
        """The order as it stands (open or remembered), the newest one of a client order id; None if unknown."""
        raise NotImplementedError

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        """Working orders, oldest first."""
        raise NotImplementedError

    def order_history(
        self, account: str, symbol: str | None = None, limit: int | None = None
    ) -> list[Order]:
        """Filled and cancelled orders, newest first, as far as they are remembered (`ORDER_HISTORY_MAX`)."""
        raise NotImplementedError

    def fills(
        self, account: str, symbol: str | None = None, limit: int | None = None
    ) -> list[Fill]:
        """Fills, newest first, as far as they are remembered (`FILL_HISTORY_MAX`)."""
        raise NotImplementedError

    def book(self, symbol: str, depth: int | None = None) -> BookView:
        """The published book to a depth per side (None: all of it)."""
        raise NotImplementedError

    def top(self, symbol: str) -> tuple[int | None, int, int | None, int]:
        """(bid ticks, bid lots, ask ticks, ask lots) of the published book; a missing side is (None, 0)."""
        raise NotImplementedError

    def last_trade(self, symbol: str) -> TradePrinted | None:
        """The newest print."""
        raise NotImplementedError

    def recent_trades(self, symbol: str, limit: int) -> list[TradePrinted]:
        """Newest prints first, at most `limit` (and `TRADE_HISTORY_MAX`)."""
        raise NotImplementedError

    def statistics(self, symbol: str, now_ns: int) -> Statistics:
        """Open, high, low, last and volume of the last 24 hours (to the minute)."""
        raise NotImplementedError
