"""What the sixth venue can do."""

import string

from engine.model.enums import OrdType, TimeInForce
from engine.session.declaration import Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

BUDGETS = ()

CAPABILITIES = Capabilities(
    market_kinds=("quote", "trade"),
    ord_types=(OrdType.LIMIT, OrdType.MARKET),
    times_in_force=(TimeInForce.GTC,),
    post_only=False,
    reduce_only=False,
    replace=False,
    query_order=True,
    complete_history=True,
    cancel_all=True,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=True,
    client_order_id=ClientOrderIdRule(
        length_max=32, alphabet=string.ascii_letters + string.digits + "-_"
    ),
    fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
    answer_within_s=5.0,
    notes="All of it is made up.",
)
