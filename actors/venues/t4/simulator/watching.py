"""What orders wait for: a price to touch, a stop that follows the market, a condition to begin; pure."""

from typing import Final

import attrs

from actors.venues.t4.simulator.ordercodes import Activation, PriceType
from actors.venues.t4.simulator.orders import Order

ABOVE: Final = frozenset({Activation.AT_OR_ABOVE_TICKS, Activation.AT_OR_ABOVE_TRADE_TICKS})
TRADES: Final = frozenset({Activation.AT_OR_ABOVE_TRADE_TICKS, Activation.AT_OR_BELOW_TRADE_TICKS})
QUOTES: Final = frozenset({Activation.AT_OR_ABOVE_TICKS, Activation.AT_OR_BELOW_TICKS})


@attrs.frozen(kw_only=True)
class Seen:
    """A market at one moment, prices in ticks; an empty side is None with volume 0."""

    last: int
    bid: int | None
    bid_volume: int
    ask: int | None
    ask_volume: int


def touched(order: Order, seen: Seen) -> bool:
    """Whether the market has reached an order's stop price."""
    stop = order.terms.stop
    if stop is None:
        return False
    rising = order.buys is not (order.price_type is PriceType.MARKET_IF_TOUCHED)
    return seen.last >= stop if rising else seen.last <= stop


def follow(order: Order, seen: Seen) -> bool:
    """Let a trailing stop follow the market; whether it moved."""
    if order.trail is None:
        return False
    best = seen.last if order.best is None else order.best
    order.best = min(best, seen.last) if order.buys else max(best, seen.last)
    wanted = order.best + order.trail * order.side
    stop = order.terms.stop
    is_better = stop is None or (wanted < stop if order.buys else wanted > stop)
    if is_better:
        order.terms.stop = order.new.stop = wanted
    return is_better


def begins(order: Order, seen: Seen) -> bool:
    """Whether the price that an order waits for before it begins is there."""
    terms = order.ticket.terms
    if terms.ticks is None:
        return False
    if order.activation in TRADES:
        return _reached(order, seen.last, terms.ticks)
    if order.activation in QUOTES:
        bids = terms.bid_offer == 1 or (not terms.bid_offer and not order.buys)
        price, volume = (seen.bid, seen.bid_volume) if bids else (seen.ask, seen.ask_volume)
        return price is not None and volume >= terms.volume and _reached(order, price, terms.ticks)
    return False


def _reached(order: Order, price: int, wanted: int) -> bool:
    return price >= wanted if order.activation in ABOVE else price <= wanted
