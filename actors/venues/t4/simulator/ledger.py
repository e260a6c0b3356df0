"""What an account owns and owes: cash, positions per market, margin, profit; exact, pure.

A position is valued at average cost. Fills move the balance by what they realise and by their fees,
a bust moves it back. Margin is the market's maintenance margin for each contract held; before a
trade that of the worst position that the working orders may lead to.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import BuySell
from actors.venues.t4.simulator.prices import tick_value
from actors.venues.t4.simulator.tradesettings import AccountTerms
from actors.venues.t4.simulator.users import AccountSpec

ZERO: Final = Decimal(0)


@attrs.define(kw_only=True)
class Position:
    """One account in one market; volumes in contracts, costs in ticks times contracts.

    Attributes:
        buys: filled today, what was long over night included.
        sells: the same of the other side.
        day_buys: filled today.
        cost: of what is held, at average prices.
        realised: in ticks times contracts, since the last rollover.
        working_buys: volume of open orders.
    """

    listing: Listing
    buys: int = 0
    sells: int = 0
    day_buys: int = 0
    day_sells: int = 0
    bought: int = 0
    sold: int = 0
    day_bought: int = 0
    day_sold: int = 0
    overnight: int = 0
    overnight_cost: int = 0
    cost: int = 0
    realised: int = 0
    fees: Decimal = ZERO
    working_buys: int = 0
    working_sells: int = 0

    @property
    def net(self) -> int:
        """Contracts held; below zero when short."""
        return self.buys - self.sells

    @property
    def average(self) -> Decimal | None:
        """Average price of what is held, in ticks; None when flat."""
        return Decimal(self.cost) / abs(self.net) if self.net else None

    def trade(self, side: BuySell, volume: int, ticks: int) -> int:
        """Take a fill; what it realised, in ticks times contracts."""
        realised = self._value(side, volume, ticks)
        if side is BuySell.BUY:
            self.buys += volume
            self.day_buys += volume
            self.bought += volume * ticks
            self.day_bought += volume * ticks
        else:
            self.sells += volume
            self.day_sells += volume
            self.sold += volume * ticks
            self.day_sold += volume * ticks
        return realised

    def untrade(self, side: BuySell, volume: int, ticks: int) -> int:
        """Take a fill back; what that realises (what it had brought, with the other sign)."""
        realised = self._value(BuySell(-side), volume, ticks)
        if side is BuySell.BUY:
            self.buys -= volume
            self.day_buys -= volume
            self.bought -= volume * ticks
            self.day_bought -= volume * ticks
        else:
            self.sells -= volume
            self.day_sells -= volume
            self.sold -= volume * ticks
            self.day_sold -= volume * ticks
        return realised

    def _value(self, side: BuySell, volume: int, ticks: int) -> int:
        """Move cost and realised profit by a fill, before its volume is counted."""
        net = self.net
        if net * side >= 0:
            self.cost += ticks * volume
            return 0
        closed = min(volume, abs(net))
        share = self.cost * closed // abs(net)
        realised = (ticks * closed - share) * (1 if net > 0 else -1)
        self.cost = ticks * (volume - closed) if volume > closed else self.cost - share
        self.realised += realised
        return realised

    def unrealised(self, ticks: int) -> int:
        """Profit of what is held at a price, in ticks times contracts."""
        worth = ticks * abs(self.net)
        return worth - self.cost if self.net > 0 else self.cost - worth

    def worst(self, buys: int = 0, sells: int = 0) -> int:
        """Largest position, either way, with so much more on order."""
        long = self.net + self.working_buys + buys
        short = self.net - self.working_sells - sells
        return max(abs(long), abs(short), abs(self.net))

    def roll(self) -> None:
        """The day is over: what is held goes on over night."""
        net = self.net
        self.overnight, self.overnight_cost = net, self.cost
        self.buys, self.sells = max(net, 0), max(-net, 0)
        self.bought = self.cost if net > 0 else 0
        self.sold = self.cost if net < 0 else 0
        self.day_buys = self.day_sells = self.day_bought = self.day_sold = 0
        self.realised = 0
        self.fees = ZERO


@attrs.define(kw_only=True, eq=False)
class Ledger:
    """One account.

    Attributes:
        account_id: its key.
        terms: what it may do.
        balance: cash, with what was realised and what fees took.
        status: `AccountStatus`; it begins as its terms say.
    """

    account_id: str
    number: str
    name: str
    terms: AccountTerms
    fee: Decimal
    balance: Decimal
    status: int
    positions: dict[str, Position] = attrs.field(factory=dict)

    @classmethod
    def opened(cls, spec: AccountSpec, terms: AccountTerms, fee: float) -> "Ledger":
        """An account as it starts."""
        return cls(
            account_id=spec.account_id,
            number=spec.account_number,
            name=spec.account_name,
            terms=terms,
            fee=Decimal(str(fee)),
            balance=Decimal(str(terms.balance)),
            status=terms.status,
        )

    def position(self, listing: Listing) -> Position:
        """The position in a market, made on first use."""
        found = self.positions.get(listing.market_id)
        if found is None:
            found = self.positions[listing.market_id] = Position(listing=listing)
        return found

    def held(self, listing: Listing) -> Position:
        """The position in a market to look at; none is made."""
        return self.positions.get(listing.market_id) or Position(listing=listing)

    def hold(self, listing: Listing, net: int, ticks: int) -> None:
        """A position from before, at a price."""
        position = self.position(listing)
        position.trade(BuySell.BUY if net > 0 else BuySell.SELL, abs(net), ticks)
        position.roll()

    def settle(self, listing: Listing, side: BuySell, volume: int, ticks: int) -> None:
        """A fill."""
        position = self.position(listing)
        fee = self.fee * volume
        position.fees += fee
        self.balance += position.trade(side, volume, ticks) * tick_value(listing) - fee

    def unsettle(self, listing: Listing, side: BuySell, volume: int, ticks: int) -> None:
        """A fill is taken back, its fee too."""
        position = self.position(listing)
        fee = self.fee * volume
        position.fees -= fee
        self.balance += position.untrade(side, volume, ticks) * tick_value(listing) + fee

    def margin(self) -> Decimal:
        """What the positions bind."""
        return _sum(abs(each.net) * each.listing.margin for each in self.positions.values())

    def pre_trade_margin(self) -> Decimal:
        """What they bind if the orders that work are filled the worse way."""
        return _sum(each.worst() * each.listing.margin for each in self.positions.values())

    def margin_with(self, position: Position, buys: int, sells: int) -> Decimal:
        """The same with so much more on order."""
        more = position.worst(buys, sells) - position.worst()
        return self.pre_trade_margin() + more * position.listing.margin

    @property
    def realised(self) -> Decimal:
        """Since the last rollover, without fees."""
        return _sum(each.realised * tick_value(each.listing) for each in self.positions.values())

    @property
    def fees(self) -> Decimal:
        """Since the last rollover."""
        return _sum(each.fees for each in self.positions.values())


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
