"""The venue-neutral exchange behind every venue simulator: one object, no I/O, no clock.

A simulator turns its venue's requests into calls of `Exchange` and the returned events into its
venue's messages; a feed (replay or generator) hands in the outside market by `market`. Time comes
in as `now_ns` and is only recorded. Every call either answers completely or raises before it
changed anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import count

from engine.exchange.clearing import Clearing
from engine.exchange.events import Event, OrderRefused, OrderReplaced
from engine.exchange.feeds import MarketEvent
from engine.exchange.matching import InstrumentBook
from engine.exchange.model import (
    CancelReason,
    ExchangeInstrument,
    NewOrder,
    RefusalReason,
)
from engine.exchange.outside import OutsideMarket
from engine.exchange.queries import Queries
from engine.exchange.registry import OPEN_ORDERS_MAX
from engine.exchange.terms import Refusal, check_price, check_quantity, check_terms
from engine.exchange.working import WorkingOrder

OWN_TRADE_IDS_FROM = 1_000_000_000_000
"""First trade id of the exchange's own trades: above the ids of recordings, below 2**53."""


class Exchange(Queries):
    """Order books, accounts and the tape of a set of instruments.

    Ids count up from the two starting points, so a simulator that is restarted can go on above
    the ids it gave out before. With `reuse_client_order_ids=False` a client order id that the
    account used for any remembered order is refused, otherwise only those of open orders are.
    The questions it answers (orders, fills, books, statistics, positions) are in `Queries`.
    """

    def __init__(
        self,
        instruments: Iterable[ExchangeInstrument],
        *,
        order_ids_from: int = 1,
        trade_ids_from: int = OWN_TRADE_IDS_FROM,
        reuse_client_order_ids: bool = True,
    ) -> None:
        clearing = Clearing(trade_ids_from)
        books = {each.symbol: InstrumentBook(each, clearing) for each in instruments}
        super().__init__(clearing, books)
        self._outside = {s: OutsideMarket(book, clearing) for s, book in books.items()}
        self._order_ids = count(order_ids_from)
        self._reuse_ids = reuse_client_order_ids

    # --- instruments ----------------------------------------------------------------------

    def list_instrument(self, instrument: ExchangeInstrument) -> None:
        """List a further instrument; ValueError for a symbol that is listed already."""
        symbol = instrument.symbol
        if symbol in self._books:
            raise ValueError(f"{symbol} is listed already")
        book = self._books[symbol] = InstrumentBook(instrument, self._clearing)
        self._outside[symbol] = OutsideMarket(book, self._clearing)

    # --- new orders -----------------------------------------------------------------------

    def submit(self, new: NewOrder, now_ns: int) -> list[Event]:
        """Accept and match an order, or refuse it.

        First event: `OrderAccepted` or `OrderRefused`. Post-only that would cross, an unfillable
        FOK, the rest of IOC and market orders: accepted, then `OrderCancelled` with its reason.
        """
        order = self._admit(new, now_ns)
        if isinstance(order, Refusal):
            return [
                OrderRefused(
                    new.account,
                    order.reason,
                    order.text,
                    now_ns,
                    request=new,
                    client_order_id=new.client_order_id,
                )
            ]
        book = self._books[new.symbol]
        book.events.append(self._clearing.accept(order))
        book.enter(order, now_ns)
        return book.flush(now_ns)

    def _admit(self, new: NewOrder, now_ns: int) -> WorkingOrder | Refusal:
        """The order a request becomes, or why it is refused."""
        book = self._books.get(new.symbol)
        if book is None:
            return Refusal(RefusalReason.UNKNOWN_SYMBOL, f"no instrument {new.symbol}")
        if book.halted:
            return Refusal(RefusalReason.HALTED, f"{new.symbol}: trading is halted")
        instrument = book.instrument
        terms = check_terms(instrument, new)
        if isinstance(terms, Refusal):
            return terms
        ticks, lots = terms
        refusal = self._refuse_account(new, instrument, lots)
        if refusal is not None:
            return refusal
        return WorkingOrder(
            order_id=next(self._order_ids),
            terms=new,
            instrument=instrument,
            side=new.side,
            ticks=ticks,
            lots=lots,
            leaves=lots,
            created_ns=now_ns,
            updated_ns=now_ns,
            tag=new.tag,
        )

    def _refuse_account(
        self, new: NewOrder, instrument: ExchangeInstrument, lots: int
    ) -> Refusal | None:
        """Why the account may not enter this order, None when it may."""
        orders = self._clearing.orders(new.account)
        name = new.client_order_id
        if name is not None:
            used = orders.is_open(name) if self._reuse_ids else orders.is_known(name)
            if used:
                text = f"client order id {name} is in use"
                return Refusal(RefusalReason.DUPLICATE_CLIENT_ORDER_ID, text)
        if len(orders.open) >= OPEN_ORDERS_MAX:
            text = f"{len(orders.open)} orders are open, more are not allowed"
            return Refusal(RefusalReason.TOO_MANY_ORDERS, text)
        return self._refuse_risk(new, instrument, lots)

    def _refuse_risk(
        self, new: NewOrder, instrument: ExchangeInstrument, lots: int
    ) -> Refusal | None:
        """Reduce-only and balance checks for so many lots more."""
        account = self._clearing.account(new.account)
        if new.reduce_only:
            closable = account.holding(instrument).closable(new.side)
            if lots > closable:
                left = instrument.quantity(max(0, closable))
                text = f"{new.symbol}: reduce-only for more than the {left} left to close"
                return Refusal(RefusalReason.REDUCE_ONLY, text)
        elif not account.affords(instrument, new.side, lots, self.mark_ticks):
            currency = instrument.currency
            text = f"{new.symbol}: {self.available(new.account, currency)} {currency} is too little"
            return Refusal(RefusalReason.BALANCE, text)
        return None

    # --- cancels --------------------------------------------------------------------------

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
        order = self._clearing.orders(account).find_open(order_id, client_order_id)
        if order is None:
            return [self._not_open(account, now_ns, order_id, client_order_id)]
        book = self._books[order.symbol]
        book.withdraw(order, reason, now_ns)
        return book.flush(now_ns)

    def cancel_all(
        self,
        account: str,
        now_ns: int,
        *,
        symbol: str | None = None,
        reason: CancelReason = CancelReason.USER,
    ) -> list[Event]:
        """Cancel all open orders of an account (in one symbol), by symbol, oldest first."""
        touched: dict[str, InstrumentBook] = {}
        for order in list(self._clearing.orders(account).open.values()):
            if symbol is None or order.symbol == symbol:
                book = touched.setdefault(order.symbol, self._books[order.symbol])
                book.withdraw(order, reason, now_ns)
        return [event for book in touched.values() for event in book.flush(now_ns)]

    def _not_open(
        self, account: str, now_ns: int, order_id: int | None, client_order_id: str | None
    ) -> OrderRefused:
        known = self.order(account, order_id=order_id, client_order_id=client_order_id)
        name = client_order_id if order_id is None else order_id
        if known is None:
            reason, text = RefusalReason.UNKNOWN_ORDER, f"no order {name} of this account"
        else:
            reason, text = RefusalReason.ORDER_CLOSED, f"order {name} is {known.status.value}"
        return OrderRefused(
            account,
            reason,
            text,
            now_ns,
            order=known,
            order_id=order_id,
            client_order_id=client_order_id,
        )

    # --- modifications --------------------------------------------------------------------

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
        order = self._clearing.orders(account).find_open(order_id, client_order_id)
        if order is None:
            return [self._not_open(account, now_ns, order_id, client_order_id)]
        changed = self._check_change(order, quantity, price)
        if isinstance(changed, Refusal):
            return [
                OrderRefused(
                    account,
                    changed.reason,
                    changed.text,
                    now_ns,
                    order=order.view(),
                    order_id=order.order_id,
                    client_order_id=order.terms.client_order_id,
                )
            ]
        return self._change(order, *changed, tag, now_ns)

    def _check_change(
        self, order: WorkingOrder, quantity: Decimal | None, price: Decimal | None
    ) -> tuple[int | None, int] | Refusal:
        """(ticks, total lots) an open order is to have, or why the change is refused."""
        instrument, symbol = order.instrument, order.symbol
        if self._books[symbol].halted:
            return Refusal(RefusalReason.HALTED, f"{symbol}: trading is halted")
        ticks, lots = order.ticks, order.lots
        if price is not None:
            checked = check_price(instrument, price)
            if isinstance(checked, Refusal):
                return checked
            ticks = checked
        if quantity is not None:
            checked = check_quantity(instrument, quantity)
            if isinstance(checked, Refusal):
                return checked
            lots = checked
        if lots <= order.filled:
            filled = instrument.quantity(order.filled)
            return Refusal(RefusalReason.QUANTITY, f"{symbol}: {filled} is filled already")
        added = lots - order.lots
        refusal = self._refuse_risk(order.terms, instrument, added) if added > 0 else None
        return refusal or (ticks, lots)

    def _change(
        self, order: WorkingOrder, ticks: int | None, lots: int, tag: object, now_ns: int
    ) -> list[Event]:
        """Apply checked new terms."""
        book = self._books[order.symbol]
        previous = order.view()
        added = lots - order.lots
        kept = ticks == order.ticks and added <= 0
        order.updated_ns = now_ns
        order.tag = order.tag if tag is None else tag
        self._clearing.holding(order).offer(order.side, added)
        if kept:
            order.lots = lots
            if added:
                book.shrink(order, -added)
        else:
            book.lift(order)
            order.ticks, order.lots = ticks, lots
            order.leaves += added
        book.events.append(OrderReplaced(order.view(), previous, kept, now_ns))
        if not kept:
            book.enter(order, now_ns)
        return book.flush(now_ns)

    # --- the outside market and the operator ----------------------------------------------

    def market(self, event: MarketEvent, now_ns: int) -> list[Event]:
        """Take one event of the outside market.

        Fills of clients' orders carry `now_ns`; changed levels, tops and recorded prints carry
        `event.at_ns`. KeyError for an instrument the exchange does not list, ValueError for a
        feed that contradicts itself (crossed quote).
        """
        return self._outside[event.symbol].apply(event, now_ns)

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Refuse new orders and modifications in a symbol (cancels still pass), or trade again."""
        self._books[symbol].halted = halted

    def deposit(self, account: str, currency: str, amount: Decimal) -> None:
        """Put money on (or take it off) an account; an account exists from its first mention on."""
        self._clearing.account(account).credit(currency, amount)
