"""What numbers and names may come in: so wide that no market is refused, so narrow that all can be kept.

A codec lets through what fits a field; sums, averages and texts made of such fields might not fit
one any more, and a record that cannot be written or read back would end the router. So what is
beyond every market is refused where it comes in. Pure.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from engine.messages.orders import CancelIntent, ModifyIntent, SubmitIntent
from engine.messages.venue import (
    Fill,
    FillBust,
    FillCorrection,
    OrderUpdate,
    ReconcilePart,
    ReferencePrice,
    VenueFill,
)
from engine.model.money import ZERO

Aimed = TypeVar("Aimed", CancelIntent, ModifyIntent)

POWER_MAX = 18
"""Amounts are below ten to this power and have at most so many places: a hundred of the largest
and smallest still add up to a number of 40 characters."""

NAME_CHARS_MAX = 255
"""Instruments, ids and codes; real ones have some 30."""

TEXT_CHARS_MAX = 1_000
"""Notes, reasons and venues' words in records; what is longer is cut."""

REPORT_NUMBER_MAX = 2**62
"""No strategy has seen so many reports; it leaves as many numbers again to count on with."""


def is_amount(value: Decimal | None) -> bool:
    """Whether a quantity is none, or one that can be summed up."""
    if value is None or not value:
        return True
    places = value.as_tuple().exponent
    return isinstance(places, int) and places >= -POWER_MAX and value.adjusted() < POWER_MAX


def is_price(value: Decimal | None) -> bool:
    """Whether a price is none, or of a size that occurs; averages of venues have many places."""
    return value is None or not value or abs(value.adjusted()) < POWER_MAX


def is_reference(value: float) -> bool:
    """Whether a reference price can stand in an order's place: none (0), or of a size that occurs."""
    return not value or 10.0**-POWER_MAX < abs(value) < 10.0**POWER_MAX


def shortened(wish: SubmitIntent) -> SubmitIntent:
    """The wish as it can be recorded and reported; names that must be cut name nothing."""
    if len(wish.note) <= TEXT_CHARS_MAX and len(wish.instrument) <= NAME_CHARS_MAX:
        return wish
    note, instrument = wish.note[:TEXT_CHARS_MAX], wish.instrument[:NAME_CHARS_MAX]
    return attrs.evolve(wish, note=note, instrument=instrument)


def aimed(wish: Aimed) -> Aimed:
    """The same for a wish about an order."""
    if len(wish.target) <= NAME_CHARS_MAX:
        return wish
    return attrs.evolve(wish, target=wish.target[:NAME_CHARS_MAX])


def fault_of(message: Any) -> str:
    """What is beyond all bounds in a session's message; empty for all that is well."""
    look = _LOOKS.get(type(message))
    return "" if look is None else look(message)


def _update(news: OrderUpdate) -> str:
    if not _names(news.client_order_id, news.venue_order_id, news.code):
        return "names too long"
    amounts = news.cum_qty, news.quantity
    fine = all(is_amount(each) and (each is None or each >= ZERO) for each in amounts)
    return "" if fine and is_price(news.price) else "numbers of no market"


def _bust(bust: FillBust) -> str:
    if not _names(bust.client_order_id, bust.venue_order_id, bust.fill_key):
        return "names too long"
    gone = bust.last_qty
    fine = gone is None or (gone > ZERO and is_amount(gone))
    return "" if fine else "numbers of no market"


def _correction(fill: FillCorrection) -> str:
    return _fill(fill) if _names(fill.corrects) else "names too long"


def _fill(fill: Fill | FillCorrection | VenueFill) -> str:
    names = fill.client_order_id, fill.venue_order_id, fill.instrument, fill.fill_key
    if not _names(*names, fill.trade_id, fill.fee_currency):
        return "names too long"
    fine = fill.last_qty > ZERO and is_amount(fill.last_qty) and is_price(fill.last_px)
    return "" if fine and is_price(fill.fee) else "numbers of no market"


def _part(part: ReconcilePart) -> str:
    for order in part.orders:
        names = order.client_order_id, order.venue_order_id, order.instrument
        fine = _names(*names) and is_price(order.price) and is_price(order.avg_px)
        for amount in (order.quantity, order.cum_qty):
            fine = fine and is_amount(amount) and amount >= ZERO
        if not fine:
            return "an order of no market"
    for held in part.positions:
        fine = _names(held.instrument) and is_amount(held.quantity) and is_price(held.avg_px)
        if not fine:
            return "a position of no market"
    for cash in part.balances:
        fine = _names(cash.currency) and is_amount(cash.total) and is_amount(cash.available)
        if not fine:
            return "a balance of no account"
    return next((fault for fault in map(_fill, part.fills) if fault), "")


def _reference(told: ReferencePrice) -> str:
    prices = told.price, told.bid_price, told.ask_price
    fine = _names(told.instrument) and all(is_reference(price) for price in prices)
    return "" if fine else "prices of no market"


def _names(*names: str) -> bool:
    return all(len(name) <= NAME_CHARS_MAX for name in names)


_LOOKS: Mapping[type, Callable[[Any], str]] = {
    OrderUpdate: _update,
    Fill: _fill,
    FillBust: _bust,
    FillCorrection: _correction,
    ReconcilePart: _part,
    ReferencePrice: _reference,
}
