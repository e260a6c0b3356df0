"""What terms an order would have after a revision, and whether it may; pure."""

from typing import TypeAlias

import attrs

from actors.venues.t4.simulator.admission import check_price, check_volume
from actors.venues.t4.simulator.ledger import Ledger
from actors.venues.t4.simulator.ordercodes import LIMITED
from actors.venues.t4.simulator.orders import Order, Prices
from actors.venues.t4.simulator.tickets import Refusal, Sort, Wanted

Revision: TypeAlias = Wanted


def wanted_terms(order: Order, revision: Revision, ledger: Ledger, last: int) -> Prices:
    """The terms that a revision asks for; what it does not name stays.

    Raises:
        Refusal: the order has no such term (`FAILED`), the account may not (`RISK`), or the volume
            is filled already (`EXCHANGE`).
    """
    terms = attrs.evolve(order.terms)
    if revision.limit is not None:
        if order.price_type not in LIMITED or order.relative:
            raise Refusal("the order has no limit price to revise")
        terms.limit = revision.limit
        check_price(ledger, order.side, revision.limit, last)
    if revision.stop is not None:
        if not order.waits_for_touch or order.relative:
            raise Refusal("the order has no stop price to revise")
        terms.stop = revision.stop
    if revision.trail is not None and (order.trail is None or revision.trail <= 0):
        raise Refusal("the order has no trailing distance to revise")
    if revision.max_show is not None:
        terms.max_show = revision.max_show
    if revision.volume is not None:
        _check_volume(order, revision, ledger)
        terms.volume = revision.volume
    return terms


def _check_volume(order: Order, revision: Revision, ledger: Ledger) -> None:
    """Whether the new total volume may be."""
    volume = revision.volume or 0
    if volume <= order.filled + order.busted:
        raise Refusal(f"{order.filled} is filled already", Sort.EXCHANGE)
    cap = order.max_volume if revision.max_volume is None else revision.max_volume
    if cap and volume > cap:
        raise Refusal(f"max_volume is {cap}", Sort.RISK)
    if ledger.terms.max_clip_size and volume > ledger.terms.max_clip_size:
        raise Refusal(f"max_clip_size is {ledger.terms.max_clip_size}", Sort.RISK)
    more = volume - order.terms.volume
    check_volume(ledger, ledger.position(order.listing), order.side, more)
