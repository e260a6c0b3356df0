"""May this order be placed? Margin, leverage and position checks, and the sums behind them.

The exchange core matches without looking at money; this venue's rules (leverage per contract, hedge
positions, closing volume that is already promised to other orders) are here. Sums are taken over
open orders when asked, so nothing can drift from what the exchange holds.
"""

from decimal import Decimal
from typing import Final

from actors.venues.wooxpro.instruments import Contract
from actors.venues.wooxpro.simulator import errors
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.orders import MAKER_ONLY, Terms, Ticket
from actors.venues.wooxpro.simulator.positions import (
    BUY_CLOSE,
    LONG,
    SELL_CLOSE,
    SHORT,
    ZERO,
    Account,
    OpenType,
    closes_kind,
    is_buy,
    is_close,
)
from actors.venues.wooxpro.simulator.symbols import SymbolState
from engine.exchange.exchange import Exchange
from engine.exchange.model import Order, RefusalReason

CODES: Final = {
    RefusalReason.UNKNOWN_SYMBOL: errors.CONTRACT_NOT_FOUND,
    RefusalReason.PRICE: errors.RANGE_INVALID,
    RefusalReason.PRICE_INCREMENT: errors.PRECISION_INVALID,
    RefusalReason.QUANTITY: errors.RANGE_INVALID,
    RefusalReason.LOT: errors.PRECISION_INVALID,
    RefusalReason.MIN_QUANTITY: errors.RANGE_INVALID,
    RefusalReason.MAX_QUANTITY: errors.RANGE_INVALID,
    RefusalReason.TIME_IN_FORCE: errors.TYPE_INVALID,
    RefusalReason.DUPLICATE_CLIENT_ORDER_ID: errors.CLIENT_ID_DUPLICATE,
    RefusalReason.BALANCE: errors.BALANCE_NOT_ENOUGH,
    RefusalReason.REDUCE_ONLY: errors.POSITION_VOLUME,
    RefusalReason.TOO_MANY_ORDERS: errors.INVALID_REQUEST,
    RefusalReason.UNKNOWN_ORDER: errors.ORDER_NOT_FOUND,
    RefusalReason.ORDER_CLOSED: errors.ORDER_NOT_FOUND,
    RefusalReason.HALTED: errors.CONTRACT_PAUSED,
}
"""The venue's code for every refusal of the exchange core."""


class Admission:
    """Checks and sums over one exchange and its accounts' positions."""

    def __init__(self, exchange: Exchange, symbols: dict[str, SymbolState]) -> None:
        self._exchange = exchange
        self._symbols = symbols

    def contract(self, symbol: str) -> Contract:
        """The listed contract; 40034 for any other."""
        state = self._symbols.get(symbol)
        if state is None:
            raise Refusal(errors.CONTRACT_NOT_FOUND)
        return state.contract

    # --- sums -----------------------------------------------------------------------------

    def closing(self, account: Account, symbol: str, kind: int) -> list[Order]:
        """Open orders that are to reduce this position, oldest first."""
        side = BUY_CLOSE if kind == SHORT else SELL_CLOSE
        orders = self._exchange.open_orders(account.name, symbol)
        return [order for order in orders if order.tag.side == side]

    def frozen(self, account: Account, symbol: str, kind: int) -> Decimal:
        """Contracts of a position that are promised to closing orders."""
        return sum((order.leaves for order in self.closing(account, symbol, kind)), ZERO)

    def order_margin(self, account: Account, currency: str = "USDT") -> Decimal:
        """Money bound by open orders that open positions."""
        total = ZERO
        for order in self._exchange.open_orders(account.name):
            terms: Terms = order.tag
            contract = self._symbols[order.symbol].contract
            if contract.quote == currency and order.price is not None and not is_close(terms.side):
                total += order.leaves * order.price * contract.contract_size / terms.leverage
        return total

    def position_margin(self, account: Account, currency: str = "USDT") -> Decimal:
        """Money bound by positions."""
        total = ZERO
        for position in account.positions.values():
            contract = self._symbols[position.symbol].contract
            if contract.quote == currency:
                total += position.margin(contract.contract_size)
        return total

    def unrealised(self, account: Account, currency: str = "USDT") -> Decimal:
        """Profit of all positions at the mark price."""
        total = ZERO
        for position in account.positions.values():
            state = self._symbols[position.symbol]
            if state.contract.quote == currency:
                total += position.unrealised(state.mark, state.contract.contract_size)
        return total

    def available(self, account: Account, currency: str = "USDT") -> Decimal:
        """Money that new orders may bind."""
        wallet = account.wallet.get(currency, ZERO)
        bound = self.position_margin(account, currency) + self.order_margin(account, currency)
        return wallet - bound

    # --- the check ------------------------------------------------------------------------

    def admit(self, account: Account, ticket: Ticket) -> Terms:
        """The terms of an order that may be placed now; Refusal with the venue's code if not."""
        if ticket.type == "market" and ticket.mode == MAKER_ONLY:
            raise Refusal(errors.TYPE_INVALID)
        if is_close(ticket.side):
            leverage, open_type = self._check_close(account, ticket)
        else:
            leverage, open_type = self._check_open(account, ticket)
        return Terms(
            side=ticket.side,
            type=ticket.type,
            leverage=leverage,
            open_type=open_type,
            position_mode=account.mode,
            plan_order_id=ticket.plan_order_id,
            presets=ticket.presets,
        )

    def admit_change(
        self, account: Account, order: Order, price: Decimal | None, size: int | None
    ) -> None:
        """Refuse new terms of an open order that the account could not carry."""
        terms: Terms = order.tag
        contract = self.contract(order.symbol)
        added = (Decimal(size) if size is not None else order.quantity) - order.quantity
        if is_close(terms.side):
            kind = closes_kind(terms.side)
            hold = account.volume(order.symbol, kind)
            if added > hold - self.frozen(account, order.symbol, kind):
                raise Refusal(errors.POSITION_VOLUME)
            return
        before = order.leaves * (order.price or ZERO)
        after = (order.leaves + added) * (price or order.price or ZERO)
        more = (after - before) * contract.contract_size / terms.leverage
        if more > self.available(account, contract.quote):
            raise Refusal(errors.BALANCE_NOT_ENOUGH)

    def _check_close(self, account: Account, ticket: Ticket) -> tuple[Decimal, OpenType]:
        symbol, kind = ticket.contract.symbol, closes_kind(ticket.side)
        position = account.positions.get((symbol, kind))
        if position is None:
            raise Refusal(errors.POSITION_NOT_FOUND)
        if ticket.size > position.hold - self.frozen(account, symbol, kind):
            raise Refusal(errors.POSITION_VOLUME)
        return position.leverage, position.open_type

    def _check_open(self, account: Account, ticket: Ticket) -> tuple[Decimal, OpenType]:
        symbol = ticket.contract.symbol
        leverage, open_type = account.leverage(symbol)
        wanted = ticket.leverage or leverage
        wanted_type: OpenType = "isolated" if ticket.open_type == "isolated" else "cross"
        if not ticket.open_type:
            wanted_type = open_type
        if account.held(symbol):
            if wanted_type != open_type:
                raise Refusal(errors.SYSTEM_ERROR)
            if wanted != leverage:
                raise Refusal(errors.LEVERAGE_INVALID)
        self._check_money(account, ticket, wanted)
        account.terms[symbol] = (wanted, wanted_type)
        return wanted, wanted_type

    def _check_money(self, account: Account, ticket: Ticket, leverage: Decimal) -> None:
        contract = ticket.contract
        opening = Decimal(ticket.size)
        if account.mode == "one_way_mode":
            against = SHORT if is_buy(ticket.side) else LONG
            opening = max(ZERO, opening - account.volume(contract.symbol, against))
        value = opening * self._price(ticket) * contract.contract_size
        needed = value / leverage + value * contract.taker_fee_rate
        if needed > self.available(account, contract.quote):
            raise Refusal(errors.BALANCE_NOT_ENOUGH)

    def _price(self, ticket: Ticket) -> Decimal:
        """The price that the order's margin is reckoned with: its own, or the one it would meet."""
        if ticket.price is not None:
            return ticket.price
        state = self._symbols[ticket.contract.symbol]
        bid, _, ask, _ = self._exchange.top(ticket.contract.symbol)
        ticks = ask if is_buy(ticket.side) else bid
        return state.mark if ticks is None else state.instrument.price(ticks)
