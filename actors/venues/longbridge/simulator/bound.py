"""What an account's open orders bind: cash for buys, shares for sells; kept as orders change.

Sums and not loops, so that the thousandth open order costs no more than the first.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs

ZERO: Final = Decimal(0)


@attrs.frozen
class Totals:
    """Cash by currency that open buys bind, shares by symbol that open sells may still take."""

    cash: Mapping[str, Decimal]
    shares: Mapping[str, Decimal]

    def cash_in(self, currency: str) -> Decimal:
        """Cash bound in one currency."""
        return self.cash.get(currency, ZERO)

    def shares_of(self, symbol: str) -> Decimal:
        """Shares of one security on offer."""
        return self.shares.get(symbol, ZERO)


class Bound:
    """The bindings of one account's open orders."""

    def __init__(self) -> None:
        self._cash: dict[int, tuple[str, Decimal]] = {}
        self._shares: dict[int, tuple[str, Decimal]] = {}
        self._totals = Totals({}, {})

    def buy(self, order_id: int, currency: str, amount: Decimal) -> None:
        """An open buy binds so much, whatever it bound before."""
        self.release(order_id)
        self._cash[order_id] = (currency, amount)
        self._totals = attrs.evolve(self._totals, cash=_added(self._totals.cash, currency, amount))

    def sell(self, order_id: int, symbol: str, shares: Decimal) -> None:
        """An open sell offers so much, whatever it offered before."""
        self.release(order_id)
        self._shares[order_id] = (symbol, shares)
        self._totals = attrs.evolve(
            self._totals, shares=_added(self._totals.shares, symbol, shares)
        )

    def release(self, order_id: int) -> None:
        """The order binds nothing any more."""
        self._totals = self.totals(without=order_id)
        self._cash.pop(order_id, None)
        self._shares.pop(order_id, None)

    def totals(self, *, without: int = 0) -> Totals:
        """All that is bound, one order's part left out where one is named."""
        totals = self._totals
        if (cash := self._cash.get(without)) is not None:
            totals = attrs.evolve(totals, cash=_added(totals.cash, cash[0], -cash[1]))
        if (shares := self._shares.get(without)) is not None:
            totals = attrs.evolve(totals, shares=_added(totals.shares, shares[0], -shares[1]))
        return totals


def _added(sums: Mapping[str, Decimal], key: str, amount: Decimal) -> dict[str, Decimal]:
    return {**sums, key: sums.get(key, ZERO) + amount}
