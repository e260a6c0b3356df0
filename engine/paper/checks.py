"""Whether the paper venue takes an order with these terms, as a venue would judge them.

Checked when the order takes effect, not when it arrives. What depends on the market is in
`matching`.
"""

from decimal import Decimal

from engine.messages.venue import SubmitOrder
from engine.model.enums import OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.orders.exact import EXACT, trimmed, value_of
from engine.paper.codes import Code

DIGITS_MAX = 20
"""Significant digits of a price or quantity; no venue takes more, and arithmetic stays exact."""

_RESTING = frozenset({TimeInForce.GTC, TimeInForce.DAY})


def refusal_of_terms(
    command: SubmitOrder, instrument: Instrument, *, quantity: Decimal, price: Decimal | None
) -> Code | None:
    """Why an order with this quantity and price is refused whatever the market is; None if it is not."""
    if not instrument.tradeable:
        return Code.NOT_TRADEABLE
    if command.ord_type not in (OrdType.MARKET, OrdType.LIMIT) or command.stop_price is not None:
        return Code.UNSUPPORTED_ORDER_TYPE
    if not _is_quantity(quantity, instrument, command.ord_type):
        return Code.INVALID_QUANTITY
    if not _is_price(price, instrument, command.ord_type):
        return Code.INVALID_PRICE
    rests = command.ord_type is OrdType.LIMIT and command.time_in_force in _RESTING
    if command.post_only and not rests:
        return Code.INVALID_POST_ONLY
    return None


def is_too_small(
    command: SubmitOrder, instrument: Instrument, *, quantity: Decimal, price: Decimal
) -> bool:
    """Whether the order is worth too little; one that closes a position may be."""
    least = instrument.min_notional
    if least is None or command.reduce_only:
        return False
    return value_of(price, quantity, instrument.multiplier) < least


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`, exactly; for `value` of up to 40 digits."""
    return trimmed(EXACT.subtract(value, EXACT.remainder(value, step)))


def _is_quantity(quantity: Decimal, instrument: Instrument, ord_type: OrdType) -> bool:
    most = [instrument.max_quantity]
    if ord_type is OrdType.MARKET:
        most.append(instrument.max_market_quantity)
    return (
        _is_on_grid(quantity, instrument.quantity_increment)
        and quantity >= instrument.min_quantity
        and all(bound is None or quantity <= bound for bound in most)
    )


def _is_price(price: Decimal | None, instrument: Instrument, ord_type: OrdType) -> bool:
    if ord_type is OrdType.MARKET or price is None:
        return ord_type is OrdType.MARKET and price is None
    return _is_on_grid(price, instrument.price_increment)


def _is_on_grid(value: Decimal, step: Decimal) -> bool:
    return (
        value > 0
        and len(value.normalize(EXACT).as_tuple().digits) <= DIGITS_MAX
        and not EXACT.remainder(value, step)
    )
