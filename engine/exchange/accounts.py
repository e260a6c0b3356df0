"""Accounts: net position per instrument, realised profit, fees and balances, exact to the last digit.

Positions are netted per symbol (a venue with hedge mode keeps its own book from the fills) and
valued at average cost, the way of a derivatives venue: a fill moves the balance by its realised
profit minus its fee. Cost is kept in whole ticks times lots; when a part of a position is closed
its share of the cost is rounded down and the rest stays with the position, so the sum over a round
trip is exact: balance = deposits + realised - fees, always.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal

import attrs

from engine.exchange.model import ZERO, ExchangeInstrument, Fill, Side
from engine.exchange.working import WorkingOrder

FILL_HISTORY_MAX = 10_000
"""Fills remembered per account: some hours of a busy client; a venue answers queries from them."""


@attrs.frozen(slots=True, kw_only=True)
class Position:
    """A net position: `quantity` is signed (short below zero), `average_entry` 0 when flat."""

    symbol: str
    quantity: Decimal
    average_entry: Decimal
    realised: Decimal
    fees: Decimal


@attrs.define(slots=True, eq=False)
class Holding:
    """One account in one instrument: signed lots, their cost, and what its open orders may add.

    `buying` and `selling` are the lots that open orders may still buy and sell;
    `reducing` are the open reduce-only orders by id, oldest first.
    """

    instrument: ExchangeInstrument
    lots: int = 0
    cost: int = 0
    realised: int = 0
    fees: Decimal = ZERO
    buying: int = 0
    selling: int = 0
    reducing: dict[int, WorkingOrder] = attrs.Factory(dict)

    def trade(self, side: Side, ticks: int, lots: int) -> int:
        """Take a fill into the position; the realised profit in ticks times lots."""
        signed = lots if side is Side.BUY else -lots
        held = self.lots
        if held == 0 or (held > 0) == (signed > 0):
            self.lots += signed
            self.cost += ticks * lots
            return 0
        closed = min(lots, abs(held))
        share = self.cost * closed // abs(held)
        realised = (ticks * closed - share) * (1 if held > 0 else -1)
        self.lots += signed
        opened = lots - closed
        self.cost = ticks * opened if opened else self.cost - share
        self.realised += realised
        return realised

    def unrealised(self, mark_ticks: int) -> int:
        """Profit of the open position at a price, in ticks times lots."""
        worth = mark_ticks * abs(self.lots)
        return worth - self.cost if self.lots > 0 else self.cost - worth

    def offer(self, side: Side, lots: int) -> None:
        """Open orders of a side may trade so many lots more (less when negative)."""
        if side is Side.BUY:
            self.buying += lots
        else:
            self.selling += lots

    def closable(self, side: Side) -> int:
        """Lots a new reduce-only order of this side may still close."""
        held = -self.lots if side is Side.BUY else self.lots
        promised = sum(o.leaves for o in self.reducing.values() if o.side is side)
        return held - promised

    def surplus(self) -> WorkingOrder | None:
        """The newest reduce-only order that promises more than the position holds."""
        for order in reversed(self.reducing.values()):
            if self.closable(order.side) < 0:
                return order
        return None

    def exposure(self, buy: int = 0, sell: int = 0) -> int:
        """Largest position, in lots, that could come of it all with so many lots more on order."""
        return max(abs(self.lots + self.buying + buy), abs(self.lots - self.selling - sell))

    def view(self) -> Position:
        """The position for the outside."""
        instrument, lots = self.instrument, self.lots
        entry = instrument.price_increment * self.cost / abs(lots) if lots else ZERO
        return Position(
            symbol=instrument.symbol,
            quantity=instrument.quantity(lots),
            average_entry=entry,
            realised=instrument.value(self.realised),
            fees=self.fees,
        )


class Account:
    """One account: balances by currency, holdings by symbol, remembered fills."""

    __slots__ = ("balances", "fills", "holdings", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.balances: dict[str, Decimal] = {}
        self.holdings: dict[str, Holding] = {}
        self.fills: deque[Fill] = deque(maxlen=FILL_HISTORY_MAX)

    def holding(self, instrument: ExchangeInstrument) -> Holding:
        """The holding in an instrument, made on first use."""
        holding = self.holdings.get(instrument.symbol)
        if holding is None:
            holding = self.holdings[instrument.symbol] = Holding(instrument)
        return holding

    def credit(self, currency: str, amount: Decimal) -> None:
        """Change a balance; ValueError when the amount is not finite."""
        if not amount.is_finite():
            raise ValueError(f"account {self.name}: amount {amount} {currency} is not finite")
        self.balances[currency] = self.balances.get(currency, ZERO) + amount

    def settle(
        self, order: WorkingOrder, ticks: int, lots: int, fee_rate: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Take a fill of one of its orders into position and balance; (realised, fee)."""
        instrument = order.instrument
        holding = self.holding(instrument)
        holding.offer(order.side, -lots)
        realised = instrument.value(holding.trade(order.side, ticks, lots))
        fee = instrument.value(ticks * lots) * fee_rate
        holding.fees += fee
        self.credit(instrument.currency, realised - fee)
        return realised, fee

    def equity(self, currency: str, mark: Callable[[str], int]) -> Decimal:
        """Balance plus unrealised profit in a currency; `mark` gives a symbol's price in ticks."""
        total = self.balances.get(currency, ZERO)
        for holding in self._in_currency(currency):
            if holding.lots:
                ticks = mark(holding.instrument.symbol)
                total += holding.instrument.value(holding.unrealised(ticks))
        return total

    def margin(self, currency: str, mark: Callable[[str], int]) -> Decimal:
        """Initial margin that positions and open orders bind in a currency."""
        return sum(
            (
                _margin(holding.instrument, mark(holding.instrument.symbol), holding.exposure())
                for holding in self._in_currency(currency)
            ),
            ZERO,
        )

    def affords(
        self, instrument: ExchangeInstrument, side: Side, lots: int, mark: Callable[[str], int]
    ) -> bool:
        """Whether the balance covers the margin that a further order would bind."""
        if not instrument.initial_margin_rate:
            return True
        holding = self.holding(instrument)
        now = holding.exposure()
        buy, sell = (lots, 0) if side is Side.BUY else (0, lots)
        then = holding.exposure(buy, sell)
        if then <= now:
            return True
        added = _margin(instrument, mark(instrument.symbol), then - now)
        currency = instrument.currency
        return self.equity(currency, mark) - self.margin(currency, mark) >= added

    def _in_currency(self, currency: str) -> list[Holding]:
        return [h for h in self.holdings.values() if h.instrument.currency == currency]


def _margin(instrument: ExchangeInstrument, ticks: int, lots: int) -> Decimal:
    """Initial margin of so many lots at a price."""
    return instrument.value(ticks * lots) * instrument.initial_margin_rate
