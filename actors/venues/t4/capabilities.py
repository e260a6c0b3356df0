"""What T4 can do and how often it may be asked, as the engine wants it declared.

No limit of the venue is published; REST is paced by a number of ours (`requests_per_s`), frames not at all.
"""

import string
from typing import Final

from actors.venues.t4.rest import BUDGET
from actors.venues.t4.settings import Settings
from actors.venues.t4.symbols import MARKET_KINDS, stream_word
from engine.model.enums import Contingency, OrdType, TimeInForce
from engine.session.declaration import Budget, Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

TAG_LENGTH_MAX: Final = 32
"""Of our order id in `tag`; nobody says how long a tag may be."""


def budgets_of(settings: object) -> tuple[Budget, ...]:
    """REST, at the pace of the settings."""
    count = settings.requests_per_s if isinstance(settings, Settings) else 1
    return (Budget(name=BUDGET, count=count, window_s=1.0),)


BUDGETS: Final = budgets_of(Settings())

CAPABILITIES: Final = Capabilities(
    market_kinds=tuple(stream_word(kind) for kind in MARKET_KINDS),
    ord_types=(
        OrdType.LIMIT,
        OrdType.MARKET,
        OrdType.STOP,
        OrdType.STOP_LIMIT,
        OrdType.TRAILING_STOP,
    ),
    times_in_force=(TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
    post_only=False,
    reduce_only=False,
    replace=True,
    query_order=False,
    complete_history=True,
    cancel_all=False,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=False,
    client_order_id=ClientOrderIdRule(
        length_max=TAG_LENGTH_MAX, alphabet=string.ascii_letters + string.digits
    ),
    # The number that a fill has in the life of its order; exchange ids may repeat across legs.
    fill_key=FillKeyRule((FillKeyPart.ORDER_ID, FillKeyPart.SEQUENCE)),
    answer_within_s=10.0,
    revises_fills=True,
    contingencies=(Contingency.OCO, Contingency.BRACKET),
    notes=(
        "One connection carries data and orders. Market ids are taken verbatim; the contracts whose "
        "markets are traded stand in the settings. The order of steps in an order's life is inferred. "
        "Nothing here was tried against the real venue."
    ),
)
