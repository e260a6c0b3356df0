"""What an account owns: wallet, leverage and positions, all from fills; pure and exact.

Hedge mode keeps a long and a short position per contract side by side, one-way mode one net
position. Money is Decimal in the quote currency: price times contracts times contract size.
Forced liquidation is not simulated (liquidation prices are); funding is shown, never charged.
"""

from collections import deque
from decimal import ROUND_DOWN, Decimal
from typing import Final, Literal

import attrs

from actors.venues.wooxpro.instruments import Contract

ZERO: Final = Decimal(0)
ROWS_MAX: Final = 10_000
"""Fills and money flows remembered per account: fifty times what one answer may hold."""
DEFAULT_LEVERAGE: Final = Decimal(10)
_EIGHT: Final = Decimal("1E-8")

LONG: Final = 1
SHORT: Final = 2
BUY_OPEN, BUY_CLOSE, SELL_CLOSE, SELL_OPEN = 1, 2, 3, 4
"""Side codes of the venue; in one-way mode: buy, buy to reduce, sell to reduce, sell."""

TRANSFER, REALISED, COMMISSION = 1, 2, 4
FLOW_NAMES: Final = {TRANSFER: "Transfer", REALISED: "Realized PNL", COMMISSION: "Commission Fee"}
"""Kinds of wallet changes and what the venue calls them."""

OpenType = Literal["cross", "isolated"]
PositionMode = Literal["hedge_mode", "one_way_mode"]


def is_buy(side: int) -> bool:
    """Whether the side code buys."""
    return side in (BUY_OPEN, BUY_CLOSE)


def is_close(side: int) -> bool:
    """Whether the side code may only reduce."""
    return side in (BUY_CLOSE, SELL_CLOSE)


def closes_kind(side: int) -> int:
    """The position kind that a closing side code reduces."""
    return SHORT if side == BUY_CLOSE else LONG


def money(value: Decimal) -> Decimal:
    """To eight places, towards zero, as the venue prints money."""
    return value.quantize(_EIGHT, ROUND_DOWN)


@attrs.define
class Position:
    """One open (or just closed) position; volumes in contracts, averages are prices."""

    symbol: str
    kind: int
    open_type: OpenType
    leverage: Decimal
    created_ms: int
    updated_ms: int
    hold: Decimal = ZERO
    hold_avg: Decimal = ZERO
    opened: Decimal = ZERO
    open_value: Decimal = ZERO
    closed: Decimal = ZERO
    close_value: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def open_avg(self) -> Decimal:
        """Average of all opening fills of this position's life."""
        return self.open_value / self.opened if self.opened else ZERO

    @property
    def close_avg(self) -> Decimal:
        """Average of all closing fills of this position's life."""
        return self.close_value / self.closed if self.closed else ZERO

    @property
    def sign(self) -> int:
        """+1 for long, -1 for short."""
        return 1 if self.kind == LONG else -1

    def add(self, price: Decimal, volume: Decimal) -> None:
        """Open or enlarge."""
        self.hold_avg = (self.hold_avg * self.hold + price * volume) / (self.hold + volume)
        self.hold += volume
        self.opened += volume
        self.open_value += price * volume

    def reduce(self, price: Decimal, volume: Decimal, contract_size: Decimal) -> Decimal:
        """Close in part or in full; returns the realised profit."""
        profit = (price - self.hold_avg) * volume * contract_size * self.sign
        self.hold -= volume
        self.closed += volume
        self.close_value += price * volume
        self.realised += profit
        return profit

    def unrealised(self, mark: Decimal, contract_size: Decimal) -> Decimal:
        """Profit if closed at `mark`."""
        return (mark - self.hold_avg) * self.hold * contract_size * self.sign

    def margin(self, contract_size: Decimal) -> Decimal:
        """Money bound by this position."""
        return self.hold * self.hold_avg * contract_size / self.leverage


@attrs.frozen(kw_only=True)
class TradeRow:
    """One fill as the account remembers it."""

    order_id: int
    client_order_id: str
    trade_id: int
    symbol: str
    side: int
    price: Decimal
    volume: Decimal
    maker: bool
    fee: Decimal
    realised: Decimal
    created_ms: int


@attrs.frozen(kw_only=True)
class Flow:
    """One change of the wallet; `kind` is a key of `FLOW_NAMES`."""

    number: int
    kind: int
    name: str
    amount: Decimal
    currency: str
    symbol: str
    at_ms: int


class Account:
    """One account: wallet, settings per contract, positions and its own history.

    Args:
        name: the API key it belongs to.
        balance: opening wallet, USDT.
    """

    def __init__(self, name: str, balance: Decimal, mode: PositionMode, now_ms: int) -> None:
        self.name = name
        self.wallet: dict[str, Decimal] = {"USDT": ZERO, "BTC": ZERO, "ETH": ZERO}
        self.mode: PositionMode = mode
        self.positions: dict[tuple[str, int], Position] = {}
        self.terms: dict[str, tuple[Decimal, OpenType]] = {}
        self.trades: deque[TradeRow] = deque(maxlen=ROWS_MAX)
        self.flows: deque[Flow] = deque(maxlen=ROWS_MAX)
        self._flow_number = 0
        self.flow(TRANSFER, balance, "USDT", "", now_ms)

    def flow(self, kind: int, amount: Decimal, currency: str, symbol: str, now_ms: int) -> None:
        """Change the wallet and remember why; a zero amount is not remembered."""
        if not amount:
            return
        self._flow_number += 1
        self.wallet[currency] = self.wallet.get(currency, ZERO) + amount
        self.flows.append(
            Flow(
                number=self._flow_number,
                kind=kind,
                name=FLOW_NAMES[kind],
                amount=amount,
                currency=currency,
                symbol=symbol,
                at_ms=now_ms,
            )
        )

    def leverage(self, symbol: str) -> tuple[Decimal, OpenType]:
        """Leverage and margin type set for a contract."""
        return self.terms.get(symbol, (DEFAULT_LEVERAGE, "cross"))

    def held(self, symbol: str) -> list[Position]:
        """Open positions of a contract."""
        return [
            position
            for kind in (LONG, SHORT)
            if (position := self.positions.get((symbol, kind))) is not None
        ]

    def volume(self, symbol: str, kind: int) -> Decimal:
        """Contracts held in one direction."""
        position = self.positions.get((symbol, kind))
        return position.hold if position is not None else ZERO

    def apply(self, row: TradeRow, contract: Contract) -> tuple[TradeRow, list[Position]]:
        """Book one fill (whose `realised` is still unknown).

        Returns the row with its realised profit, and the positions that changed; a position that
        was closed is among them with hold 0 and is no longer held.
        """
        changed: list[Position] = []
        opening, against = (LONG, SHORT) if is_buy(row.side) else (SHORT, LONG)
        rest, realised = row.volume, ZERO
        if is_close(row.side) or self.mode == "one_way_mode":
            realised, done, touched = self._close(row, against, contract)
            changed += touched
            rest -= done
        if rest and not is_close(row.side):
            changed.append(self._open(row, opening, rest))
        self._book_money(row, realised, contract)
        if changed:
            changed[-1].fees += row.fee
        row = attrs.evolve(row, realised=realised)
        self.trades.append(row)
        return row, changed

    def _close(
        self, row: TradeRow, kind: int, contract: Contract
    ) -> tuple[Decimal, Decimal, list[Position]]:
        position = self.positions.get((row.symbol, kind))
        if position is None:
            return ZERO, ZERO, []
        volume = min(position.hold, row.volume)
        profit = position.reduce(row.price, volume, contract.contract_size)
        position.updated_ms = row.created_ms
        if not position.hold:
            del self.positions[row.symbol, kind]
        return profit, volume, [position]

    def _open(self, row: TradeRow, kind: int, volume: Decimal) -> Position:
        position = self.positions.get((row.symbol, kind))
        if position is None:
            leverage, open_type = self.leverage(row.symbol)
            position = self.positions[row.symbol, kind] = Position(
                row.symbol, kind, open_type, leverage, row.created_ms, row.created_ms
            )
        position.add(row.price, volume)
        position.updated_ms = row.created_ms
        return position

    def _book_money(self, row: TradeRow, realised: Decimal, contract: Contract) -> None:
        quote, now_ms = contract.quote, row.created_ms
        self.flow(REALISED, realised, quote, row.symbol, now_ms)
        self.flow(COMMISSION, -row.fee, quote, row.symbol, now_ms)


def liquidation_price(position: Position, contract: Contract, free: Decimal) -> Decimal:
    """Where the venue would liquidate; `free` is the wallet money that a cross position can use."""
    size = position.hold * contract.contract_size
    if not size:
        return ZERO
    value = size * position.hold_avg
    cushion = position.margin(contract.contract_size) - value * contract.maintenance_margin_rate
    if position.open_type == "cross":
        cushion += free
    price = position.hold_avg - position.sign * cushion / size
    steps = (max(price, ZERO) / contract.price_increment).to_integral_value(ROUND_DOWN)
    return steps * contract.price_increment
