"""Clearing: turns executions and cancels into changed orders, accounts and order events.

The one place where an order's life, its account's position and balance, and the memory of final
orders change together, so that none of them can run ahead of another.
"""

from __future__ import annotations

from itertools import count

from engine.exchange.accounts import Account, Holding
from engine.exchange.events import OrderAccepted, OrderCancelled, OrderFilled
from engine.exchange.model import CancelReason, Fill, Liquidity, Order
from engine.exchange.registry import OrderBookkeeping
from engine.exchange.working import WorkingOrder


class Clearing:
    """Accounts and orders of the whole exchange, and the counter of its own trade ids."""

    def __init__(self, trade_ids_from: int) -> None:
        self._accounts: dict[str, Account] = {}
        self._orders: dict[str, OrderBookkeeping] = {}
        self._trade_ids = count(trade_ids_from)

    def account(self, name: str) -> Account:
        """The account, made on first use."""
        account = self._accounts.get(name)
        if account is None:
            account = self._accounts[name] = Account(name)
        return account

    def orders(self, account: str) -> OrderBookkeeping:
        """The orders of an account."""
        orders = self._orders.get(account)
        if orders is None:
            orders = self._orders[account] = OrderBookkeeping()
        return orders

    def next_trade_id(self) -> int:
        """A trade id never given out before."""
        return next(self._trade_ids)

    def holding(self, order: WorkingOrder) -> Holding:
        """What the order's account holds in the order's instrument."""
        return self.account(order.account).holding(order.instrument)

    def accept(self, order: WorkingOrder) -> OrderAccepted:
        """An order was accepted: it counts as open from here on."""
        holding = self.holding(order)
        holding.offer(order.side, order.leaves)
        if order.terms.reduce_only:
            holding.reducing[order.order_id] = order
        self.orders(order.account).add(order)
        return OrderAccepted(order.view(), order.created_ns)

    def fill(
        self,
        order: WorkingOrder,
        ticks: int,
        lots: int,
        *,
        liquidity: Liquidity,
        trade_id: int,
        now_ns: int,
    ) -> OrderFilled:
        """Book one execution on one order and its account."""
        instrument, terms = order.instrument, order.terms
        maker = liquidity is Liquidity.MAKER
        rate = instrument.maker_fee_rate if maker else instrument.taker_fee_rate
        account = self.account(terms.account)
        order.fill(ticks, lots, now_ns)
        realised, fee = account.settle(order, ticks, lots, rate)
        fill = Fill(
            trade_id=trade_id,
            order_id=order.order_id,
            client_order_id=terms.client_order_id,
            account=terms.account,
            symbol=instrument.symbol,
            side=order.side,
            price=instrument.price(ticks),
            quantity=instrument.quantity(lots),
            liquidity=liquidity,
            fee=fee,
            currency=instrument.currency,
            realised=realised,
            at_ns=now_ns,
            tag=order.tag,
        )
        account.fills.append(fill)
        view = order.view()
        if not order.leaves:
            self._finish(order, view)
        return OrderFilled(view, fill, now_ns)

    def close(self, order: WorkingOrder, reason: CancelReason, now_ns: int) -> OrderCancelled:
        """Cancel what is left of an order."""
        self.holding(order).offer(order.side, -order.leaves)
        order.close(reason, now_ns)
        view = order.view()
        self._finish(order, view)
        return OrderCancelled(view, reason, now_ns)

    def surplus(self, order: WorkingOrder) -> WorkingOrder | None:
        """A reduce-only order of the same account and instrument that the position no longer covers."""
        holding = self.holding(order)
        return holding.surplus() if holding.reducing else None

    def _finish(self, order: WorkingOrder, view: Order) -> None:
        """Move a final order out of everything that counts open ones."""
        self.orders(order.account).finish(order, view)
        if order.terms.reduce_only:
            self.holding(order).reducing.pop(order.order_id, None)
