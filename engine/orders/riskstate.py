"""What the risk controls need of the past beyond orders and positions. Part of the fold.

Money tied up and free, own orders by price, the day, and limits set for a time. The book hands over
every change of an order and a position; the risk records are applied here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.model.enums import TradingStateWord
from engine.orders import records as r
from engine.orders.day import Day, OwnerKind
from engine.orders.funds import Balance, Balances, Holdings
from engine.orders.ledger import Ledger, Position
from engine.orders.order import Order
from engine.orders.resting import Resting
from engine.risk.killswitch import strategy_scope

Changed = tuple[str, str, str]
"""Section, name in it, and limit."""

Ledgers = Mapping[OwnerKind, Ledger]
"""Positions of accounts and of strategies."""

RECORDS = (r.BalancesTold, r.DayBegan, r.Marked, r.LimitChanged, r.LimitReturned)
"""What `RiskState.apply` takes."""


class RiskState:
    """Change it by `BookOfOrders.apply` alone."""

    def __init__(self) -> None:
        self.holdings = {kind: Holdings() for kind in OwnerKind}
        self.balances = Balances()
        self.resting = Resting()
        self.day = Day()
        self.changes: dict[Changed, r.LimitChanged] = {}
        self.revision = 0
        self._appliers: Mapping[type, Callable[[Any, Ledgers], None]] = {
            r.BalancesTold: self._balances_told,
            r.DayBegan: self._day_began,
            r.Marked: self._marked,
            r.LimitChanged: self._limit_changed,
            r.LimitReturned: self._limit_returned,
        }

    def apply(self, record: object, ledgers: Ledgers) -> None:
        """Take a risk record (one of `RECORDS`) in."""
        self._appliers[type(record)](record, ledgers)

    # --- what the book hands over ----------------------------------------------------------------

    def hold(self, kind: OwnerKind, owner: str, instrument: str, position: Position) -> None:
        """A position is another one."""
        self.holdings[kind].set(owner, instrument, position)

    def traded(self, order: Order, ledgers: Ledgers) -> None:
        """The positions that an order's fills belong to have changed."""
        owners = {OwnerKind.ACCOUNT: order.account, OwnerKind.STRATEGY: order.strategy}
        for kind, owner in owners.items():
            position = ledgers[kind].find(owner, order.instrument) if owner else None
            if position is not None:
                self.hold(kind, owner, order.instrument, position)

    def adopted(self, kind: OwnerKind, owner: str, instrument: str, position: Position) -> None:
        """A position, or a part of it, was taken over: by an account, or from it by a strategy."""
        self.hold(kind, owner, instrument, position)
        self.day.adopt(kind, owner, instrument)

    def switched(self, record: r.TradingStateChanged) -> None:
        """The kill switch moved."""
        if record.level is TradingStateWord.ACTIVE:
            for strategy in {name for name, _ in self.day.activity}:
                if strategy_scope(strategy) == record.scope:
                    self.day.forgive(strategy)

    # --- risk records ----------------------------------------------------------------------------

    def _balances_told(self, record: r.BalancesTold, _ledgers: Ledgers) -> None:
        told = (
            (each.currency, Balance(each.total, each.available, each.tied))
            for each in record.balances
        )
        self.balances.take(record.account, told)

    def _day_began(self, record: r.DayBegan, ledgers: Ledgers) -> None:
        self.day.begin(record.number, ledgers[OwnerKind.ACCOUNT], ledgers[OwnerKind.STRATEGY])

    def _marked(self, record: r.Marked, ledgers: Ledgers) -> None:
        for mark in record.marks:
            position = ledgers[mark.kind].find(mark.owner, mark.instrument)
            if position is not None:
                self.day.mark((mark.kind, mark.owner, mark.instrument), position, mark.price)

    def _limit_changed(self, record: r.LimitChanged, _ledgers: Ledgers) -> None:
        self.changes[record.section, record.name, record.limit] = record
        self.revision += 1

    def _limit_returned(self, record: r.LimitReturned, _ledgers: Ledgers) -> None:
        self.changes.pop((record.section, record.name, record.limit), None)
        self.revision += 1

    def figures(self) -> dict[str, object]:
        """Everything, for comparison."""
        return {
            "holdings": {kind.value: held.figures() for kind, held in self.holdings.items()},
            "balances": self.balances.figures(),
            "resting": self.resting.figures(),
            "day": self.day.figures(),
            "changes": [list(r.to_bytes(each)) for _, each in sorted(self.changes.items())],
        }
