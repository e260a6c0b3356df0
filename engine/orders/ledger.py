"""Positions, cash and fees, counted from fills: exact, each fill once.

A position keeps the cash its fills moved, without rounding; profit is that cash plus what the
position is worth. The average price is a quotient and rounded, but only profit of what is still
open depends on it: once flat, realised profit is the cash, to the last digit.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

import attrs

from engine.model.enums import Side
from engine.model.money import ZERO
from engine.orders.exact import add, average, multiply, subtract, value_of

FILL_KEYS_MAX = 200_000
"""Fills remembered against being counted twice; weeks of a busy account, about 40 MB."""


@attrs.define(eq=False, kw_only=True)
class Position:
    """A net position in one instrument; money is in `currency`.

    Attributes:
        quantity: signed, in the instrument's unit.
        avg_px: average price of what is open, zero when flat.
        cash: money moved by fills, without fees; negative after buying.
        fees: paid (positive) per currency.
        fills: how many were counted.
        updated_ns: wall time of the last change; `touched` is the number of the record.
    """

    multiplier: Decimal
    currency: str
    quantity: Decimal = ZERO
    avg_px: Decimal = ZERO
    cash: Decimal = ZERO
    fees: dict[str, Decimal] = attrs.field(factory=dict)
    fills: int = 0
    updated_ns: int = 0
    touched: int = 0

    @property
    def realised_pnl(self) -> Decimal:
        """Profit of what was closed, before fees; exact once flat."""
        return add(self.cash, value_of(self.avg_px, self.quantity, self.multiplier))

    def unrealised_pnl(self, mark: Decimal) -> Decimal:
        """Profit that closing at `mark` would add, before fees."""
        return value_of(subtract(mark, self.avg_px), self.quantity, self.multiplier)

    def trade(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        """Count one fill of `quantity` (positive) at `price`."""
        signed = quantity if side is Side.BUY else -quantity
        before, after = self.quantity, add(self.quantity, signed)
        self.cash = subtract(self.cash, value_of(price, signed, self.multiplier))
        self.quantity = after
        if not after:
            self.avg_px = ZERO
        elif not before or (before > 0) == (signed > 0):
            paid = add(multiply(before, self.avg_px), multiply(signed, price))
            self.avg_px = average(paid, after)
        elif (before > 0) != (after > 0):
            self.avg_px = price

    def take_back(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        """Undo one fill: exactly in quantity and cash, and out of the average price it went into."""
        signed = quantity if side is Side.BUY else -quantity
        before, after = self.quantity, subtract(self.quantity, signed)
        paid = subtract(multiply(before, self.avg_px), multiply(signed, price))
        same_way = (before > 0) == (signed > 0) == (after > 0)
        if not before or not after or not same_way or (paid > 0) != (after > 0):
            self.trade(side.opposite, quantity, price)
            return
        self.cash = add(self.cash, value_of(price, signed, self.multiplier))
        self.quantity, self.avg_px = after, average(paid, after)

    def charge(self, fee: Decimal, currency: str) -> None:
        """Count a fee, positive when paid."""
        if fee:
            self.fees[currency] = add(self.fees.get(currency, ZERO), fee)

    def adopt(self, quantity: Decimal, avg_px: Decimal) -> None:
        """Take over a position from outside; realised profit stays what it was."""
        realised = self.realised_pnl
        self.quantity, self.avg_px = quantity, avg_px if quantity else ZERO
        self.cash = subtract(realised, value_of(self.avg_px, quantity, self.multiplier))

    def define(self, multiplier: Decimal, currency: str) -> None:
        """Value in money what was counted before the instrument was defined."""
        self.cash = multiply(self.cash, multiplier)
        self.multiplier, self.currency = multiplier, currency


class Ledger:
    """Positions by owner (all accounts, or all strategies) and instrument."""

    __slots__ = ("_positions",)

    def __init__(self) -> None:
        self._positions: dict[str, dict[str, Position]] = {}

    def quantity(self, owner: str, instrument: str) -> Decimal:
        """Signed position; zero where there never was one."""
        position = self.find(owner, instrument)
        return ZERO if position is None else position.quantity

    def find(self, owner: str, instrument: str) -> Position | None:
        """The position, None where there never was one."""
        return self._positions.get(owner, {}).get(instrument)

    def open(self, owner: str, instrument: str, multiplier: Decimal, currency: str) -> Position:
        """The position, made flat where there is none; a flat one takes the definition of now."""
        positions = self._positions.setdefault(owner, {})
        position = positions.get(instrument)
        if position is None:
            position = positions[instrument] = Position(multiplier=multiplier, currency=currency)
        elif not position.quantity and position.multiplier != multiplier:
            position.multiplier = multiplier
        return position

    def of(self, owner: str) -> Mapping[str, Position]:
        """All positions of one owner by instrument."""
        return self._positions.get(owner, {})

    def __iter__(self) -> Iterator[tuple[str, str, Position]]:
        for owner, positions in self._positions.items():
            for instrument, position in positions.items():
                yield owner, instrument, position


class FillContent(NamedTuple):
    """What makes two deliveries of a fill the same fill."""

    client_order_id: str
    side: Side
    last_qty: Decimal
    last_px: Decimal


class FillKeys:
    """Fills that were counted, by account and key; the oldest are forgotten beyond the bound."""

    __slots__ = ("_keys", "_keys_max")

    def __init__(self, keys_max: int = FILL_KEYS_MAX) -> None:
        self._keys: OrderedDict[tuple[str, str], FillContent | None] = OrderedDict()
        self._keys_max = keys_max

    def __len__(self) -> int:
        return len(self._keys)

    def is_known(self, account: str, fill_key: str) -> bool:
        """Whether the fill must not be counted (again)."""
        return (account, fill_key) in self._keys

    def find(self, account: str, fill_key: str) -> FillContent | None:
        """What was counted under the key; None when nothing was, or when it was a stranger's."""
        return self._keys.get((account, fill_key))

    def add(self, account: str, fill_key: str, content: FillContent | None) -> None:
        """Remember a fill that is being counted, or (None) one that never will be."""
        self._keys[account, fill_key] = content
        if len(self._keys) > self._keys_max:
            self._keys.popitem(last=False)

    def items(self) -> Iterator[tuple[tuple[str, str], FillContent | None]]:
        """Keys and contents, oldest first."""
        return iter(self._keys.items())
