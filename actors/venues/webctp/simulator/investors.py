"""One investor: money, positions, the day's orders, and the stream that tells of them."""

from collections import deque
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from actors.venues.webctp.simulator.codes import BUY, Td
from actors.venues.webctp.simulator.listings import LARGER_SIDE, Listing
from actors.venues.webctp.simulator.orders import Order
from actors.venues.webctp.simulator.positions import Holding, Positions, profit

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.tradeapi import TradeApi

STREAM_MAX: Final = 200_000
"""Messages of one day that are kept to be told again; older ones fall off."""
ORDERS_MAX: Final = 50_000
"""Orders of one day that are remembered."""
ZERO: Final = Decimal(0)

Marks = Callable[[str], Decimal]
"""Last price of a contract."""


@attrs.frozen
class Told:
    """One message of the stream."""

    message: Td
    err: dict[str, object] | None
    info: dict[str, object]
    topic: str


@attrs.define(eq=False, kw_only=True)
class Investor:
    """An account.

    Attributes:
        pre_balance: balance at the end of the day before.
        confirmed: trading day of the last confirmation.
        statements: settlement statements by trading day.
        sessions: trade logins that are told of it, by session.
    """

    broker_id: str
    investor_id: str
    pre_balance: Decimal
    close_profit: Decimal = ZERO
    commission: Decimal = ZERO
    pre_margin: Decimal = ZERO
    confirmed: date | None = None
    positions: Positions = attrs.field(factory=Positions)
    orders: dict[int, Order] = attrs.field(factory=dict)
    stream: deque[Told] = attrs.field(factory=lambda: deque(maxlen=STREAM_MAX))
    statements: dict[str, str] = attrs.field(factory=dict)
    sessions: "dict[TradeApi, None]" = attrs.field(factory=dict)
    _working: list[Order] = attrs.field(init=False, factory=list)

    def tell(self, told: Told, now_ns: int, *, kept: bool = True) -> None:
        """Tell every login, and later ones too when it is kept."""
        if kept:
            self.stream.append(told)
        for session in list(self.sessions):
            session.say(told.message, told.err, told.info, now_ns, told.topic)

    def remember(self, order: Order) -> None:
        """Keep an order; of very many the oldest that is over is forgotten."""
        self.orders[order.number] = order
        self._working.append(order)
        if len(self.orders) > ORDERS_MAX:
            oldest = next((each for each in self.orders.values() if not each.open), None)
            if oldest is not None:
                del self.orders[oldest.number]

    # --- money ----------------------------------------------------------------------------

    def position_profit(self, marks: Marks) -> Decimal:
        """Of all positions at the last prices."""
        return sum(
            (
                profit(direction, each.lots, marks(each.listing.symbol), each.listing.multiple)
                for direction, each in self.positions
                if each.lots
            ),
            ZERO,
        )

    def margin(self, marks: Marks, *, by_last: bool) -> Decimal:
        """Of all positions; of some exchanges' products the larger side alone."""
        sides: dict[tuple[str, str], list[Decimal]] = {}
        total = ZERO
        for direction, each in self.positions:
            if not each.lots:
                continue
            listing = each.listing
            money = _margin(each, marks(listing.symbol) if by_last else None)
            if listing.exchange in LARGER_SIDE:
                both = sides.setdefault((listing.exchange, listing.product), [ZERO, ZERO])
                both[direction != BUY] += money
            else:
                total += money
        return total + sum((max(both) for both in sides.values()), ZERO)

    def frozen(self) -> tuple[Decimal, Decimal]:
        """Margin and commission that open orders bind."""
        margin = fee = ZERO
        self._working = [order for order in self._working if order.open]
        for order in self._working:
            margin += order.frozen_margin * order.left
            fee += order.frozen_fee * order.left
        return margin, fee

    def balance(self, marks: Marks) -> Decimal:
        """What CTP calls Balance: the equity."""
        return self.pre_balance + self.close_profit + self.position_profit(marks) - self.commission

    def available(self, marks: Marks, *, by_last: bool) -> Decimal:
        """What further orders may bind."""
        margin, fee = self.frozen()
        return self.balance(marks) - self.margin(marks, by_last=by_last) - margin - fee


def _margin(holding: Holding, last: Decimal | None) -> Decimal:
    """Of one holding; `last` prices today's lots, or their own basis does."""
    listing = holding.listing
    worth = sum(
        (
            lot.volume * (last if last is not None and lot.today else lot.basis)
            for lot in holding.lots
        ),
        ZERO,
    )
    return worth * listing.multiple * listing.margin


def fee_of(listing: Listing, price: Decimal, volume: int = 1) -> Decimal:
    """Commission of so many lots."""
    return (listing.fee_rate * price * listing.multiple + listing.fee_per_lot) * volume
