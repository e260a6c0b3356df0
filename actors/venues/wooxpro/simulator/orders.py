"""Orders in the venue's words: reading an order ticket, and printing orders for pushes and answers.

The exchange core knows sides, prices and quantities; what only this venue knows of an order (side
code, leverage, margin type, trigger order) travels as its tag, `Terms`.
"""

from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.wooxpro.instruments import Contract
from actors.venues.wooxpro.simulator import errors, fields
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.fields import Fields
from actors.venues.wooxpro.simulator.positions import PositionMode, TradeRow, is_buy
from engine.exchange.model import (
    NewOrder,
    Order,
    OrderKind,
    OrderStatus,
    SelfTrade,
    Side,
    TimeInForce,
)
from engine.simulator.jsontext import plain

STATE_APPROVAL: Final = 1
STATE_WORKING: Final = 2
STATE_FINISHED: Final = 4

ACTION_DEAL: Final = 1
ACTION_SUBMIT: Final = 2
ACTION_CANCEL: Final = 3

_TIMES: Final = {
    1: TimeInForce.GTC,
    2: TimeInForce.FOK,
    3: TimeInForce.IOC,
    4: TimeInForce.POST_ONLY,
}
_SELF_TRADE: Final = {
    1: SelfTrade.CANCEL_MAKER,
    2: SelfTrade.CANCEL_TAKER,
    3: SelfTrade.CANCEL_BOTH,
}
MAKER_ONLY: Final = 4


@attrs.frozen(kw_only=True)
class Preset:
    """Take-profit or stop-loss that an opening order brings along."""

    kind: str
    price: Decimal
    price_type: int


@attrs.frozen(kw_only=True)
class Terms:
    """What the venue knows of an order beyond the exchange core; the tag of its `Order`."""

    side: int
    type: str
    leverage: Decimal
    open_type: str
    position_mode: PositionMode
    plan_order_id: str = ""
    presets: tuple[Preset, ...] = ()


@attrs.frozen(kw_only=True)
class Ticket:
    """One request for an order, read and checked as far as that needs no account."""

    contract: Contract
    side: int
    type: str
    size: int
    price: Decimal | None
    mode: int
    leverage: Decimal | None
    open_type: str
    client_order_id: str
    stp_mode: int
    presets: tuple[Preset, ...] = ()
    plan_order_id: str = ""

    def new_order(self, account: str, terms: Terms) -> NewOrder:
        """The same for the exchange core; reducing is checked by the venue, not there."""
        return NewOrder(
            account=account,
            symbol=self.contract.symbol,
            side=Side.BUY if is_buy(self.side) else Side.SELL,
            kind=OrderKind.MARKET if self.type == "market" else OrderKind.LIMIT,
            quantity=Decimal(self.size),
            price=self.price,
            time_in_force=TimeInForce.GTC if self.type == "market" else _TIMES[self.mode],
            client_order_id=self.client_order_id or None,
            self_trade=_SELF_TRADE[self.stp_mode],
            tag=terms,
        )


def read_size(body: Fields, contract: Contract, *, market: bool) -> int:
    """Whole contracts within the contract's limits."""
    value = fields.decimal(body, "size", errors.RANGE_INVALID)
    if value is None:
        raise Refusal(errors.INVALID_REQUEST, "size is required")
    if value % 1:
        raise Refusal(errors.PRECISION_INVALID, "size")
    if not 1 <= value <= (contract.market_max_volume if market else contract.max_volume):
        raise Refusal(errors.RANGE_INVALID, "size")
    return int(value)


def read_price(body: Fields, name: str, contract: Contract) -> Decimal | None:
    """A price on the tick grid, None when absent."""
    value = fields.decimal(body, name, errors.RANGE_INVALID)
    if value is None:
        return None
    if not value:
        raise Refusal(errors.RANGE_INVALID, name)
    if value % contract.price_increment:
        raise Refusal(errors.PRECISION_INVALID, name)
    return value


def read_leverage(body: Fields, contract: Contract) -> Decimal | None:
    """The leverage within the contract's limits, None when absent."""
    value = fields.decimal(body, "leverage", errors.LEVERAGE_INVALID)
    if value is None:
        return None
    if value < 1:
        raise Refusal(errors.LEVERAGE_TOO_SMALL)
    if value > contract.max_leverage:
        raise Refusal(errors.LEVERAGE_TOO_LARGE)
    return value


def read_open_type(body: Fields) -> str:
    """`cross` or `isolated`, "" when absent."""
    return fields.choice(body, "open_type", ("", "cross", "isolated"), "", errors.OPEN_TYPE_INVALID)


def read_ticket(body: Fields, contract: Contract) -> Ticket:
    """The order a submit-order body asks for; Refusal with the venue's code when it is wrong."""
    side = fields.number_choice(body, "side", range(1, 5), None, errors.SIDE_INVALID)
    kind = fields.choice(body, "type", ("limit", "market"), "limit", errors.TYPE_INVALID)
    market = kind == "market"
    price = None if market else read_price(body, "price", contract)
    if price is None and not market:
        raise Refusal(errors.INVALID_REQUEST, "price is required")
    return Ticket(
        contract=contract,
        side=side,
        type=kind,
        size=read_size(body, contract, market=market),
        price=price,
        mode=fields.number_choice(body, "mode", range(1, 5), 1, errors.TYPE_INVALID),
        leverage=read_leverage(body, contract),
        open_type=read_open_type(body),
        client_order_id=fields.client_order_id(body),
        stp_mode=fields.number_choice(body, "stp_mode", range(1, 4), 1, errors.INVALID_REQUEST),
        presets=read_presets(body, contract),
    )


def read_presets(body: Fields, contract: Contract) -> tuple[Preset, ...]:
    """Take-profit and stop-loss that come with an order."""
    found = []
    for kind in ("take_profit", "stop_loss"):
        price = read_price(body, f"preset_{kind}_price", contract)
        if price is not None:
            price_type = fields.number_choice(
                body, f"preset_{kind}_price_type", range(1, 3), 1, errors.INVALID_REQUEST
            )
            found.append(Preset(kind=kind, price=price, price_type=price_type))
    return tuple(found)


# --- printing -----------------------------------------------------------------------------


def average(price: Decimal) -> str:
    """An average price, to eight places at most."""
    return plain(round(price, 8))


def state_of(order: Order) -> int:
    """The venue's state number."""
    return STATE_WORKING if order.status is OrderStatus.WORKING else STATE_FINISHED


def price_of(order: Order) -> str:
    """The limit price, "0" for market orders."""
    return "0" if order.price is None else format(order.price, "f")


def last_trade(row: TradeRow, currency: str) -> dict[str, Any]:
    """The fill inside an order push; a paid fee is shown negative."""
    return {
        "lastTradeID": row.trade_id,
        "fillQty": plain(row.volume),
        "fillPrice": format(row.price, "f"),
        "fee": plain(-row.fee),
        "feeCcy": currency,
    }


def order_entry(
    action: int, order: Order, trade: dict[str, Any] | None = None, state: int | None = None
) -> dict[str, Any]:
    """One `{action, order}` of the order channel."""
    terms: Terms = order.tag
    return {
        "action": action,
        "order": {
            "order_id": str(order.order_id),
            "client_order_id": order.client_order_id or "",
            "price": price_of(order),
            "size": plain(order.quantity),
            "symbol": order.symbol,
            "state": state_of(order) if state is None else state,
            "side": terms.side,
            "type": terms.type,
            "leverage": plain(terms.leverage),
            "open_type": terms.open_type,
            "deal_avg_price": average(order.average_price),
            "deal_size": plain(order.cumulative),
            "create_time": order.created_ns // 1_000_000,
            "update_time": order.updated_ns // 1_000_000,
            "plan_order_id": terms.plan_order_id,
            "last_trade": trade,
            "trigger_price": "-",
            "trigger_price_type": "-",
            "execution_price": "-",
            "activation_price_type": "-",
            "activation_price": "-",
            "callback_rate": "-",
            "position_mode": terms.position_mode,
        },
    }


def order_row(order: Order) -> dict[str, Any]:
    """The order object of REST answers."""
    terms: Terms = order.tag
    row: dict[str, Any] = {
        "order_id": str(order.order_id),
        "client_order_id": order.client_order_id or "",
        "price": price_of(order),
        "size": plain(order.quantity),
        "symbol": order.symbol,
        "state": state_of(order),
        "side": terms.side,
        "type": terms.type,
        "position_mode": terms.position_mode,
        "account": "futures",
        "leverage": plain(terms.leverage),
        "open_type": terms.open_type,
        "deal_avg_price": average(order.average_price),
        "deal_size": plain(order.cumulative),
        "create_time": order.created_ns // 1_000_000,
        "update_time": order.updated_ns // 1_000_000,
        "executive_order_id": terms.plan_order_id,
    }
    for preset in terms.presets:
        row[f"preset_{preset.kind}_price"] = format(preset.price, "f")
        row[f"preset_{preset.kind}_price_type"] = preset.price_type
    return row
