"""The quote gateway's questions over HTTP: the same messages as JSON, for SDKs set to that transport.

Field names are the messages' own, 64-bit numbers are text and nothing is left out, as protobuf's
JSON has it. Errors of the gateway keep their code; the HTTP status is 400, or 429 for the limits.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf import json_format

from actors.venues.longbridge.simulator import (
    candlesticks,
    derivatives,
    errors,
    markets,
    securities,
)
from actors.venues.longbridge.simulator.calls import Call as GatewayCall
from actors.venues.longbridge.simulator.calls import Handler
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.rest import Call, Route

PATHS: Final = {
    8: "/quote/markets/trading-sessions",
    9: "/quote/markets/trading-days",
    10: "/quote/static-info",
    11: "/quote/quotes",
    12: "/quote/options/quotes",
    13: "/quote/warrants/quotes",
    14: "/quote/depth",
    15: "/quote/brokers",
    16: "/quote/participants",
    17: "/quote/trades",
    18: "/quote/intraday",
    19: "/quote/candlesticks",
    20: "/quote/options/expiry-dates",
    22: "/quote/warrants/issuers",
    23: "/quote/warrants",
    24: "/quote/capital-flow",
    25: "/quote/capital-distribution",
    26: "/quote/calc-indexes",
    27: "/quote/history-candlesticks",
}
"""Where each command is asked over HTTP."""


class _Nowhere:
    """The outbox of a call that has no connection; nothing is ever pushed to it."""

    account = None

    def push(self, packet: bytes) -> None:
        """See hub.Sink."""

    def torn(self, part: bytes) -> None:
        """See hub.Sink."""

    def text(self, packet: bytes) -> None:
        """See hub.Sink."""


_NOWHERE: Final = _Nowhere()


def _asked(handler: Handler, call: Call) -> Any:
    """What the gateway answers; the gateway's refusals as HTTP's."""
    request = handler.request()
    try:
        json_format.ParseDict(dict(call.fields.values), request, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise Refusal(errors.INVALID.code, errors.INVALID.text) from error
    limits = call.venue.limits
    try:
        limits.enter(call.account, call.now)
        try:
            gateway_call = GatewayCall(call.venue, _NOWHERE, call.account, call.now)
            return handler.answer(gateway_call, request)
        finally:
            limits.leave(call.account)
    except errors.Refusal as refusal:
        raise Refusal(refusal.code, refusal.text) from refusal


def _answering(handler: Handler) -> Callable[[Call], dict[str, Any]]:
    def answer(call: Call) -> dict[str, Any]:
        data: dict[str, Any] = json_format.MessageToDict(
            _asked(handler, call),
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        return data

    return answer


def strikes(call: Call) -> dict[str, Any]:
    """POST /v1/quote/options/strikes: one entry per contract, which command 21 has by strike.

    The letters of `option_type` (W weekly) and `standard_attr` are what the SDK could be seen to read.
    """
    chain = _asked(_HANDLERS[21], call)
    text = call.fields.required("expiry_date")
    expiry = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    days = max(0, (expiry - datetime.fromtimestamp(call.now.wall_s, UTC)).days + 1)
    return {
        "list": [
            {
                "symbol": symbol,
                "direction": right,
                "strike_price": each.price,
                "expiry_date": text,
                "days_to_expiry": days,
                "option_type": "W",
                "standard_attr": "N",
            }
            for each in chain.strike_price_info
            for right, symbol in (("C", each.call_symbol), ("P", each.put_symbol))
        ]
    }


_HANDLERS: Final = {
    **markets.HANDLERS,
    **securities.HANDLERS,
    **candlesticks.HANDLERS,
    **derivatives.HANDLERS,
}

ROUTES: Final = (
    Route("POST", "/v1/quote/options/strikes", strikes, limited=False),
    *(
        Route("POST", path, _answering(_HANDLERS[command]), limited=False)
        for command, path in PATHS.items()
    ),
)
