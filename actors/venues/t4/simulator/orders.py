"""One order of the venue and its life: terms asked and in force, statuses, fills; pure.

Every event has a number of its own per order (`sequence_order`), which grows. A late fill of a
pulled order is a fault that can be ordered, so the life allows for it.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import (
    RELEASED_AS,
    TOUCHED,
    TRIGGERED_AS,
    Activation,
    BuySell,
    Change,
    OrderLink,
    Pending,
    PriceType,
    Status,
    TimeType,
)
from actors.venues.t4.simulator.tickets import Ticket
from engine.errors import InvariantViolation

OPEN: Final = frozenset({Status.WORKING, Status.HELD})
NEXT: Final[Mapping[Status, frozenset[Status]]] = {
    Status.NONE: frozenset({Status.WORKING, Status.HELD, Status.REJECTED}),
    Status.WORKING: frozenset({Status.WORKING, Status.FINISHED, Status.REJECTED}),
    Status.HELD: frozenset({Status.HELD, Status.WORKING, Status.FINISHED, Status.REJECTED}),
    Status.FINISHED: frozenset({Status.FINISHED}),
    Status.REJECTED: frozenset(),
}
"""What may follow on each status."""


@attrs.frozen(kw_only=True)
class Leg:
    """A fill of one leg of a spread."""

    index: int
    listing: Listing
    side: BuySell
    volume: int
    ticks: int


@attrs.frozen(kw_only=True)
class Trade:
    """One fill; `legs` are those of a spread."""

    sequence: int
    trade_id: str
    volume: int
    ticks: int
    residual: int
    wall_ns: int
    legs: tuple[Leg, ...] = ()


@attrs.define
class Prices:
    """Terms that a revision may change; prices in ticks."""

    volume: int
    max_show: int = 0
    limit: int | None = None
    stop: int | None = None


@attrs.define(kw_only=True, eq=False)
class Order:
    """One order as it stands.

    Attributes:
        new: terms as asked for last.
        current: terms in force, None before the exchange has taken it.
        relative: its prices are differences to a fill that has not happened.
        trail: distance of a stop that follows the market, in ticks.
        core_id: its number in the matching core while it works there; 0 otherwise.
        core_from: what was filled before it came there, busted or not.
        doomed: it is refused, and never counts as working.
        best: the market's best price since the stop follows it.
        touched: its stop price was reached.
        busted: volume of fills that were taken back, which is not put to work again.
        bound: what of it counts as working in its account, below zero for a sell.
    """

    unique_id: str
    account_id: str
    listing: Listing
    side: BuySell
    price_type: PriceType
    time_type: TimeType
    new: Prices
    tag: str
    user_id: str
    user_name: str
    session_id: str
    submitted_ns: int
    updated_ns: int
    ticket: Ticket
    relation: str = ""
    manual: bool = False
    link: OrderLink = OrderLink.NONE
    linked: tuple[str, ...] = ()
    trail: int | None = None
    max_volume: int = 0
    activation: Activation = Activation.IMMEDIATE
    relative: bool = False
    current: Prices | None = None
    status: Status = Status.NONE
    change: Change = Change.NONE
    pending: Pending = Pending.NONE
    detail: str = ""
    sequence: int = 0
    exchange_order_id: str = ""
    filled: int = 0
    busted: int = 0
    trades: list[Trade] = attrs.field(factory=list)
    core_id: int = 0
    core_from: int = 0
    best: int | None = None
    touched: bool = False
    bound: int = 0
    doomed: bool = False

    @classmethod
    def of(
        cls, ticket: Ticket, unique_id: str, account_id: str, listing: Listing, wall_ns: int
    ) -> "Order":
        """An order as it has just come; who sent it and what it is linked to are set besides."""
        return cls(
            unique_id=unique_id,
            account_id=account_id,
            listing=listing,
            side=ticket.side,
            price_type=ticket.price_type,
            time_type=ticket.time_type,
            new=Prices(ticket.volume, ticket.max_show, ticket.limit, ticket.stop),
            tag=ticket.tag,
            user_id="",
            user_name="",
            session_id="",
            submitted_ns=wall_ns,
            updated_ns=wall_ns,
            ticket=ticket,
            trail=ticket.trail,
            max_volume=ticket.max_volume,
            activation=ticket.activation,
        )

    @property
    def market_id(self) -> str:
        """Where it is traded."""
        return self.listing.market_id

    @property
    def buys(self) -> bool:
        """Whether it is the buying side."""
        return self.side is BuySell.BUY

    @property
    def open(self) -> bool:
        """Whether it may still trade."""
        return self.status in OPEN

    @property
    def terms(self) -> Prices:
        """The terms it works with: those in force, before that those asked for."""
        return self.new if self.current is None else self.current

    @property
    def leaves(self) -> int:
        """What is still to be filled, whatever its status."""
        return max(self.terms.volume - self.filled - self.busted, 0)

    @property
    def working(self) -> int:
        """What may still be filled."""
        return self.leaves if self.open else 0

    @property
    def waits_for_touch(self) -> bool:
        """Whether it is a stop (or the like) that has not been reached."""
        return self.price_type in TOUCHED and not self.touched

    def move(
        self,
        change: Change,
        wall_ns: int,
        *,
        status: Status | None = None,
        pending: Pending = Pending.NONE,
        detail: str = "",
    ) -> None:
        """Take one event; InvariantViolation for a status that cannot follow."""
        status = self.status if status is None else status
        if status not in NEXT[self.status] and status is not self.status:
            raise InvariantViolation(f"order {self.unique_id}: {self.status} to {status}")
        self.status, self.change, self.pending, self.detail = status, change, pending, detail
        self.updated_ns = wall_ns
        self.sequence += 1

    def accept(self, exchange_order_id: str) -> None:
        """The exchange has taken what was asked for."""
        self.current = attrs.evolve(self.new)
        self.exchange_order_id = exchange_order_id or self.exchange_order_id

    def keep(self) -> None:
        """What was asked for is void."""
        if self.current is not None:
            self.new = attrs.evolve(self.current)

    def trigger(self) -> None:
        """What held it back is gone."""
        self.activation = TRIGGERED_AS.get(self.activation, self.activation)

    def release(self) -> None:
        """Its stop price was reached: it works as what is behind the stop."""
        terms = self.terms
        if self.price_type is PriceType.STOP_SAME_LIMIT:
            terms.limit = self.new.limit = terms.stop
        self.price_type = RELEASED_AS[self.price_type]
        self.touched = True

    def fill(
        self, trade_id: str, ticks: int, volume: int, wall_ns: int, legs: tuple[Leg, ...] = ()
    ) -> Trade:
        """Take one fill, and go to the status that follows."""
        self.filled += volume
        done = self.filled + self.busted >= self.terms.volume
        was_over = not self.open
        self.move(
            Change.TRADE_COMPLETED if done else Change.TRADE,
            wall_ns,
            status=Status.FINISHED if done or was_over else Status.WORKING,
            pending=Pending.NONE if done or was_over else self.pending,
        )
        trade = Trade(
            sequence=self.sequence,
            trade_id=trade_id,
            volume=volume,
            ticks=ticks,
            residual=self.working,
            wall_ns=wall_ns,
            legs=legs,
        )
        self.trades.append(trade)
        return trade

    def bust(self, trade: Trade, wall_ns: int) -> None:
        """A fill is taken back; an order that is over stays so."""
        self.trades.remove(trade)
        self.filled -= trade.volume
        self.busted += trade.volume
        self.move(Change.TRADE_BUSTED, wall_ns, pending=self.pending)
