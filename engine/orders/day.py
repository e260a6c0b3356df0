"""The trading day: profit and loss since it began, and how much was ordered for each fill. Part of the fold.

The day's result of a position is its result now less its result when the day began. Positions that
were open then need a price to know it; until a `Marked` record brings one they count nothing. What
is adopted from a venue is marked anew as well: its past is not this day's loss.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import attrs

from engine.model.money import ZERO
from engine.orders.exact import add, subtract
from engine.orders.ledger import Ledger, Position


class OwnerKind(StrEnum):
    """Whose position it is."""

    ACCOUNT = "account"
    STRATEGY = "strategy"


Holder = tuple[OwnerKind, str, str]
"""Kind and name of the owner, and the instrument."""


def net(position: Position, mark: Decimal | None) -> dict[str, Decimal]:
    """Realised and marked profit less fees, per currency; without a mark what is open counts nothing."""
    result = position.realised_pnl
    if mark is not None and position.quantity:
        result = add(result, position.unrealised_pnl(mark))
    amounts = {position.currency: result}
    for currency, fee in position.fees.items():
        amounts[currency] = subtract(amounts.get(currency, ZERO), fee)
    return amounts


@attrs.define
class Activity:
    """Of one strategy in one instrument since the day began or it was armed: commands, and fills."""

    messages: int = 0
    fills: int = 0


class Day:
    """The day's beginnings; change it by the book alone."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.began: dict[Holder, dict[str, Decimal]] = {}
        self.unmarked: dict[Holder, None] = {}
        self.activity: dict[tuple[str, str], Activity] = {}

    def begin(self, number: int, accounts: Ledger, strategies: Ledger) -> None:
        """A new day: from here on results count from what they are now."""
        self.number = number
        self.began.clear()
        self.unmarked.clear()
        self.activity.clear()
        for kind, ledger in ((OwnerKind.ACCOUNT, accounts), (OwnerKind.STRATEGY, strategies)):
            for owner, instrument, position in ledger:
                if position.quantity:
                    self.unmarked[kind, owner, instrument] = None
                else:
                    self.began[kind, owner, instrument] = net(position, None)

    def adopt(self, kind: OwnerKind, owner: str, instrument: str) -> None:
        """A position came from elsewhere: its result counts from its next mark on."""
        self.unmarked[kind, owner, instrument] = None

    def mark(self, holder: Holder, position: Position, price: Decimal) -> None:
        """The price at which a position's day begins."""
        self.began[holder] = net(position, price)
        self.unmarked.pop(holder, None)

    def result(
        self, holder: Holder, position: Position, mark: Decimal | None
    ) -> dict[str, Decimal]:
        """What the position made since the day began, per currency.

        Nothing while it is unmarked, or open without a mark: half of a result is none.
        """
        if holder in self.unmarked or (mark is None and position.quantity):
            return {}
        amounts = net(position, mark)
        for currency, before in self.began.get(holder, {}).items():
            amounts[currency] = subtract(amounts.get(currency, ZERO), before)
        return amounts

    def count(self, strategy: str, instrument: str, *, messages: int = 0, fills: int = 0) -> None:
        """Count commands to the venue and fills."""
        if not strategy:
            return
        activity = self.activity.get((strategy, instrument))
        if activity is None:
            activity = self.activity[strategy, instrument] = Activity()
        activity.messages += messages
        activity.fills += fills

    def forgive(self, strategy: str) -> None:
        """A person armed the strategy: its orders are counted anew."""
        for key in [key for key in self.activity if key[0] == strategy]:
            del self.activity[key]

    def figures(self) -> dict[str, object]:
        """Everything, for comparison."""
        return {
            "number": self.number,
            "began": sorted([*key, amounts] for key, amounts in self.began.items()),
            "unmarked": sorted(self.unmarked),
            "activity": sorted(
                [*key, each.messages, each.fills] for key, each in self.activity.items()
            ),
        }


def losses(
    day: Day, kind: OwnerKind, owner: str, positions: Iterable[tuple[str, Position, Decimal | None]]
) -> dict[str, Decimal]:
    """The day's loss of an owner per currency (a profit is negative), from positions and marks."""
    sums: dict[str, Decimal] = {}
    for instrument, position, mark in positions:
        for currency, amount in day.result((kind, owner, instrument), position, mark).items():
            sums[currency] = subtract(sums.get(currency, ZERO), amount)
    return sums
