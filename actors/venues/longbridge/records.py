"""Rows of the trade side's queries and its pushes as the engine's orders, fills, positions and balances.

An order push and an order row say the same in other words, so both are read into `Seen`. Executions
are the only place where trades have ids: what is filled is told from them alone.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.longbridge.capabilities import CAPABILITIES, REMARK_LENGTH_MAX
from actors.venues.longbridge.fields import (
    amount,
    decimal_or_none,
    positive_or_none,
    rows,
    seconds_ns,
    text,
    text_or_empty,
)
from actors.venues.longbridge.statuses import Status, lifecycle_of, status_of
from actors.venues.longbridge.symbols import id_of, is_symbol, market_of
from engine.errors import RemoteProtocolError
from engine.messages.venue import (
    Fill,
    OrderUpdate,
    UpdateKind,
    VenueBalance,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import Lifecycle, Liquidity, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from engine.session.fillkeys import FillKeyPart
from engine.session.lifewords import kind_of
from engine.session.values import Object, decimal, identifier, malformed, obj, shorten

_SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}
_TYPES: Final[Mapping[str, OrdType]] = {
    "LO": OrdType.LIMIT,
    "ELO": OrdType.LIMIT,
    "ALO": OrdType.LIMIT,
    "ODD": OrdType.LIMIT,
    "SLO": OrdType.LIMIT,
    "MO": OrdType.MARKET,
    "AO": OrdType.MARKET,
    "LIT": OrdType.STOP_LIMIT,
    "TSLPAMT": OrdType.STOP_LIMIT,
    "TSLPPCT": OrdType.STOP_LIMIT,
    "MIT": OrdType.STOP,
    "TSMAMT": OrdType.STOP,
    "TSMPCT": OrdType.STOP,
}
_TIMES: Final = {"Day": TimeInForce.DAY, "GTC": TimeInForce.GTC, "GTD": TimeInForce.GTC}
_CURRENCIES: Final = {"HK": "HKD", "US": "USD", "CN": "CNH", "SG": "SGD"}


class StatusUnknownError(RemoteProtocolError):
    """The venue has a status that it had not when this was written; `name` of the order is known."""


@attrs.frozen(kw_only=True)
class Seen:
    """An order as the venue showed it, by push or by query.

    Attributes:
        client_order_id: from the remark, empty where that is none of ours.
        order_type: the venue's word.
        price: the limit, None where it has none.
        executed: cumulative; `avg_px` is its average price.
        reason: the venue's words on a refusal.
        updated_ns: whole seconds of the venue's clock.
    """

    venue_order_id: str
    client_order_id: str
    symbol: str
    side: Side
    order_type: str
    time_in_force: str
    status: Status
    quantity: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    executed: Decimal
    avg_px: Decimal
    currency: str
    reason: str
    updated_ns: int

    @property
    def lifecycle(self) -> Lifecycle:
        """Where it is in its life."""
        return lifecycle_of(self.status, self.executed)


@attrs.frozen(kw_only=True)
class Execution:
    """A trade of an order; the side stands in newer answers only."""

    venue_order_id: str
    trade_id: str
    symbol: str
    side: Side | None
    quantity: Decimal
    price: Decimal
    ts_ns: int


def client_order_id_in(remark: str) -> str:
    """Our id in a remark; empty for words that cannot be one, which a person wrote elsewhere."""
    ours = remark.isascii() and remark.isalnum() and len(remark) <= REMARK_LENGTH_MAX
    return remark if ours else ""


def symbol_in(row: Object) -> str:
    """The symbol of a row."""
    symbol = text(row, "symbol")
    if not is_symbol(symbol):
        malformed("symbol", "a symbol")
    return symbol


def seen_in_row(row: Object) -> Seen:
    """An order row (8.3), or the part of an order's detail (8.4) that is one."""
    return _seen(row, quantity="quantity", price="price")


def seen_in_push(data: Object) -> Seen:
    """The data of an order push (section 7)."""
    return _seen(data, quantity="submitted_quantity", price="submitted_price")


def _seen(source: Object, *, quantity: str, price: str) -> Seen:
    word = text(source, "status")
    status = status_of(word)
    if status is None:
        raise StatusUnknownError(
            f"the venue sent a status that is not known: {shorten(word, 40)!r}"
        )
    total, executed = amount(source, quantity), amount(source, "executed_quantity")
    submitted_ns = seconds_ns(source, "submitted_at")
    return Seen(
        venue_order_id=identifier(source.get("order_id"), "order_id"),
        client_order_id=client_order_id_in(text_or_empty(source, "remark")),
        symbol=symbol_in(source),
        side=side_in(source),
        order_type=text(source, "order_type"),
        time_in_force=text_or_empty(source, "time_in_force"),
        status=status,
        quantity=total,
        price=positive_or_none(source, price),
        trigger_price=positive_or_none(source, "trigger_price"),
        executed=executed,
        avg_px=positive_or_none(source, "executed_price") or ZERO,
        currency=text_or_empty(source, "currency"),
        reason=shorten(text_or_empty(source, "msg")),
        updated_ns=seconds_ns(source, "updated_at") or submitted_ns,
    )


def side_in(source: Object) -> Side:
    """Buy or sell."""
    side = _SIDES.get(text(source, "side"))
    if side is None:
        malformed("side", "Buy or Sell")
    return side


def order_of(seen: Seen) -> VenueOrder:
    """As a reconciliation tells it."""
    fallback = OrdType.MARKET if seen.price is None else OrdType.LIMIT
    return VenueOrder(
        client_order_id=seen.client_order_id,
        venue_order_id=seen.venue_order_id,
        instrument=id_of(seen.symbol),
        side=seen.side,
        ord_type=_TYPES.get(seen.order_type, fallback),
        time_in_force=_TIMES.get(seen.time_in_force, TimeInForce.DAY),
        quantity=seen.quantity,
        price=seen.price,
        cum_qty=seen.executed,
        avg_px=seen.avg_px,
        lifecycle=seen.lifecycle,
        ts_ns=seen.updated_ns,
    )


def update_of(seen: Seen) -> OrderUpdate:
    """The news in an order that the venue showed; its terms are none while they change."""
    kind, settled = kind_of(seen.lifecycle), not seen.status.changing
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=seen.client_order_id,
        venue_order_id=seen.venue_order_id,
        kind=kind,
        cum_qty=seen.executed,
        price=seen.price if settled else None,
        quantity=seen.quantity if settled else None,
        code="",
        text=seen.reason if kind is not UpdateKind.ACCEPTED else "",
        ts_ns=seen.updated_ns,
    )


# --- executions --------------------------------------------------------------------------------


def executions_in(data: Any) -> list[Execution]:
    """The trades of a page, oldest first; each once."""
    found = [_execution(row) for row in rows(obj(data, "executions").get("trades"), "trades")]
    return sorted(found, key=lambda each: each.ts_ns)


def _execution(row: Object) -> Execution:
    quantity, price = decimal(row, "quantity"), decimal(row, "price")
    if quantity <= 0 or price <= 0:
        malformed("an execution", "above zero")
    return Execution(
        venue_order_id=identifier(row.get("order_id"), "order_id"),
        trade_id=identifier(row.get("trade_id"), "trade_id"),
        symbol=symbol_in(row),
        side=side_in(row) if row.get("side") else None,
        quantity=quantity,
        price=price,
        ts_ns=seconds_ns(row, "trade_done_at"),
    )


def fill_key(venue_order_id: str, trade_id: str) -> str:
    """The key that is declared, from the venue's own words."""
    return CAPABILITIES.fill_key.key(
        {FillKeyPart.ORDER_ID: venue_order_id, FillKeyPart.TRADE_ID: trade_id}
    )


def currency_of(symbol: str) -> str:
    """The currency in which the symbol's market trades, where the venue does not say it."""
    return _CURRENCIES.get(market_of(symbol), "")


def fill_of(execution: Execution, client_order_id: str, side: Side) -> Fill:
    """A trade as news. Fees are told per order only, and not with the trade: see the README."""
    return Fill(
        session="",
        boot=0,
        sequence=0,
        cum_qty=None,
        **_fill_fields(execution, client_order_id, side),
    )


def venue_fill_of(execution: Execution, client_order_id: str, side: Side) -> VenueFill:
    """A trade as a reconciliation tells it."""
    return VenueFill(**_fill_fields(execution, client_order_id, side))


def _fill_fields(execution: Execution, client_order_id: str, side: Side) -> dict[str, Any]:
    return {
        "client_order_id": client_order_id,
        "venue_order_id": execution.venue_order_id,
        "instrument": id_of(execution.symbol),
        "side": side,
        "fill_key": fill_key(execution.venue_order_id, execution.trade_id),
        "trade_id": execution.trade_id,
        "last_qty": execution.quantity,
        "last_px": execution.price,
        "fee": ZERO,
        "fee_currency": currency_of(execution.symbol),
        "liquidity": Liquidity.UNKNOWN,
        "ts_ns": execution.ts_ns,
    }


# --- the account -------------------------------------------------------------------------------


def positions_in(data: Any) -> tuple[VenuePosition, ...]:
    """Net positions over all channels of the account; negative ones are short."""
    quantities: dict[str, Decimal] = {}
    prices: dict[str, Decimal] = {}
    for channel in rows(obj(data, "positions").get("list"), "positions"):
        for row in rows(channel.get("stock_info"), "stock_info"):
            symbol, quantity = symbol_in(row), decimal(row, "quantity")
            quantities[symbol] = quantities.get(symbol, ZERO) + quantity
            if quantity and symbol not in prices:
                prices[symbol] = decimal_or_none(row, "cost_price") or ZERO
    return tuple(
        VenuePosition(instrument=id_of(symbol), quantity=quantity, avg_px=prices[symbol])
        for symbol, quantity in quantities.items()
        if quantity
    )


def balances_in(data: Any) -> tuple[VenueBalance, ...]:
    """Cash by currency; of several accounts in one answer the first that names a currency counts."""
    found: dict[str, VenueBalance] = {}
    for account in rows(obj(data, "balances").get("list"), "balances"):
        for row in rows(account.get("cash_infos"), "cash_infos"):
            currency = text(row, "currency")
            available = decimal(row, "available_cash")
            parts = (decimal_or_none(row, name) for name in ("frozen_cash", "settling_cash"))
            total = available + sum((part or ZERO for part in parts), ZERO)
            balance = VenueBalance(currency=currency, total=total, available=available)
            found.setdefault(currency, balance)
    return tuple(found.values())


@attrs.frozen(kw_only=True)
class MarginRatio:
    """What part of a position's value the venue wants as margin: to open, to keep, before it acts."""

    initial: Decimal
    maintenance: Decimal
    forced: Decimal


def margin_ratio_in(data: Any) -> MarginRatio:
    """The answer to the question for the margin of a symbol."""
    row = obj(data, "margin ratio")
    return MarginRatio(
        initial=amount(row, "im_factor"),
        maintenance=amount(row, "mm_factor"),
        forced=amount(row, "fm_factor"),
    )


def max_quantity_in(data: Any) -> tuple[Decimal, Decimal]:
    """The largest quantity that can be bought: with cash, and with margin. Nothing counts as zero."""
    row = obj(data, "max quantity")
    return amount(row, "cash_max_qty"), amount(row, "margin_max_qty")
