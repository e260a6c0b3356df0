"""Are the terms of an order acceptable? Pure checks that need no book; a refusal says why."""

from __future__ import annotations

from decimal import Decimal

import attrs

from engine.exchange.model import (
    ExchangeInstrument,
    GridError,
    NewOrder,
    OrderKind,
    RefusalReason,
    TimeInForce,
)


@attrs.frozen(slots=True)
class Refusal:
    """Why a request is refused, with a text for the venue's log."""

    reason: RefusalReason
    text: str


def check_quantity(instrument: ExchangeInstrument, quantity: Decimal) -> int | Refusal:
    """The quantity in lots, or why it is refused."""
    symbol = instrument.symbol
    if not quantity.is_finite() or quantity <= 0:
        return Refusal(RefusalReason.QUANTITY, f"{symbol}: quantity {quantity} is not above zero")
    try:
        lots = instrument.lots(quantity)
    except GridError as error:
        return Refusal(RefusalReason.LOT, str(error))
    if quantity < instrument.min_quantity:
        return Refusal(
            RefusalReason.MIN_QUANTITY,
            f"{symbol}: quantity {quantity} is below the minimum {instrument.min_quantity}",
        )
    if quantity > instrument.max_quantity:
        return Refusal(
            RefusalReason.MAX_QUANTITY,
            f"{symbol}: quantity {quantity} is above the maximum {instrument.max_quantity}",
        )
    return lots


def check_price(instrument: ExchangeInstrument, price: Decimal | None) -> int | Refusal:
    """The limit price in ticks, or why it is refused."""
    symbol = instrument.symbol
    if price is None or not price.is_finite() or price <= 0:
        return Refusal(RefusalReason.PRICE, f"{symbol}: limit price {price} is not above zero")
    try:
        return instrument.ticks(price)
    except GridError as error:
        return Refusal(RefusalReason.PRICE_INCREMENT, str(error))


def check_terms(instrument: ExchangeInstrument, new: NewOrder) -> tuple[int | None, int] | Refusal:
    """(ticks or None, lots) of a new order, or why it is refused."""
    lots = check_quantity(instrument, new.quantity)
    if isinstance(lots, Refusal):
        return lots
    if new.kind is OrderKind.MARKET:
        if new.time_in_force is TimeInForce.POST_ONLY:
            text = f"{new.symbol}: a market order cannot be post-only"
            return Refusal(RefusalReason.TIME_IN_FORCE, text)
        return None, lots
    ticks = check_price(instrument, new.price)
    return ticks if isinstance(ticks, Refusal) else (ticks, lots)
