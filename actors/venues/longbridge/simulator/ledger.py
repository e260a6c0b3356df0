"""What an account owns: cash by currency, holdings, and why they changed; exact, pure.

Cash of all currencies is one pool at fixed rates, as in a margin account with several currencies.
The venue's real margin rules are in no source: buying binds the full value, shorts bind the
initial margin factor, and `financing` is what may be bought beyond one's own money.
"""

from collections import deque
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from actors.venues.longbridge.simulator.bound import ZERO, Bound, Totals
from actors.venues.longbridge.simulator.listings import BY_SYMBOL
from actors.venues.longbridge.simulator.orders import Execution, Order

FLOWS_MAX: Final = 20_000
"""Money flows remembered per account: twice what one answer may hold."""
HKD_PER: Final[Mapping[str, Decimal]] = {
    "HKD": Decimal(1),
    "USD": Decimal("7.8"),
    "CNY": Decimal("1.1"),
    "CNH": Decimal("1.1"),
    "SGD": Decimal(6),
}
"""Fixed rates; nobody trades currencies here."""
INITIAL_FACTOR: Final = Decimal("0.5")
MAINTENANCE_FACTOR: Final = Decimal("0.4")
FORCED_FACTOR: Final = Decimal("0.3")
OUT: Final = 1
IN: Final = 2
CASH: Final = 1
STOCK: Final = 2
_CENT: Final = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """Money to two places."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def convert(amount: Decimal, source: str, target: str) -> Decimal:
    """An amount in another currency."""
    return amount if source == target else amount * HKD_PER[source] / HKD_PER[target]


@attrs.define
class Holding:
    """Shares of one security; negative when sold short. `cost` is the average price."""

    symbol: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    opening: Decimal = ZERO

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        """Buy (or, negative, sell) at a price."""
        held = self.quantity
        if held * quantity >= 0:
            self.cost = (self.cost * abs(held) + price * abs(quantity)) / abs(held + quantity)
        elif abs(quantity) > abs(held):
            self.cost = price
        self.quantity = held + quantity
        if not self.quantity:
            self.cost = ZERO


@attrs.frozen(kw_only=True)
class Flow:
    """One change of cash; the amount is unsigned, `direction` says which way."""

    name: str
    direction: int
    kind: int
    amount: Decimal
    currency: str
    symbol: str
    text: str
    at_ns: int


@attrs.define(kw_only=True, eq=False)
class Ledger:
    """One account.

    Attributes:
        name: the account's number.
        paper: plays by the rules of the venue's paper account.
        financing: what may be bought beyond own money, in HKD.
        bound: what its open orders bind.
    """

    name: str
    paper: bool = False
    financing: Decimal = ZERO
    fee_rate: Decimal = ZERO
    cash: dict[str, Decimal] = attrs.field(factory=dict)
    holdings: dict[str, Holding] = attrs.field(factory=dict)
    bound: Bound = attrs.field(factory=Bound)
    flows: deque[Flow] = attrs.field(factory=lambda: deque(maxlen=FLOWS_MAX))

    def holding(self, symbol: str) -> Holding:
        """What it has of a security, made on first use."""
        return self.holdings.setdefault(symbol, Holding(symbol))

    def give(self, symbol: str, quantity: Decimal) -> None:
        """Shares it has from the start, at the price they are listed with."""
        price = BY_SYMBOL[symbol].reference_price
        self.holdings[symbol] = Holding(symbol, quantity, price, quantity)

    def fee(self, value: Decimal) -> Decimal:
        """The fee for a fill of this value."""
        return cents(value * self.fee_rate)

    def settle(self, execution: Execution, currency: str) -> None:
        """Take one fill."""
        buys = execution.side == "Buy"
        value = execution.price * execution.quantity
        self.holding(execution.symbol).trade(
            execution.quantity if buys else -execution.quantity, execution.price
        )
        text = f"{execution.side} {execution.symbol} {execution.trade_id}"
        name = "Buy Contract-Stocks" if buys else "Sell Contract-Stocks"
        self._flow(name, -value if buys else value, currency, execution, text)
        self._flow("Commission Fee", -execution.fee, currency, execution, text)

    def _flow(
        self, name: str, amount: Decimal, currency: str, execution: Execution, text: str
    ) -> None:
        if not amount:
            return
        self.cash[currency] = self.cash.get(currency, ZERO) + amount
        self.flows.append(
            Flow(
                name=name,
                direction=IN if amount > 0 else OUT,
                kind=CASH,
                amount=abs(amount),
                currency=currency,
                symbol=execution.symbol,
                text=text,
                at_ns=execution.at_ns,
            )
        )

    # --- what is bound --------------------------------------------------------------------

    def cost(self, price: Decimal, quantity: Decimal) -> Decimal:
        """What buying takes, fee included."""
        value = price * quantity
        return value + self.fee(value)

    def bind(self, order: Order, price: Decimal) -> None:
        """Take note of what an order binds as it stands; `price` is for one without a limit."""
        if not order.open:
            self.bound.release(order.order_id)
        elif order.terms.buys:
            amount = self.cost(order.price or price, order.leaves)
            self.bound.buy(order.order_id, order.terms.listing.currency, amount)
        else:
            self.bound.sell(order.order_id, order.terms.symbol, order.leaves)

    def buying_power(self, bound: Totals, prices: Mapping[str, Decimal], currency: str) -> Decimal:
        """What may still be bought beside what is bound, in a currency."""
        pool = self.financing
        for name, amount in self.cash.items():
            pool += convert(amount, name, "HKD")
        for name, amount in bound.cash.items():
            pool -= convert(amount, name, "HKD")
        for symbol in {*self.holdings, *bound.shares}:
            short = self._bound_by_short(symbol, bound, prices)
            pool -= convert(short, BY_SYMBOL[symbol].currency, "HKD")
        return convert(pool, "HKD", currency)

    def _bound_by_short(self, symbol: str, bound: Totals, prices: Mapping[str, Decimal]) -> Decimal:
        """Proceeds of a short sale stay as its cover, and it takes the initial margin besides."""
        held = self.holding(symbol).quantity
        short = bound.shares_of(symbol) - held
        if short <= 0:
            return ZERO
        return (max(-held, ZERO) + short * INITIAL_FACTOR) * prices[symbol]

    def net_assets(self, prices: Mapping[str, Decimal], currency: str) -> Decimal:
        """Cash and holdings at the last prices, in a currency."""
        total = ZERO
        for name, amount in self.cash.items():
            total += convert(amount, name, currency)
        for holding in self.holdings.values():
            value = holding.quantity * prices[holding.symbol]
            total += convert(value, BY_SYMBOL[holding.symbol].currency, currency)
        return total

    def exposure(self, prices: Mapping[str, Decimal], currency: str) -> Decimal:
        """Worth of all holdings without their sign, in a currency."""
        return sum(
            (
                convert(
                    abs(each.quantity) * prices[each.symbol],
                    BY_SYMBOL[each.symbol].currency,
                    currency,
                )
                for each in self.holdings.values()
            ),
            ZERO,
        )
