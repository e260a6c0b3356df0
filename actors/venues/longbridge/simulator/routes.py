"""All commands of both gateways, gathered from the modules that answer them."""

from typing import Final

from actors.venues.longbridge.simulator import (
    candlesticks,
    derivatives,
    markets,
    securities,
    subscriptions,
)
from actors.venues.longbridge.simulator.calls import Handler

HANDLERS: Final[dict[str, dict[int, Handler]]] = {
    "quote": {
        **subscriptions.QUOTE_HANDLERS,
        **markets.HANDLERS,
        **securities.HANDLERS,
        **candlesticks.HANDLERS,
        **derivatives.HANDLERS,
    },
    "trade": subscriptions.TRADE_HANDLERS,
}
