"""Handlers of the signed requests that place, change and cancel orders."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.simulator import errors, fields
from actors.venues.wooxpro.simulator.admission import CODES
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.faults import FaultKind
from actors.venues.wooxpro.simulator.orders import (
    Ticket,
    read_leverage,
    read_open_type,
    read_price,
    read_size,
    read_ticket,
)
from actors.venues.wooxpro.simulator.positions import OpenType
from actors.venues.wooxpro.simulator.rest import Call, Route
from engine.exchange.events import Event, OrderRefused
from engine.exchange.model import Order
from engine.simulator.moment import NS

TIMEOUT_S_MIN: Final = 5


def submit_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/submit-order."""
    contract = call.venue.private.admission.contract(fields.required(call.fields, "symbol"))
    ticket = read_ticket(call.fields, contract)
    call.venue.testimony.order(ticket, call.now)
    try:
        order, events = _place(call, ticket)
    except Refusal as refusal:
        call.venue.testimony.refused(ticket, call.now, refusal.code)
        raise
    call.venue.publish(events, call.now)
    price = "market price" if ticket.price is None else fields.text(call.fields, "price")
    return {"order_id": order.order_id, "price": price}


def _place(call: Call, ticket: Ticket) -> tuple[Order, list[Event]]:
    fault = call.venue.faults.take((FaultKind.REJECT_ORDER,), ticket.contract.symbol)
    if fault is not None:
        raise Refusal(int(fault.number_value(errors.SYSTEM_ERROR)))
    return call.venue.place(call.account, ticket, call.now)


def _open_order(call: Call, word: str) -> Order:
    """The open order that the request names; 40037 for an unknown id, 40035 otherwise."""
    order_id, client_id = fields.order_id(call.fields), fields.text(call.fields, "client_order_id")
    call.venue.testimony.asked(word, call.now, client_id, str(order_id or ""))
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    order = call.venue.exchange.order(
        call.account.name, order_id=order_id, client_order_id=client_id or None
    )
    if order is None or order.symbol != symbol:
        raise Refusal(errors.ORDER_ID_NOT_FOUND if order_id else errors.ORDER_NOT_FOUND)
    if not order.leaves:
        raise Refusal(errors.ORDER_NOT_FOUND)
    return order


def cancel_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/cancel-order; without any id it cancels all orders of the symbol."""
    if not fields.text(call.fields, "order_id") and not fields.text(call.fields, "client_order_id"):
        return cancel_orders(call)
    order = _open_order(call, "cancel")
    events = call.venue.exchange.cancel(
        call.account.name, call.venue.market.time_ns(call.now), order_id=order.order_id
    )
    call.venue.publish(events, call.now)
    return {}


def cancel_orders(call: Call) -> dict[str, Any]:
    """POST /contract/private/cancel-orders."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    events = call.venue.exchange.cancel_all(
        call.account.name, call.venue.market.time_ns(call.now), symbol=symbol
    )
    call.venue.publish(events, call.now)
    return {}


def cancel_all_after(call: Call) -> dict[str, Any]:
    """POST /contract/private/cancel-all-after: the dead-man timer of one contract; 0 ends it."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    timeout_s = fields.integer(call.fields, "timeout", code=errors.RANGE_INVALID)
    if 0 < timeout_s < TIMEOUT_S_MIN:
        raise Refusal(errors.RANGE_INVALID, f"timeout is 0 or at least {TIMEOUT_S_MIN}")
    due_ns = call.now.mono_ns + timeout_s * NS if timeout_s else None
    call.venue.private.set_timer(call.account.name, symbol, due_ns)
    set_s = call.now.wall_ns // NS
    return {"result": True, "set_time": set_s, "cancel_time": set_s + timeout_s if timeout_s else 0}


def modify_limit_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/modify-limit-order: new price, new total size, or both."""
    order = _open_order(call, "replace")
    contract = call.venue.private.admission.contract(order.symbol)
    price = read_price(call.fields, "price", contract)
    wants_size = fields.text(call.fields, "size")
    size = read_size(call.fields, contract, market=False) if wants_size else None
    if price is None and size is None:
        raise Refusal(errors.INVALID_REQUEST, "price or size is required")
    call.venue.private.admission.admit_change(call.account, order, price, size)
    events = call.venue.exchange.modify(
        call.account.name,
        call.venue.market.time_ns(call.now),
        order_id=order.order_id,
        price=price,
        quantity=None if size is None else Decimal(size),
    )
    _refuse(events)
    call.venue.publish(events, call.now)
    return {"order_id": order.order_id, "client_order_id": order.client_order_id or ""}


def _refuse(events: list[Event]) -> None:
    if events and isinstance(events[0], OrderRefused):
        raise Refusal(CODES[events[0].reason], events[0].text)


def submit_leverage(call: Call) -> dict[str, Any]:
    """POST /contract/private/submit-leverage; refused while it would change an open position."""
    contract = call.venue.private.admission.contract(fields.required(call.fields, "symbol"))
    account = call.account
    leverage, open_type = account.leverage(contract.symbol)
    wanted = read_leverage(call.fields, contract) or leverage
    named = read_open_type(call.fields)
    if not named:
        raise Refusal(errors.OPEN_TYPE_INVALID)
    wanted_type: OpenType = "isolated" if named == "isolated" else "cross"
    held = account.held(contract.symbol)
    if held and wanted_type != open_type:
        raise Refusal(errors.SYSTEM_ERROR)
    account.terms[contract.symbol] = (wanted, wanted_type)
    for position in held:
        position.leverage = wanted
    return {
        "symbol": contract.symbol,
        "leverage": format(wanted, "f"),
        "open_type": wanted_type,
        "max_value": str(contract.max_leverage),
    }


def set_position_mode(call: Call) -> dict[str, Any]:
    """POST /contract/private/set-position-mode; refused with open positions or orders."""
    account = call.account
    mode = fields.choice(
        call.fields, "position_mode", ("hedge_mode", "one_way_mode"), "", errors.INVALID_REQUEST
    )
    if account.positions or call.venue.exchange.open_orders(account.name):
        raise Refusal(errors.MODE_SWITCH_REFUSED)
    account.mode = "one_way_mode" if mode == "one_way_mode" else "hedge_mode"
    return {"position_mode": account.mode}


ROUTES: Final = (
    Route("POST", "/contract/private/submit-order", "signed", submit_order),
    Route("POST", "/contract/private/cancel-order", "signed", cancel_order),
    Route("POST", "/contract/private/cancel-orders", "signed", cancel_orders),
    Route("POST", "/contract/private/cancel-all-after", "signed", cancel_all_after),
    Route("POST", "/contract/private/modify-limit-order", "signed", modify_limit_order),
    Route("POST", "/contract/private/submit-leverage", "signed", submit_leverage),
    Route("POST", "/contract/private/set-position-mode", "signed", set_position_mode),
)
