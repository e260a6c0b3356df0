"""What money is tied up and what is free, by owner and currency (PT-12). Part of the fold.

A position ties up what it cost, an open order its reserved value; both times the margin rate of the
limits, which the fold does not know. Balances are the venue's word at the last comparison, with what
was tied up here when it was given: what the venue holds back beyond that is held for something we
cannot see and stays taken off until the next word.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from engine.model.money import ZERO
from engine.orders.exact import add, multiply, subtract, value_of
from engine.orders.ledger import Position


@attrs.frozen
class Balance:
    """Cash on an account as the venue told it; `tied` was tied up here then, at full value."""

    total: Decimal
    available: Decimal
    tied: Decimal

    def free(self, tied: Decimal, margin_rate: Decimal) -> Decimal:
        """What is free with so much tied up now."""
        held_back = subtract(self.total, self.available)
        unseen = max(subtract(held_back, multiply(self.tied, margin_rate)), ZERO)
        return subtract(subtract(self.total, unseen), multiply(tied, margin_rate))


class Holdings:
    """Value at cost of all positions of each owner, per currency."""

    __slots__ = ("_sums", "_values")

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], tuple[str, Decimal]] = {}
        self._sums: dict[tuple[str, str], Decimal] = {}

    def set(self, owner: str, instrument: str, position: Position) -> None:
        """Replace what the position tied up before."""
        value = value_of(position.avg_px, position.quantity, position.multiplier).copy_abs()
        before = self._values.get((owner, instrument))
        if before is not None:
            key = (owner, before[0])
            self._sums[key] = subtract(self._sums[key], before[1])
        self._values[owner, instrument] = (position.currency, value)
        key = (owner, position.currency)
        self._sums[key] = add(self._sums.get(key, ZERO), value)

    def value(self, owner: str, currency: str) -> Decimal:
        """What all positions of the owner cost."""
        return self._sums.get((owner, currency), ZERO)

    def figures(self) -> list[list[object]]:
        """All that is not zero."""
        return sorted([*key, total] for key, total in self._sums.items() if total)


class Balances:
    """The newest word of each venue on its account's cash."""

    __slots__ = ("_accounts",)

    def __init__(self) -> None:
        self._accounts: dict[str, dict[str, Balance]] = {}

    def take(self, account: str, told: Iterable[tuple[str, Balance]]) -> None:
        """Replace all of an account's."""
        self._accounts[account] = dict(told)

    def find(self, account: str, currency: str) -> Balance | None:
        """The balance, None when the venue has not told it."""
        return self._accounts.get(account, {}).get(currency)

    def of(self, account: str) -> Mapping[str, Balance]:
        """All of an account's by currency."""
        return self._accounts.get(account, {})

    def figures(self) -> dict[str, object]:
        """Everything, for comparison."""
        return {
            account: {currency: attrs.astuple(each) for currency, each in sorted(told.items())}
            for account, told in self._accounts.items()
        }
