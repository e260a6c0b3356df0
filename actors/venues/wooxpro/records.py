"""Rows of the private queries as the engine's orders, fills, positions and balances.

Times are milliseconds here although the queries that return them take seconds. An order row does not
say its time in force; a trade row names neither the client order id nor the fee's currency.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from actors.venues.wooxpro.account import Terms, side_of
from actors.venues.wooxpro.capabilities import CAPABILITIES
from actors.venues.wooxpro.symbols import id_of, is_symbol
from actors.venues.wooxpro.wire import decimal_or_none, millis_ns, text, text_or_empty
from engine.messages.venue import VenueBalance, VenueFill, VenueOrder, VenuePosition
from engine.model.enums import Lifecycle, Liquidity, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from engine.session.fillkeys import FillKeyPart
from engine.session.values import Object, decimal, identifier, malformed, whole

STATE_APPROVAL: Final = 1
STATE_WORKING: Final = 2
STATE_FINISHED: Final = 4

_TYPES: Final[Mapping[str, OrdType]] = {
    "limit": OrdType.LIMIT,
    "market": OrdType.MARKET,
    "liquidate": OrdType.MARKET,
    "bankruptcy": OrdType.MARKET,
    "adl": OrdType.MARKET,
    "trailing": OrdType.STOP,
    "trailing_order": OrdType.STOP,
    "planorder": OrdType.STOP,
    "plan_order": OrdType.STOP,
    "take_profit": OrdType.STOP,
    "stop_loss": OrdType.STOP,
}
_LIQUIDITY: Final = {"maker": Liquidity.MAKER, "taker": Liquidity.TAKER}
_NO_PRICE: Final = (None, "", "-", "market price")

CurrencyOf = Callable[[str], str]
"""The currency in which a symbol's fees are paid."""


def symbol_in(row: Object) -> str:
    """The symbol of a row."""
    symbol = text(row, "symbol")
    if not is_symbol(symbol):
        malformed("symbol", "a symbol")
    return symbol


def side_code_in(row: Object) -> int:
    """The side number of a row."""
    code = whole(row.get("side"), "side")
    if not 1 <= code <= 4:
        malformed("side", "a number from 1 to 4")
    return code


def price_in(row: Object) -> Decimal | None:
    """The limit price; None where the venue has none to show."""
    if row.get("price") in _NO_PRICE:
        return None
    return decimal(row, "price") or None


def lifecycle_of(state: int, filled: Decimal, size: Decimal) -> Lifecycle:
    """From the venue's state and what is filled; never from the event's name alone."""
    if state == STATE_FINISHED:
        return Lifecycle.FILLED if filled >= size else Lifecycle.CANCELLED
    if state not in (STATE_APPROVAL, STATE_WORKING):
        malformed("state", "1, 2 or 4")
    return Lifecycle.PARTLY_FILLED if filled else Lifecycle.OPEN


def order_of(row: Object) -> VenueOrder:
    """An order object of REST (section 6.4)."""
    size, filled = decimal(row, "size"), decimal_or_none(row, "deal_size") or ZERO
    price = price_in(row)
    fallback = OrdType.MARKET if price is None else OrdType.LIMIT
    stamp = row.get("update_time") or row.get("create_time")
    return VenueOrder(
        client_order_id=text_or_empty(row, "client_order_id"),
        venue_order_id=identifier(row.get("order_id"), "order_id"),
        instrument=id_of(symbol_in(row)),
        side=side_of(side_code_in(row)),
        ord_type=_TYPES.get(text(row, "type"), fallback),
        time_in_force=TimeInForce.GTC,
        quantity=size,
        price=price,
        cum_qty=filled,
        avg_px=decimal_or_none(row, "deal_avg_price") or ZERO,
        lifecycle=lifecycle_of(whole(row.get("state"), "state"), filled, size),
        ts_ns=millis_ns(stamp, "update_time"),
    )


def fill_key(symbol: str, trade_id: str, side: Side) -> str:
    """The key that is declared, from the venue's own words."""
    part = FillKeyPart
    return CAPABILITIES.fill_key.key(
        {part.INSTRUMENT: symbol, part.TRADE_ID: trade_id, part.SIDE: side}
    )


def fill_of(row: Object, client_ids: Mapping[str, str], currency_of: CurrencyOf) -> VenueFill:
    """A trade row of REST; a fee that was paid is positive there."""
    symbol = symbol_in(row)
    side = side_of(side_code_in(row))
    trade_id = identifier(row.get("trade_id"), "trade_id")
    order_id = identifier(row.get("order_id"), "order_id")
    quantity, price = decimal(row, "vol"), decimal(row, "price")
    if quantity <= 0 or price <= 0:
        malformed("vol or price", "above zero")
    return VenueFill(
        client_order_id=client_ids.get(order_id, ""),
        venue_order_id=order_id,
        instrument=id_of(symbol),
        side=side,
        fill_key=fill_key(symbol, trade_id, side),
        trade_id=trade_id,
        last_qty=quantity,
        last_px=price,
        fee=decimal_or_none(row, "paid_fees") or ZERO,
        fee_currency=currency_of(symbol),
        liquidity=_LIQUIDITY.get(text_or_empty(row, "exec_type").lower(), Liquidity.UNKNOWN),
        ts_ns=millis_ns(row.get("create_time"), "create_time"),
    )


def positions_of(rows: Iterable[Object]) -> tuple[VenuePosition, ...]:
    """Net positions: long less short where both stand; the price is the larger leg's."""
    legs: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for row in rows:
        amount = _signed_amount(row)
        if amount:
            entry = decimal_or_none(row, "entry_price") or decimal_or_none(row, "open_avg_price")
            legs.setdefault(symbol_in(row), []).append((amount, entry or ZERO))
    return tuple(
        VenuePosition(
            instrument=id_of(symbol),
            quantity=sum((amount for amount, _ in parts), ZERO),
            avg_px=max(parts, key=lambda part: abs(part[0]))[1],
        )
        for symbol, parts in legs.items()
    )


def _signed_amount(row: Object) -> Decimal:
    """`position_amount` is signed in one-way mode; in hedge mode the side says long or short."""
    value = decimal_or_none(row, "position_amount")
    amount = decimal(row, "current_amount") if value is None else value
    word = text_or_empty(row, "position_side").lower()
    if not amount:
        return ZERO
    if word in ("long", "short"):
        return abs(amount) if word == "long" else -abs(amount)
    kind = row.get("position_type")
    if word != "both":  # the older query has no side, only the type
        if kind not in (1, 2):
            malformed("position_type", "1 or 2")
        return abs(amount) if kind == 1 else -abs(amount)
    if amount > 0 and kind == 2:
        malformed("position_amount", "signed like its position_type")
    return amount


def terms_of(rows: Iterable[Object]) -> dict[str, Terms]:
    """Leverage and open type of each open position, by symbol."""
    terms = {}
    for row in rows:
        if not _signed_amount(row):
            continue
        word = text_or_empty(row, "open_type") or text_or_empty(row, "margin_type")
        leverage = identifier(row.get("leverage"), "leverage")
        terms[symbol_in(row)] = Terms(leverage, word.lower() or "cross")
    return terms


def balance_of(row: Object) -> VenueBalance:
    """An asset row: cash is the equity without what open positions would gain or lose."""
    available = decimal(row, "available_balance")
    equity = decimal_or_none(row, "equity")
    if equity is None:
        parts = (decimal_or_none(row, name) for name in ("frozen_balance", "position_deposit"))
        total = available + sum((part or ZERO for part in parts), ZERO)
    else:
        total = equity - (decimal_or_none(row, "unrealized") or ZERO)
    return VenueBalance(currency=text(row, "currency"), total=total, available=available)
