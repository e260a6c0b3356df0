"""What orders and trades do to positions and money."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from actors.venues.webctp.simulator import admission, codes, rows, tradingdays
from actors.venues.webctp.simulator.codes import Status, Submit
from actors.venues.webctp.simulator.investors import Investor, Marks, fee_of
from actors.venues.webctp.simulator.orders import Execution, Order
from actors.venues.webctp.simulator.positions import ZERO, Pool, profit


class Ledger:
    """The books of all investors.

    Args:
        investors: by broker and investor id.
        marks: last prices.
        margin_by: what today's lots are margined at.
    """

    def __init__(
        self,
        investors: Mapping[tuple[str, str], Investor],
        marks: Marks,
        margin_by: Literal["open", "last"],
    ) -> None:
        self._investors = investors
        self._marks = marks
        self._by_last = margin_by == "last"

    def of(self, order: Order) -> Investor:
        """Whose order it is."""
        return self._investors[order.broker_id, order.investor_id]

    def account_row(self, investor: Investor, day: str) -> rows.Row:
        """TRADING_ACCOUNT without its row fields."""
        return rows.account_row(investor, self._marks, day, by_last=self._by_last)

    def affords(self, investor: Investor, needed: Decimal) -> bool:
        """Whether an account has so much to spare."""
        return needed <= investor.available(self._marks, by_last=self._by_last)

    def freeze(self, order: Order, lots: int) -> None:
        """An order that closes wants so many lots more (less when negative)."""
        if order.pool is not None:
            holding = self.of(order).positions.closed_by(order.listing, order.direction)
            holding.frozen[order.pool] += lots

    def settle(self, order: Order, execution: Execution) -> None:
        """Take a trade into order, position and money."""
        investor, listing = self.of(order), order.listing
        order.traded += execution.volume
        order.status = Status.ALL_TRADED if order.traded >= order.volume else Status.PART_TRADED
        investor.commission += fee_of(listing, execution.price, execution.volume)
        if order.pool is None:
            holding = investor.positions.of(listing, order.direction)
            holding.take(execution.volume, execution.price)
            return
        holding = investor.positions.closed_by(listing, order.direction)
        closed = holding.give(execution.volume, order.pool)
        self.freeze(order, -execution.volume)
        held = codes.SELL if order.direction == codes.BUY else codes.BUY
        investor.close_profit += profit(held, closed, execution.price, listing.multiple)

    def end(self, order: Order, clock: str) -> None:
        """What is left of an order will not trade."""
        self.freeze(order, order.traded - order.volume)
        order.status = Status.CANCELED
        order.cancel_time = clock
        if order.submit is not Submit.INSERT_REJECTED:
            order.submit = Submit.ACCEPTED

    def close(self, day: date) -> None:
        """The day's profit and fees go into the balance, lots are yesterday's at the last price."""
        for investor in self._investors.values():
            margin = investor.margin(self._marks, by_last=self._by_last)
            balance = investor.balance(self._marks)
            written = tradingdays.text(day)
            investor.statements[written] = admission.statement_text(investor, written, balance)
            investor.pre_margin, investor.pre_balance = margin, balance
            investor.close_profit = investor.commission = ZERO
            for _, holding in investor.positions:
                for lot in holding.lots:
                    lot.basis, lot.today = self._marks(holding.listing.symbol), False
                holding.frozen = dict.fromkeys(Pool, 0)
            investor.orders.clear()
            investor.stream.clear()
