"""Trades of an order: each counted once by its number, and taken back only where the venue says so."""

from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.orderimages import Order, Traded, price_in
from actors.venues.t4.orderstates import Meaning

TRADES_MAX: Final = 10_000
"""Trades of one order; a contract a trade, far beyond what an account may hold."""


def traded_in(update: Any, default_ns: int) -> Traded:
    """The trade of an `OrderUpdateTrade`. Raises RemoteProtocolError."""
    return Traded(
        sequence=update.sequence_order,
        volume=update.volume,
        price=price_in(update, "price"),
        trade_id=str(update.exchange_trade_id)[: wire.ID_CHARS_MAX],
        ts_ns=wire.stamp_ns(update, "time", default_ns),
        total=max(update.total_fill_volume, 0) or None,
    )


def traded_in_image(trade: Any, default_ns: int) -> Traded:
    """A trade as a full image repeats it. Raises RemoteProtocolError."""
    return Traded(
        sequence=trade.sequence_order,
        volume=trade.volume,
        price=price_in(trade, "price"),
        trade_id=str(trade.exchange_trade_id)[: wire.ID_CHARS_MAX],
        ts_ns=wire.stamp_ns(trade, "time", default_ns),
    )


def count(order: Order, trade: Traded) -> str:
    """Count a trade unless it is known; why it cannot be counted, empty when it can."""
    if trade.volume <= 0:
        return "a trade without volume"
    if not trade.sequence:
        return "a trade without a number"
    known = order.trades.get(trade.sequence) or order.busted.get(trade.sequence)
    if known is not None:
        alike = (known.volume, known.price) == (trade.volume, trade.price)
        return "" if alike else "two trades of one number"
    if len(order.trades) >= TRADES_MAX:
        return f"more than {TRADES_MAX} trades"
    order.trades[trade.sequence] = trade
    order.untold.append(trade.sequence)
    return ""


def take_back(order: Order, trade: Traded) -> Traded:
    """The trade counts no more, and never again."""
    order.busted[trade.sequence] = order.trades.pop(trade.sequence)
    if trade.sequence in order.untold:
        order.untold.remove(trade.sequence)
    return trade


def named_by(order: Order, update: Any) -> tuple[Traded | None, str]:
    """The trade that a bust is about, by the exchange's id or by being the only one like it."""
    every = [*order.trades.values(), *order.busted.values()]
    trade_id, price = str(update.exchange_trade_id), price_in(update, "price")
    named = [t for t in every if trade_id and t.trade_id == trade_id]
    if len(named) != 1:
        alike = (update.volume, price)
        named = [t for t in named or every if (t.volume, t.price) == alike]
    if len(named) == 1:
        return named[0], ""
    return None, f"a trade is taken back and {len(named)} are like it"


def compare_sums(order: Order, update: Any, meaning: Meaning) -> tuple[tuple[Traded, ...], str]:
    """Compare an image's count with the trades that are known, and take over what it says.

    A count that fell takes trades back only where the image says that this is what happened; else
    it may be the count of another day, and nobody's fills are touched.
    """
    told = wire.volume(update.total_fill_volume, "total_fill_volume")
    if meaning is Meaning.BUSTED and told < order.counted:
        listed = {trade.sequence_order for trade in update.trades}
        missing = [t for number, t in order.trades.items() if number not in listed]
        if sum(t.volume for t in missing) == order.counted - told:
            order.filled = told
            return tuple(take_back(order, trade) for trade in missing), ""
        return (), f"{order.counted} traded, {told} left after a bust"
    doubt = "" if told == order.counted else f"{order.counted} traded of {told} filled"
    order.filled = max(order.filled, told, order.counted)
    return (), doubt
