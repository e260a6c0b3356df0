"""May an account place this order? Its status, its limits, its margin; and whether the market would take it.

The account's own risk check comes first and speaks with `Sort.RISK`; the market's with `Sort.EXCHANGE`.
Which check the real venue makes first, and how it words it, nobody has published.
"""

from decimal import Decimal
from typing import Final

from actors.venues.t4.simulator.ledger import Ledger, Position
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import (
    TRADING,
    AccountStatus,
    Activation,
    BuySell,
    Mode,
    PriceType,
    TimeType,
)
from actors.venues.t4.simulator.tickets import Refusal, Sort, Ticket

WAITING_TIMES: Final = frozenset({TimeType.MARKET_ON_OPEN, TimeType.MARKET_ON_CLOSE})
AT_ONCE: Final = frozenset({TimeType.IMMEDIATE_AND_CANCEL, TimeType.COMPLETE_VOLUME})
RESTING: Final = frozenset(
    {
        PriceType.LIMIT,
        PriceType.STOP_LIMIT,
        PriceType.STOP_MARKET,
        PriceType.STOP_SAME_LIMIT,
        PriceType.MARKET_IF_TOUCHED,
    }
)


def admit(ledger: Ledger, listing: Listing, ticket: Ticket, last: int) -> None:
    """The account's risk check of a new order; `last` is the market's last price in ticks.

    Raises:
        Refusal: the account may not.
    """
    terms = ledger.terms
    if ledger.status != AccountStatus.OK:
        raise Refusal("the account is blocked", Sort.RISK)
    if terms.max_clip_size and max(ticket.volume, ticket.max_volume) > terms.max_clip_size:
        raise Refusal(f"max_clip_size is {terms.max_clip_size}", Sort.RISK)
    check_price(ledger, ticket.side, ticket.limit, last)
    check_volume(ledger, ledger.held(listing), ticket.side, ticket.volume)


def check_price(ledger: Ledger, side: BuySell, limit: int | None, last: int) -> None:
    """Price banding; Refusal for a limit too far on the wrong side of the last price."""
    banding = ledger.terms.price_banding
    if banding and limit is not None and (limit - last) * side > banding:
        raise Refusal(f"price_banding is {banding} ticks from the last trade", Sort.RISK)


def check_volume(ledger: Ledger, position: Position, side: BuySell, more: int) -> None:
    """Position limit and margin with so much more on order; Refusal when it is too much."""
    if more <= 0:
        return
    buys, sells = (more, 0) if side is BuySell.BUY else (0, more)
    limit = ledger.terms.max_account_position
    if limit and position.worst(buys, sells) > max(limit, position.worst()):
        raise Refusal(f"max_account_position is {limit}", Sort.RISK)
    if not ledger.terms.pre_trade or position.worst(buys, sells) <= position.worst():
        return
    needed = ledger.margin_with(position, buys, sells)
    if needed > ledger.balance:
        text = f"margin of {plain(needed)} is more than the balance of {plain(ledger.balance)}"
        raise Refusal(text, Sort.RISK)


def plain(amount: Decimal) -> str:
    """Money for people."""
    return format(round(amount, 2), "f")


def admit_to_market(listing: Listing, ticket: Ticket, mode: int) -> None:
    """Whether the market takes an order of this kind now; an order that waits may come any time.

    Raises:
        Refusal: it does not.
    """
    if listing.expired:
        raise Refusal("the market has expired", Sort.EXCHANGE)
    if ticket.activation is not Activation.IMMEDIATE or ticket.time_type in WAITING_TIMES:
        return
    if mode in TRADING:
        return
    waits = ticket.price_type in RESTING and ticket.time_type not in AT_ONCE
    if mode != Mode.PRE_OPEN or not waits:
        raise Refusal("the market is closed", Sort.EXCHANGE)
