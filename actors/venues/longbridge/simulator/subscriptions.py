"""Handlers of the commands that subscribe: securities on the quote gateway, topics on the other."""

from typing import Any, Final

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.hub import SubType

SYMBOLS_MAX: Final = 500
"""Symbols in one request."""
TOPICS_MAX: Final = 100
LOGGED_MAX: Final = 20
LOGGED_CHARS_MAX: Final = 40
"""Names of one request that the log keeps, so that its memory is bounded."""


def known(call: Call, symbols: Any) -> list[str]:
    """The listed ones of the symbols asked for, each once; Refusal when there are too many or none."""
    if len(symbols) > SYMBOLS_MAX:
        raise errors.TOO_MANY
    found = [each for each in dict.fromkeys(symbols) if each in call.venue.market.states]
    if symbols and not found:
        raise errors.SYMBOL
    return found


def _logged(names: list[str]) -> list[str]:
    return [name[:LOGGED_CHARS_MAX] for name in names[:LOGGED_MAX]]


def _types(numbers: Any) -> list[SubType]:
    try:
        return [SubType(number) for number in dict.fromkeys(numbers)]
    except ValueError:
        raise errors.PARAMETERS from None


def _shown(table: dict[str, Any]) -> Any:
    return bodies.SubscriptionResponse(
        sub_list=[
            bodies.SubTypeList(symbol=symbol, sub_type=sorted(kinds))
            for symbol, kinds in table.items()
        ]
    )


def subscription(call: Call, _: Any) -> Any:
    """Command 5: what this connection is subscribed to."""
    return _shown(dict(call.venue.hub.subscribed(call.sink)))


def subscribe(call: Call, request: Any) -> Any:
    """Command 6: add types; answers what this request subscribed."""
    symbols, kinds = known(call, request.symbol), _types(request.sub_type)
    if not symbols or not kinds:
        raise errors.PARAMETERS
    hub = call.venue.hub
    if len(hub.symbols_of(call.account) | set(symbols)) > call.venue.settings.subscription_limit:
        raise errors.TOO_MANY_SUBSCRIPTIONS
    hub.subscribe(call.sink, symbols, kinds)
    call.venue.market.feeds.start(call.now)
    if request.is_first_push:
        call.first.update(dict.fromkeys(symbols, tuple(kinds)))
    call.venue.log.append(
        "subscribe",
        call.now,
        account=call.account,
        symbols=_logged(symbols),
        types=[*map(int, kinds)],
    )
    return _shown(dict.fromkeys(symbols, kinds))


def unsubscribe(call: Call, request: Any) -> Any:
    """Command 7: take types off, all of them with `unsub_all`, everything when no symbol is named."""
    if len(request.symbol) > SYMBOLS_MAX:
        raise errors.TOO_MANY
    hub = call.venue.hub
    symbols = list(request.symbol)
    if request.unsub_all:
        hub.unsubscribe(call.sink, symbols or list(hub.subscribed(call.sink)))
    else:
        hub.unsubscribe(call.sink, symbols, _types(request.sub_type))
    call.venue.log.append("unsubscribe", call.now, account=call.account, symbols=_logged(symbols))
    return bodies.UnsubscribeResponse()


def sub(call: Call, request: Any) -> Any:
    """Command 16 of the trade gateway."""
    topics = _topics(request)
    call.venue.market.feeds.start(call.now)
    joined = [topic for topic in topics if call.venue.hub.join(call.sink, topic)]
    failed = [topic for topic in topics if topic not in joined]
    call.venue.log.append("subscribe", call.now, account=call.account, topics=_logged(joined))
    return bodies.SubResponse(
        success=joined,
        fail=[bodies.SubFail(topic=topic, reason="topic not found") for topic in failed],
        current=call.venue.hub.topics_of(call.sink),
    )


def unsub(call: Call, request: Any) -> Any:
    """Command 17 of the trade gateway."""
    topics = _topics(request)
    for topic in topics:
        call.venue.hub.leave(call.sink, topic)
    call.venue.log.append("unsubscribe", call.now, account=call.account, topics=_logged(topics))
    return bodies.UnsubResponse(current=call.venue.hub.topics_of(call.sink))


def _topics(request: Any) -> list[str]:
    if len(request.topics) > TOPICS_MAX:
        raise errors.TOO_MANY
    return list(dict.fromkeys(request.topics))


QUOTE_HANDLERS: Final = {
    5: Handler(bodies.SubscriptionRequest, subscription),
    6: Handler(bodies.SubscribeRequest, subscribe),
    7: Handler(bodies.UnsubscribeRequest, unsubscribe),
}
TRADE_HANDLERS: Final = {
    16: Handler(bodies.Sub, sub),
    17: Handler(bodies.Unsub, unsub),
}
