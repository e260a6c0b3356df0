"""Handlers of the signed requests for trigger orders: plan, take-profit and stop-loss, trailing."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.instruments import Contract
from actors.venues.wooxpro.simulator import errors, fields
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.orders import (
    read_leverage,
    read_open_type,
    read_presets,
    read_price,
    read_size,
)
from actors.venues.wooxpro.simulator.positions import is_close
from actors.venues.wooxpro.simulator.rest import Call, Route
from actors.venues.wooxpro.simulator.triggers import (
    DOWN,
    PLAN,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING,
    UP,
    Waiting,
    way_of_exit,
)

CALLBACK_MIN: Final = Decimal("0.1")
CALLBACK_MAX: Final = Decimal(5)
EXITS: Final = (TAKE_PROFIT, STOP_LOSS)


def _contract(call: Call) -> Contract:
    contract = call.venue.private.admission.contract(fields.required(call.fields, "symbol"))
    if call.venue.triggers.full(call.account.name, contract.symbol):
        raise Refusal(errors.TOO_MANY_PLAN_ORDERS)
    return contract


def _price(call: Call, name: str, contract: Contract) -> Decimal:
    price = read_price(call.fields, name, contract)
    if price is None:
        raise Refusal(errors.INVALID_REQUEST, f"{name} is required")
    return price


def _price_type(call: Call, name: str) -> int:
    return fields.number_choice(call.fields, name, range(1, 3), 1, errors.INVALID_REQUEST)


def _side(call: Call, allowed: range = range(1, 5)) -> int:
    return fields.number_choice(call.fields, "side", allowed, None, errors.SIDE_INVALID)


def _wait(call: Call, contract: Contract, **terms: Any) -> Waiting:
    """Build a waiting order from common fields and its own terms, and let it wait."""
    account = call.account
    leverage, open_type = account.leverage(contract.symbol)
    waiting = Waiting(
        order_id=call.venue.triggers.next_id(),
        client_order_id=fields.client_order_id(call.fields),
        account=account.name,
        symbol=contract.symbol,
        leverage=read_leverage(call.fields, contract) or leverage,
        open_type=read_open_type(call.fields) or open_type,
        position_mode=account.mode,
        mode=fields.number_choice(call.fields, "mode", range(1, 5), 1, errors.TYPE_INVALID),
        created_ms=call.now_ms,
        updated_ms=call.now_ms,
        **terms,
    )
    _check_position(call, waiting)
    call.venue.add_waiting(waiting, call.now)
    return waiting


def _check_position(call: Call, waiting: Waiting) -> None:
    if is_close(waiting.side) and not call.account.held(waiting.symbol):
        raise Refusal(errors.POSITION_NOT_FOUND)


def submit_plan_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/submit-plan-order."""
    contract = _contract(call)
    kind = fields.choice(
        call.fields, "type", ("limit", "market", *EXITS), "limit", errors.TYPE_INVALID
    )
    executive = read_price(call.fields, "executive_price", contract)
    if kind == "limit" and executive is None:
        raise Refusal(errors.INVALID_REQUEST, "executive_price is required")
    waiting = _wait(
        call,
        contract,
        kind=kind if kind in EXITS else PLAN,
        side=_side(call),
        size=read_size(call.fields, contract, market=kind == "market"),
        way=fields.number_choice(
            call.fields, "price_way", range(UP, DOWN + 1), None, errors.INVALID_REQUEST
        ),
        trigger_price=_price(call, "trigger_price", contract),
        price_type=_price_type(call, "price_type"),
        executive_price=None if kind == "market" else executive,
        plan_category=fields.integer(call.fields, "plan_category", default=0),
    )
    return {"order_id": waiting.order_id}


def submit_tp_sl_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/submit-tp-sl-order; without a size it closes the whole position."""
    contract = _contract(call)
    kind = fields.choice(call.fields, "type", EXITS, "", errors.TYPE_INVALID)
    side = _side(call, range(2, 4))
    category = fields.choice(
        call.fields, "category", ("limit", "market"), "market", errors.TYPE_INVALID
    )
    limit = category == "limit"
    has_size = fields.text(call.fields, "size")
    waiting = _wait(
        call,
        contract,
        kind=kind,
        side=side,
        size=read_size(call.fields, contract, market=False) if has_size else 0,
        way=way_of_exit(kind, side),
        trigger_price=_price(call, "trigger_price", contract),
        price_type=_price_type(call, "price_type"),
        executive_price=_price(call, "executive_price", contract) if limit else None,
        plan_category=fields.integer(call.fields, "plan_category", default=2),
    )
    return {"order_id": str(waiting.order_id), "client_order_id": waiting.client_order_id}


def submit_trail_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/submit-trail-order; callback_rate 1 is one per cent."""
    contract = _contract(call)
    rate = fields.decimal(call.fields, "callback_rate", errors.RANGE_INVALID)
    if rate is None or not CALLBACK_MIN <= rate <= CALLBACK_MAX:
        raise Refusal(errors.RANGE_INVALID, "callback_rate is 0.1 to 5")
    waiting = _wait(
        call,
        contract,
        kind=TRAILING,
        side=_side(call),
        size=read_size(call.fields, contract, market=True),
        way=UP,
        trigger_price=_price(call, "activation_price", contract),
        price_type=_price_type(call, "activation_price_type"),
        executive_price=None,
        callback_rate=rate / 100,
    )
    return {"order_id": waiting.order_id}


def _find(call: Call) -> Waiting:
    """The waiting order that the request names; 40037 or 40035 when there is none."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    order_id = fields.order_id(call.fields)
    client_id = fields.text(call.fields, "client_order_id")
    found = call.venue.triggers.find(call.account.name, order_id, client_id)
    if found is None or found.symbol != symbol:
        raise Refusal(errors.ORDER_ID_NOT_FOUND if order_id else errors.ORDER_NOT_FOUND)
    return found


def _cancel(call: Call, *, trailing: bool) -> dict[str, Any]:
    """Cancel the named waiting order, or all of the contract when none is named."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    if fields.text(call.fields, "order_id") or fields.text(call.fields, "client_order_id"):
        chosen = [_find(call)]
    else:
        waiting = call.venue.triggers.waiting(call.account.name, symbol)
        chosen = [each for each in waiting if (each.kind == TRAILING) == trailing]
    for each in chosen:
        call.venue.drop_waiting(each, call.now)
    return {}


def cancel_plan_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/cancel-plan-order."""
    return _cancel(call, trailing=False)


def cancel_trail_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/cancel-trail-order."""
    return _cancel(call, trailing=True)


def _modify(call: Call) -> dict[str, Any]:
    """Give the named waiting order new trigger terms."""
    waiting = _find(call)
    contract = call.venue.private.admission.contract(waiting.symbol)
    trigger = read_price(call.fields, "trigger_price", contract)
    executive = read_price(call.fields, "executive_price", contract)
    waiting.trigger_price = trigger or waiting.trigger_price
    waiting.executive_price = executive or waiting.executive_price
    if fields.text(call.fields, "price_type"):
        waiting.price_type = _price_type(call, "price_type")
    waiting.updated_ms = call.now_ms
    call.venue.show_waiting(waiting, call.now)
    return {"order_id": str(waiting.order_id)}


def modify_tp_sl_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/modify-tp-sl-order."""
    return _modify(call)


def modify_plan_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/modify-plan-order."""
    return _modify(call)


def modify_preset_plan_order(call: Call) -> dict[str, Any]:
    """POST /contract/private/modify-preset-plan-order: the presets of an order that still works."""
    order_id = fields.order_id(call.fields)
    order = None
    if order_id is not None:
        order = call.venue.exchange.order(call.account.name, order_id=order_id)
    if order is None or not order.leaves:
        raise Refusal(errors.ORDER_ID_NOT_FOUND)
    contract = call.venue.private.admission.contract(order.symbol)
    call.venue.change_presets(order, read_presets(call.fields, contract), call.now)
    return {"order_id": str(order.order_id)}


ROUTES: Final = (
    Route("POST", "/contract/private/submit-plan-order", "signed", submit_plan_order),
    Route("POST", "/contract/private/cancel-plan-order", "signed", cancel_plan_order),
    Route("POST", "/contract/private/modify-plan-order", "signed", modify_plan_order),
    Route("POST", "/contract/private/submit-tp-sl-order", "signed", submit_tp_sl_order),
    Route("POST", "/contract/private/modify-tp-sl-order", "signed", modify_tp_sl_order),
    Route("POST", "/contract/private/modify-preset-plan-order", "signed", modify_preset_plan_order),
    Route("POST", "/contract/private/submit-trail-order", "signed", submit_trail_order),
    Route("POST", "/contract/private/cancel-trail-order", "signed", cancel_trail_order),
)
