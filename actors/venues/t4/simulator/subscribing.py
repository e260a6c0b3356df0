"""Handlers of market data subscriptions and of requests for a token: messages 3, 100 and 101."""

from typing import Any, Final

from actors.venues.t4.simulator import messages
from actors.venues.t4.simulator.calls import Call, Handler
from actors.venues.t4.simulator.codes import (
    DepthBuffer,
    DepthLevels,
    MarketDataType,
    MarketMode,
)
from actors.venues.t4.simulator.faults import FaultKind, enumerated
from actors.venues.t4.simulator.states import MarketState
from actors.venues.t4.simulator.subscriptions import Terms
from engine.simulator.moment import NS


def depth(call: Call, request: Any) -> None:
    """A depth subscription, its change, or its end."""
    venue, session, market_id = call.venue, call.session, request.market_id
    buffer, levels = _buffer(request.buffer), _levels(request.depth_levels)
    if buffer is DepthBuffer.NO_SUBSCRIPTION:
        venue.subscriptions.leave(session, market_id)
        return
    state = venue.market.states.get(market_id)
    allowed = venue.allowed(request.exchange_id)
    refused = _refusal(call, request, "depth")
    if state is None or refused is not None or buffer is None or levels is None:
        reason = MarketMode.REJECTED if refused is None else refused
        _reject(call, "market_depth_subscribe_reject", market_id, reason)
        return
    if MarketDataType.DEPTH not in allowed:
        levels = DepthLevels.BEST_ONLY
    venue.tell_details(session, state, call.now)
    terms = Terms(buffer, levels, session.price_format, _late_ns(call, state, allowed))
    venue.subscriptions.subscribe(session, state, terms, call.now)
    venue.release(f"{market_id}/depth", call.now)


def by_order(call: Call, request: Any) -> None:
    """A subscription of a market by order, or its end."""
    venue, session, market_id = call.venue, call.session, request.market_id
    if not request.subscribe:
        venue.subscriptions.leave_mbo(session, market_id)
        return
    state = venue.market.states.get(market_id)
    refused = _refusal(call, request, "mbo")
    if refused is None:
        allowed = venue.allowed(request.exchange_id)
        if MarketDataType.DEPTH not in allowed or MarketDataType.DELAYED in allowed:
            refused = MarketMode.NO_PERMISSION
    if state is None or refused is not None:
        _reject(call, "market_by_order_subscribe_reject", market_id, refused or 0)
        return
    venue.tell_details(session, state, call.now)
    venue.subscriptions.subscribe_mbo(session, state, call.now)
    venue.release(f"{market_id}/mbo", call.now)


def token(call: Call, request: Any) -> None:
    """A request for an authentication token."""
    venue, user = call.venue, call.session.user
    if venue.faults.take((FaultKind.NO_TOKEN_ANSWER,), user.username):
        return
    fault = venue.faults.take((FaultKind.REFUSE_TOKEN,), user.username)
    if fault is not None:
        answer = messages.AuthenticationToken(
            request_id=request.request_id, fail_message=fault.text_value("not allowed")
        )
    else:
        answer = venue.token_message(call.session, call.now, request.request_id)
    call.answer("authentication_token", answer)


def _refusal(call: Call, request: Any, word: str) -> MarketMode | None:
    """Why a subscription is refused, None when it is not."""
    venue, market_id = call.venue, request.market_id
    fault = venue.faults.take((FaultKind.REJECT_SUBSCRIPTION,), f"{market_id}/{word}")
    if fault is not None:
        return MarketMode(enumerated(fault, MarketMode.UNAVAILABLE))
    state = venue.market.states.get(market_id)
    if state is None:
        return MarketMode.UNAVAILABLE
    listing = state.listing
    if (listing.exchange_id, listing.contract_id) != (request.exchange_id, request.contract_id):
        return MarketMode.UNAVAILABLE
    if not venue.allowed(listing.exchange_id):
        return MarketMode.NO_PERMISSION
    return MarketMode.EXPIRED if listing.expired else None


def _late_ns(call: Call, state: MarketState, allowed: MarketDataType) -> int:
    venue = call.venue
    fault = venue.faults.take((FaultKind.DELAYED_DATA,), state.market_id)
    if fault is not None:
        return int(fault.number_value(venue.settings.delay_s) * NS) or 1
    return max(1, int(venue.settings.delay_s * NS)) if MarketDataType.DELAYED in allowed else 0


def _reject(call: Call, name: str, market_id: str, mode: int) -> None:
    kind = (
        messages.MarketDepthSubscribeReject
        if name == "market_depth_subscribe_reject"
        else messages.MarketByOrderSubscribeReject
    )
    at = messages.timestamp(call.venue.time_ns(call.now))
    call.answer(name, kind(market_id=market_id, time=at, mode=mode))


def _buffer(number: int) -> DepthBuffer | None:
    try:
        return DepthBuffer(number)
    except ValueError:
        return None


def _levels(number: int) -> DepthLevels | None:
    """The levels; none named are the normal ones."""
    try:
        return DepthLevels(number) or DepthLevels.NORMAL
    except ValueError:
        return None


HANDLERS: Final[dict[str, Handler]] = {
    "authentication_token_request": token,
    "market_depth_subscribe": depth,
    "market_by_order_subscribe": by_order,
}
