"""What clients submit, read as a whole: the account, the market, the orders and what links them."""

from typing import Any

import attrs

from actors.venues.t4.simulator.listings import MARKETS, Listing
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import BuySell, OrderLink, PriceType, TimeType
from actors.venues.t4.simulator.states import MarketState
from actors.venues.t4.simulator.tickets import (
    TAG_MAX,
    VOLUME_MAX,
    Refusal,
    Ticket,
    read_link,
    read_orders,
)

ORDERS_MAX = 500
"""Orders of one submission."""


@attrs.frozen(kw_only=True)
class Submission:
    """One submission.

    Attributes:
        tickets: its orders; one that could not be read is told with what could be.
        refusals: by place in `tickets`, why an order is refused.
    """

    account_id: str
    listing: Listing
    link: OrderLink
    manual: bool
    tickets: tuple[Ticket, ...]
    refusals: dict[int, Refusal]


def read_submission(message: Any, market: Market, price_format: int) -> Submission:
    """A submission of the wire; what is wrong with it stands in its refusals."""
    state = market.states.get(message.market_id)
    raw = message.orders[:ORDERS_MAX]
    rough = tuple(_rough(each) for each in raw)
    refusals: dict[int, Refusal] = {}
    tickets = list(rough)
    link = OrderLink.NONE
    try:
        link = read_link(message.order_link)
        listing = _listing(message, state)
        for place, each in enumerate(read_orders(link, raw, listing, price_format)):
            if isinstance(each, Refusal):
                refusals[place] = each
            else:
                tickets[place] = each
    except Refusal as refusal:
        refusals = dict.fromkeys(range(len(rough)), refusal)
    return Submission(
        account_id=message.account_id,
        listing=nowhere(message.market_id) if state is None else state.listing,
        link=link,
        manual=bool(message.manual_order_indicator),
        tickets=tuple(tickets),
        refusals=linked(refusals, link, len(rough)),
    )


def _listing(message: Any, state: MarketState | None) -> Listing:
    if len(message.orders) > ORDERS_MAX:
        raise Refusal(f"a submission has at most {ORDERS_MAX} orders")
    if state is None:
        raise Refusal(f"market {message.market_id} is unknown")
    return state.listing


def linked(refusals: dict[int, Refusal], link: OrderLink, orders: int) -> dict[int, Refusal]:
    """With a link one refused order takes all others with it."""
    if not refusals or link is OrderLink.NONE:
        return refusals
    first = next(iter(refusals.values()))
    others = Refusal("an order linked to it is refused", first.sort)
    return {place: refusals.get(place, others) for place in range(orders)}


def nowhere(market_id: str) -> Listing:
    """Stands for a market that does not exist, so that its orders can be refused in form."""
    return attrs.evolve(
        MARKETS[0], market_id=market_id, exchange_id="", contract_id="", legs=(), recorded_as=""
    )


def _rough(order: Any) -> Ticket:
    """What can be told of an order that cannot be read."""
    return Ticket(
        side=BuySell.SELL if order.buy_sell == BuySell.SELL else BuySell.BUY,
        price_type=_known(PriceType, order.price_type),
        time_type=_known(TimeType, order.time_type),
        volume=min(max(order.volume, 0), VOLUME_MAX),
        tag=order.tag[:TAG_MAX],
    )


def _known(kind: Any, number: int) -> Any:
    try:
        return kind(number)
    except ValueError:
        return kind(0)
