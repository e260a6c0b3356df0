"""May an account have this order? Buying power, holdings and shorting; the codes are invented."""

from decimal import Decimal
from typing import Final

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.bound import Totals
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.ledger import INITIAL_FACTOR, Ledger
from actors.venues.longbridge.simulator.orders import Order
from actors.venues.longbridge.simulator.prices import Prices
from actors.venues.longbridge.simulator.store import OrderStore
from actors.venues.longbridge.simulator.tickets import Ticket

SHORTABLE: Final = frozenset({"US"})
"""Markets in which shares may be sold that one does not have."""
OPEN_MAX: Final = 5_000
"""Open orders of one account; far above what thirty calls in thirty seconds bring about."""


class Admission:
    """Checks orders against what the account has.

    Args:
        prices: for orders without a price.
        shorting: whether shares may be sold short where the market allows it.
    """

    def __init__(self, prices: Prices, *, shorting: bool) -> None:
        self._prices = prices
        self._shorting = shorting

    def admit(self, ticket: Ticket, ledger: Ledger, store: OrderStore) -> None:
        """Refusal when the account may not place this order."""
        if len(store.open) >= OPEN_MAX:
            raise Refusal(codes.ORDER_REFUSED, f"{len(store.open)} orders are open")
        self._cover(ticket, ticket.quantity, ledger, ledger.bound.totals())

    def admit_change(self, order: Order, wanted: Ticket, ledger: Ledger) -> None:
        """Refusal when the account may not have its order with these terms instead."""
        if wanted.quantity <= order.executed:
            raise Refusal(codes.PARAMETER, "param quantity must exceed what is executed")
        beside = ledger.bound.totals(without=order.order_id)
        self._cover(wanted, wanted.quantity - order.executed, ledger, beside)

    def _cover(
        self,
        ticket: Ticket,
        quantity: Decimal,
        ledger: Ledger,
        bound: Totals,
    ) -> None:
        if ticket.buys:
            price = self.price_of(ticket)
            if ledger.cost(price, quantity) > self.power(ticket, ledger, bound):
                raise Refusal(codes.BUYING_POWER)
            return
        free = ledger.holding(ticket.symbol).quantity - bound.shares_of(ticket.symbol)
        short = quantity - max(free, Decimal(0))
        if short <= 0:
            return
        if not self._shorting or ticket.listing.market not in SHORTABLE:
            raise Refusal(codes.HOLDINGS)
        needed = short * self.price_of(ticket) * INITIAL_FACTOR
        if needed > self.power(ticket, ledger, bound):
            raise Refusal(codes.BUYING_POWER)

    def price_of(self, ticket: Ticket) -> Decimal:
        """What a share is reckoned at: the limit, else the quote it would meet, else the last price."""
        if ticket.price is not None:
            return ticket.price
        facing = self._prices.facing(ticket.symbol, buys=ticket.buys)
        return self._prices.last(ticket.symbol) if facing is None else facing

    def power(self, ticket: Ticket, ledger: Ledger, bound: Totals) -> Decimal:
        """Buying power beside what is bound, in the ticket's currency."""
        return ledger.buying_power(bound, self._prices.all_last(), ticket.listing.currency)
