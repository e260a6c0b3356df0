"""What WebCTP can do, as the engine wants it declared.

CTP takes limit orders for the day and for this moment (fill and kill). Of market orders some exchanges
have kinds that this gateway cannot express, so they are limit orders at a bounded price; fill or kill
and stops cannot be said at all. An order is never changed, only cancelled and placed anew.
"""

from typing import Final

from actors.venues.webctp.ordersrefs import CLIENT_ORDER_ID
from actors.venues.webctp.symbols import MARKET_KINDS, stream_word
from engine.model.enums import OrdType, PositionEffect, TimeInForce
from engine.session.declaration import Budget, Capabilities
from engine.session.fillkeys import FillKeyPart, FillKeyRule

BUDGETS: Final[tuple[Budget, ...]] = ()
"""There is no HTTP; what goes over the socket is paced by its own queue."""

CAPABILITIES: Final = Capabilities(
    market_kinds=tuple(stream_word(kind) for kind in MARKET_KINDS),
    ord_types=(OrdType.LIMIT, OrdType.MARKET),
    times_in_force=(TimeInForce.DAY, TimeInForce.IOC),
    post_only=False,
    reduce_only=True,
    replace=False,
    query_order=True,
    complete_history=True,
    cancel_all=False,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=False,
    client_order_id=CLIENT_ORDER_ID,
    # Exchanges count their trades anew each day, and both sides of a trade share its number.
    fill_key=FillKeyRule(
        (
            FillKeyPart.TRADING_DAY,
            FillKeyPart.EXCHANGE,
            FillKeyPart.TRADE_ID,
            FillKeyPart.SIDE,
        )
    ),
    position_effects=tuple(PositionEffect),
    answer_within_s=10.0,
    notes=(
        "Fills carry no price: they are marked as estimated. There is no query of positions or fills: "
        "positions rest on the day's replayed trades and on a seed that the operator confirms. "
        "Definitions come from the folder's product table. Trades of market data are made of the "
        "growth of the day's volume. Nothing here was tried against a real front."
    ),
)
