"""When a waiting order is released, and with which limit: touched prices and trailing ones; pure.

No source describes the venue's exact rules, so these follow the names: a touched order waits for
the last price to come from where it stood to the trigger; a trailing one follows the best price
since its start and is released when the last price has come back by the distance. `trigger_count`
asks for so many prices on the far side within a minute.
"""

from collections import deque
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Protocol

import attrs

from actors.venues.longbridge.simulator.listings import tick_at
from actors.venues.longbridge.simulator.tickets import (
    TOUCHED,
    TRAILING_BY_AMOUNT,
    TRAILING_LIMIT,
    Ticket,
)

MINUTE_NS: Final = 60_000_000_000


class Ladder(Protocol):
    """What a limit by depth level is taken from."""

    def level(self, symbol: str, place: int) -> Decimal | None:
        """The price at a place of the book: 1 is the best ask, -1 the best bid; None without one."""


@attrs.define
class Watch:
    """What one waiting order has seen.

    Attributes:
        began: last price when the wait began, from which a trigger has its direction.
        tracking: whether trailing has started (at once without a monitor price).
        best: highest price since then for a sell, lowest for a buy.
        hits_ns: times of prices on the far side.
    """

    began: Decimal
    tracking: bool = False
    best: Decimal | None = None
    hits_ns: deque[int] = attrs.field(factory=deque)

    def sees(self, ticket: Ticket, last: Decimal, now_ns: int) -> bool:
        """Take one last price; whether it releases the order."""
        if ticket.order_type in TOUCHED:
            hit = ticket.trigger_price is not None and _crossed(
                self.began, ticket.trigger_price, last
            )
        else:
            hit = self._trails(ticket, last)
        return self._counted(ticket, now_ns) if hit else False

    def _trails(self, ticket: Ticket, last: Decimal) -> bool:
        start = ticket.monitor_price
        if not self.tracking:
            if start is not None and not _crossed(self.began, start, last):
                return False
            self.tracking, self.best = True, last
        best = last if self.best is None else self.best
        self.best = best = min(best, last) if ticket.buys else max(best, last)
        distance = _distance(ticket, best)
        return last >= best + distance if ticket.buys else last <= best - distance

    def _counted(self, ticket: Ticket, now_ns: int) -> bool:
        self.hits_ns.append(now_ns)
        while now_ns - self.hits_ns[0] > MINUTE_NS:
            self.hits_ns.popleft()
        return len(self.hits_ns) >= max(ticket.trigger_count, 1)


def _crossed(began: Decimal, trigger: Decimal, last: Decimal) -> bool:
    """Whether the price came from where it stood to the trigger, from either side."""
    return last >= trigger if began <= trigger else last <= trigger


def _distance(ticket: Ticket, best: Decimal) -> Decimal:
    if ticket.order_type in TRAILING_BY_AMOUNT:
        return ticket.trailing_amount or Decimal(0)
    return best * (ticket.trailing_percent or Decimal(0)) / 100


def released_price(ticket: Ticket, last: Decimal, ladder: Ladder) -> Decimal | None:
    """The limit that a released order works with, on the tick table; None for a market order."""
    if ticket.order_type == "LIT":
        return ticket.price
    if ticket.order_type not in TRAILING_LIMIT:
        return None
    if ticket.limit_depth_level:
        price = ladder.level(ticket.symbol, ticket.limit_depth_level) or last
    else:
        offset = ticket.limit_offset or Decimal(0)
        price = last + offset if ticket.buys else last - offset
    return on_table(ticket.listing.market, max(price, Decimal("0.0001")))


def on_table(market: str, price: Decimal) -> Decimal:
    """The nearest price that the market knows."""
    tick = tick_at(market, price)
    return max((price / tick).quantize(Decimal(1), ROUND_HALF_UP), Decimal(1)) * tick
