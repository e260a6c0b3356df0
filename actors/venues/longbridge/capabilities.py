"""What Longbridge can do and how often it may be asked, as the engine wants it declared.

Counts are the fact sheet's (2.7): quote requests over the socket are paced by the quote session itself,
trade calls by these budgets. The market's half is here in words of the engine; order types and times in
force are what both an order of ours and the venue can say.
"""

import string
from typing import Final

from actors.venues.longbridge.symbols import MARKET_KINDS, stream_word
from engine.model.enums import OrdType, TimeInForce
from engine.session.declaration import Budget, Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

TRADE_CALLS: Final = 30
TRADE_WINDOW_S: Final = 30.0
TRADE_SPACING_S: Final = 0.02

INTERFACES: Final = (
    "submit",
    "replace",
    "cancel",
    "order",
    "today_orders",
    "order_history",
    "today_executions",
    "execution_history",
    "balances",
    "positions",
    "margin_ratio",
    "max_quantity",
    "order_info",
)
"""What is counted by itself: a maintainer says that the limit holds per interface; documents only "30 calls"."""

REMARK_LENGTH_MAX: Final = 64
"""Of the two lengths that the documents name for `remark`, the one that is safe."""

BUDGETS: Final = (
    # Not limited by any document; one a second is what the venue's own client needs at most.
    Budget(name="token", count=2, window_s=1.0),
    Budget(name="trade", count=1, window_s=TRADE_SPACING_S),
    *(
        Budget(name=name, count=TRADE_CALLS, window_s=TRADE_WINDOW_S, within="trade")
        for name in INTERFACES
    ),
)
"""Calls of the trade side keep their distance from each other, and each interface its own count."""

CAPABILITIES: Final = Capabilities(
    market_kinds=tuple(stream_word(kind) for kind in MARKET_KINDS),
    ord_types=(OrdType.LIMIT, OrdType.MARKET, OrdType.STOP, OrdType.STOP_LIMIT),
    times_in_force=(TimeInForce.DAY, TimeInForce.GTC),
    post_only=False,
    reduce_only=False,
    replace=True,
    query_order=True,
    complete_history=True,
    cancel_all=False,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=False,
    client_order_id=ClientOrderIdRule(
        length_max=REMARK_LENGTH_MAX, alphabet=string.ascii_letters + string.digits
    ),
    # Trade ids are made of the order's id and a time; the order's id makes that certain.
    fill_key=FillKeyRule((FillKeyPart.ORDER_ID, FillKeyPart.TRADE_ID)),
    answer_within_s=10.0,
    notes=(
        "Ticks are not told by the venue and come from the settings' tables. Hong Kong's price bands "
        "give each instrument the tick of its present price. Nothing here was tried against the real "
        "venue."
    ),
)
