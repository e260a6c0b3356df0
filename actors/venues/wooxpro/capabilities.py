"""What WOO X Pro can do and how often it may be asked, as the engine wants it declared.

Counts are the sibling's table (fact sheet, section 9): the venue's own page is not stored. Private
limits hold per key, public ones per address.
"""

import string
from typing import Final

from actors.venues.wooxpro.bodies import CLIENT_ORDER_ID_LENGTH_MAX
from actors.venues.wooxpro.deadman import TIMEOUT_S_MIN
from actors.venues.wooxpro.symbols import MARKET_KINDS, stream_word
from engine.model.enums import OrdType, TimeInForce
from engine.session.declaration import Budget, Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

WINDOW_S: Final = 2.0

_COUNTS: Final = {
    "public": 12,
    "assets": 12,
    "position": 6,
    "position_mode": 2,
    "order": 50,
    "open_orders": 50,
    "order_history": 6,
    "trades": 6,
    "submit": 24,
    "cancel": 40,
    "cancel_symbol": 2,
    "dead_man": 4,
    "modify": 24,
    "leverage": 24,
}

BUDGETS: Final = tuple(
    Budget(name=name, count=count, window_s=WINDOW_S) for name, count in _COUNTS.items()
)

CAPABILITIES: Final = Capabilities(
    market_kinds=tuple(stream_word(kind) for kind in MARKET_KINDS),
    ord_types=(OrdType.LIMIT, OrdType.MARKET),
    times_in_force=(TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
    post_only=True,
    reduce_only=True,
    replace=True,
    query_order=True,
    complete_history=True,
    cancel_all=True,
    dead_man_timer_s_min=TIMEOUT_S_MIN,
    # 40050 is documented for existing orders; nothing says that an ended one still counts.
    refuses_repeated_client_order_id=False,
    client_order_id=ClientOrderIdRule(
        length_max=CLIENT_ORDER_ID_LENGTH_MAX, alphabet=string.ascii_letters + string.digits
    ),
    # A trade between two orders of ours has one id and two sides.
    fill_key=FillKeyRule((FillKeyPart.INSTRUMENT, FillKeyPart.TRADE_ID, FillKeyPart.SIDE)),
    answer_within_s=5.0,
    notes=(
        "WebSocket hosts, signing suffix and contract error codes are not documented by the venue; "
        "they come from its sibling and are settings or marked in the venue's README. "
        "Coin-margined contracts are skipped. Nothing here was tried against the real venue."
    ),
)
