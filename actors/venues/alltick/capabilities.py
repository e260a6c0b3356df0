"""What AllTick can do and how often it may be asked, as the engine wants it declared.

The venue counts calls per token: to each endpoint, and to all of them in a minute and a day.
"""

from typing import Final

from actors.venues.alltick.plans import Plan
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.session.declaration import Budget, Capabilities, ClientOrderIdRule
from engine.session.fillkeys import FillKeyPart, FillKeyRule

MARKET_KINDS: Final = (Quote, Trade, Book, Bar, Ticker)
"""The message classes this venue can deliver."""

TOTAL: Final = "total"
"""The budget of all endpoints together; each endpoint's stands within it."""
ENDPOINTS: Final = ("kline", "batch_kline", "depth_tick", "trade_tick", "static_info")

MINUTE_S: Final = 60.0
DAY_S: Final = 86_400.0
DAY_COUNT_MAX: Final = 10_000
"""Beyond it the minute's limit is the tighter one (1,440 times the minute's count is the day's)."""

CAPABILITIES: Final = Capabilities(
    market_kinds=tuple(kind.__name__.lower() for kind in MARKET_KINDS),
    ord_types=(),
    times_in_force=(),
    post_only=False,
    reduce_only=False,
    replace=False,
    query_order=False,
    complete_history=False,
    cancel_all=False,
    dead_man_timer_s_min=None,
    refuses_repeated_client_order_id=False,
    client_order_id=ClientOrderIdRule(length_max=0, alphabet=""),
    fill_key=FillKeyRule((FillKeyPart.TRADE_ID,)),
    answer_within_s=0.0,
    notes=(
        "Market data only: there are no orders and no accounts. Plan limits are per token; the two "
        "endpoint families (stocks, everything else) are two sessions. Quotes are the top of the "
        "book, tickers carry the last price only, bars are polled over HTTP. Nothing here was tried "
        "against the real venue."
    ),
)


def budgets_of(plan: Plan, *, sharers: int) -> tuple[Budget, ...]:
    """The budgets of one process of `sharers` that use the same token at the same time."""
    paces = [_pace(name, plan, sharers) for name in ENDPOINTS]
    total = [_total(plan.calls_per_minute, MINUTE_S, sharers)]
    if plan.calls_per_day <= DAY_COUNT_MAX:
        total.append(_total(plan.calls_per_day, DAY_S, sharers))
    return (*paces, *total)


def _total(count: int, window_s: float, sharers: int) -> Budget:
    """A part of the count; where that is less than one, a whole one in a longer time."""
    if count >= sharers:
        return Budget(name=TOTAL, count=count // sharers, window_s=window_s)
    return Budget(name=TOTAL, count=1, window_s=window_s * sharers / count)


def _pace(name: str, plan: Plan, sharers: int) -> Budget:
    """The endpoint's own limit: below one call a second it is a pause, made longer by sharing."""
    interval_s = plan.batch_interval_s if name == "batch_kline" else 1.0 / plan.calls_per_s
    if interval_s < 1.0 and plan.calls_per_s >= sharers:
        count = int(plan.calls_per_s / sharers)
        return Budget(name=name, count=count, window_s=1.0, within=TOTAL)
    return Budget(name=name, count=1, window_s=interval_s * sharers, within=TOTAL)
