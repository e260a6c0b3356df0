"""Worst-case exposure: what could still be bought and sold, kept up to date order by order.

An order reserves all it may still fill, whether it is open, on its way or unknown; a change under
way reserves the worse of old and new; fills that the venue has claimed but not delivered stay
reserved also after the order's end. Sums are kept by adding and taking away exactly, so they equal
sums computed anew (a property test does) and no check looks at more than one instrument's numbers.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

import attrs

from engine.model.enums import Pending, Side
from engine.model.money import ZERO
from engine.orders.exact import add, subtract, value_of
from engine.orders.order import Order

Combine = Callable[[Decimal, Decimal], Decimal]


class Reservation(NamedTuple):
    """What one order reserves. `open` is whether it counts as an open order."""

    instrument: str
    currency: str
    buy: Decimal
    sell: Decimal
    cancelling: bool
    notional: Decimal
    open: bool


def reserved_quantity(order: Order) -> Decimal:
    """What may still be filled at worst: by its terms, or because the venue claims it was."""
    most = order.venue_cum_qty
    if not order.is_terminal:
        most = max(order.most_quantity, most)
    return subtract(most, order.cum_qty) if most > order.cum_qty else ZERO


def reservation_of(order: Order, multiplier: Decimal, currency: str) -> Reservation | None:
    """What the order reserves, None for nothing."""
    quantity = reserved_quantity(order)
    if not quantity and order.is_terminal:
        return None
    price = abs(order.reserve_price)
    if order.replace_price is not None:
        price = max(price, abs(order.replace_price))
    buy, sell = (quantity, ZERO) if order.side is Side.BUY else (ZERO, quantity)
    return Reservation(  # by position: made twice per order, and names cost a third of it
        order.instrument,
        currency,
        buy,
        sell,
        order.pending is Pending.CANCEL,
        value_of(price, quantity, multiplier),
        not order.is_terminal,
    )


@attrs.define
class InstrumentExposure:
    """Sums of one owner in one instrument.

    `buys` and `sells` are reserved quantities; `cancelling_*` is the part of them whose cancel is
    under way; `orders` counts open orders.
    """

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    cancelling_buys: Decimal = ZERO
    cancelling_sells: Decimal = ZERO
    orders: int = 0


@attrs.define
class OwnerExposure:
    """Sums of one owner over all instruments: value of open orders per currency, and their number."""

    notional: dict[str, Decimal] = attrs.field(factory=dict)
    orders: int = 0
    instruments: dict[str, InstrumentExposure] = attrs.field(factory=dict)


NOTHING = InstrumentExposure()
"""Of an instrument never touched; never changed."""


class Exposure:
    """Exposure by owner (all accounts, or all strategies)."""

    __slots__ = ("_held", "_owners")

    def __init__(self) -> None:
        self._owners: dict[str, OwnerExposure] = {}
        self._held: dict[str, Reservation] = {}

    def instrument(self, owner: str, instrument: str) -> InstrumentExposure:
        """Sums of one instrument; do not change them."""
        sums = self._owners.get(owner)
        return NOTHING if sums is None else sums.instruments.get(instrument, NOTHING)

    def orders(self, owner: str) -> int:
        """Number of open orders."""
        sums = self._owners.get(owner)
        return 0 if sums is None else sums.orders

    def notional(self, owner: str, currency: str) -> Decimal:
        """Value of all open orders, bought and sold alike."""
        sums = self._owners.get(owner)
        return ZERO if sums is None else sums.notional.get(currency, ZERO)

    def held(self, client_order_id: str) -> Reservation | None:
        """What one order reserves now."""
        return self._held.get(client_order_id)

    def set(self, owner: str, client_order_id: str, reservation: Reservation | None) -> None:
        """Replace what the order reserved before."""
        before = self._held.get(client_order_id)
        if before == reservation:
            return
        sums = self._owners.get(owner)
        if sums is None:
            sums = self._owners[owner] = OwnerExposure()
        if before is not None:
            _count(sums, before, subtract, -1)
        if reservation is None:
            self._held.pop(client_order_id, None)
        else:
            self._held[client_order_id] = reservation
            _count(sums, reservation, add, 1)

    def figures(self) -> dict[str, object]:
        """All sums that are not zero, for comparison with sums computed anew."""
        return {
            owner: (
                {currency: total for currency, total in sums.notional.items() if total},
                sums.orders,
                {name: each for name, each in sums.instruments.items() if each != NOTHING},
            )
            for owner, sums in self._owners.items()
            if sums.orders or any(sums.notional.values())
        }


def recomputed(owned: Iterable[tuple[str, str, Reservation | None]]) -> Exposure:
    """The same sums from scratch, from (owner, client order id, reservation)."""
    exposure = Exposure()
    for owner, client_order_id, reservation in owned:
        exposure.set(owner, client_order_id, reservation)
    return exposure


def _count(sums: OwnerExposure, held: Reservation, combine: Combine, one: int) -> None:
    sums.notional[held.currency] = combine(sums.notional.get(held.currency, ZERO), held.notional)
    each = sums.instruments.get(held.instrument)
    if each is None:
        each = sums.instruments[held.instrument] = InstrumentExposure()
    if held.buy:
        each.buys = combine(each.buys, held.buy)
    if held.sell:
        each.sells = combine(each.sells, held.sell)
    if held.cancelling:
        each.cancelling_buys = combine(each.cancelling_buys, held.buy)
        each.cancelling_sells = combine(each.cancelling_sells, held.sell)
    if held.open:
        each.orders += one
        sums.orders += one
