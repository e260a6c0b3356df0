"""What an event of an order is as news for the router: fills first, then answers, then its state. Pure.

Nothing is told before the exchange (or, of a held order, the venue) has taken the order, and nothing
twice. What was shown by a snapshot that answers a reconciliation is told by that answer alone.
"""

from actors.venues.t4.orderimages import Order, Step
from actors.venues.t4.orderrecords import (
    PricingOf,
    answer_kind,
    bust_of,
    fill_of,
    update_of,
)
from actors.venues.t4.orderstates import Meaning
from engine.errors import RemoteProtocolError
from engine.messages.venue import Fill, OrderUpdate, UpdateKind
from engine.session.lifewords import kind_of


def news_of(step: Step, pricing_of: PricingOf, currency: str) -> list[object]:
    """The news in an event."""
    order = step.order
    effects: list[object] = [bust_of(order, trade, order.updated_ns) for trade in step.busted]
    effects += fills_of(order, pricing_of, currency)
    answer = answer_kind(step.meaning)
    if answer is not None and not (answer is UpdateKind.CANCEL_PENDING and order.ended):
        effects.append(update_of(order, answer, pricing_of))
        if answer is UpdateKind.REPLACED and not order.ended:
            order.said = _said(update_of(order, kind_of(order.lifecycle), pricing_of))
            return effects
    if step.meaning is Meaning.BUSTED and order.ended:
        return effects  # what was filled stays finished: the fill that is gone says it all
    return effects + state_of(order, pricing_of)


def fills_of(order: Order, pricing_of: PricingOf, currency: str) -> list[Fill]:
    """The trades that were not told yet; those whose price cannot be read yet wait."""
    pricing = pricing_of(order.market_id) if order.untold else None
    if pricing is None:
        return []
    fills: list[Fill] = []
    waiting: list[int] = []
    for number in sorted(order.untold):
        try:
            fills.append(fill_of(order, order.trades[number], pricing, currency))
        except RemoteProtocolError:  # without a price it is in the venue's count only
            waiting.append(number)
    order.untold = waiting
    return fills


def state_of(order: Order, pricing_of: PricingOf, *, asked: bool = False) -> list[OrderUpdate]:
    """Its state, unless that was told before; `asked`: somebody waits for it all the same."""
    if not (order.accepted or order.ended):
        return []
    news = update_of(order, kind_of(order.lifecycle), pricing_of)
    said = _said(news)
    if said == order.said and not asked:
        return []
    order.said = said
    return [news]


def counted(order: Order, pricing_of: PricingOf) -> None:
    """An answer tells this order and its trades itself: nothing of it is to be told again."""
    order.untold = []
    if order.accepted or order.ended:
        order.said = _said(update_of(order, kind_of(order.lifecycle), pricing_of))


def _said(news: OrderUpdate) -> tuple[object, ...]:
    return (news.kind, news.cum_qty, news.price, news.quantity)
