"""Positions and assets in the venue's words: the private pushes and the rows of REST answers."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.simulator.admission import Admission
from actors.venues.wooxpro.simulator.orders import average
from actors.venues.wooxpro.simulator.positions import (
    LONG,
    SHORT,
    ZERO,
    Account,
    Position,
    liquidation_price,
    money,
)
from actors.venues.wooxpro.simulator.symbols import SymbolState
from engine.simulator.jsontext import plain

OPEN_TYPE_NUMBERS: Final = {"isolated": 1, "cross": 2}
SIDES: Final = {LONG: "long", SHORT: "short"}


def asset(account: Account, admission: Admission, currency: str) -> dict[str, str]:
    """Data of the asset channel."""
    return {
        "currency": currency,
        "available_balance": plain(money(admission.available(account, currency))),
        "position_deposit": plain(money(admission.position_margin(account, currency))),
        "frozen_balance": plain(money(admission.order_margin(account, currency))),
    }


def asset_row(account: Account, admission: Admission, currency: str) -> dict[str, str]:
    """A row of assets-detail."""
    unrealised = admission.unrealised(account, currency)
    return {
        **asset(account, admission, currency),
        "equity": plain(money(account.wallet.get(currency, ZERO) + unrealised)),
        "unrealized": plain(money(unrealised)),
    }


class Holdings:
    """Prints the positions of accounts."""

    def __init__(self, admission: Admission, symbols: dict[str, SymbolState]) -> None:
        self._admission = admission
        self._symbols = symbols

    def liquidation(self, account: Account, position: Position) -> str:
        """Liquidation price, "0" when there is none."""
        contract = self._symbols[position.symbol].contract
        free = max(ZERO, self._admission.available(account, contract.quote))
        return plain(liquidation_price(position, contract, free))

    def push(self, account: Account, position: Position) -> dict[str, Any]:
        """An entry of the position channel; a closed position has hold_volume "0"."""
        frozen = self._admission.frozen(account, position.symbol, position.kind)
        return {
            "symbol": position.symbol,
            "hold_volume": plain(position.hold),
            "position_type": position.kind,
            "open_type": OPEN_TYPE_NUMBERS[position.open_type],
            "frozen_volume": plain(frozen if position.hold else ZERO),
            "close_volume": plain(position.closed),
            "hold_avg_price": average(position.hold_avg),
            "close_avg_price": average(position.close_avg),
            "open_avg_price": average(position.open_avg),
            "liquidate_price": self.liquidation(account, position),
            "create_time": position.created_ms,
            "update_time": position.updated_ms,
            "position_mode": account.mode,
        }

    def row(self, account: Account, position: Position, now_ms: int) -> dict[str, Any]:
        """A row of /position."""
        state = self._symbols[position.symbol]
        size = position.hold * state.contract.contract_size
        value, mark_value = size * position.hold_avg, size * state.mark
        return {
            "symbol": position.symbol,
            "leverage": plain(position.leverage),
            "timestamp": now_ms,
            "current_fee": plain(money(position.fees)),
            "open_timestamp": position.created_ms,
            "current_value": plain(money(mark_value)),
            "mark_value": plain(money(mark_value)),
            "mark_price": state.mark_text,
            "position_value": plain(money(value)),
            "position_cross": plain(money(value / position.leverage)),
            "maintenance_margin": plain(money(mark_value * state.contract.maintenance_margin_rate)),
            "margin_type": position.open_type.capitalize(),
            "position_mode": account.mode,
            "close_vol": plain(position.closed),
            "close_avg_price": average(position.close_avg),
            "open_avg_price": average(position.open_avg),
            "entry_price": average(position.hold_avg),
            "current_amount": plain(position.hold),
            "unrealized_value": plain(money(self._unrealised(position))),
            "realized_value": plain(money(position.realised)),
            "position_type": position.kind,
            "account": "futures",
        }

    def _unrealised(self, position: Position) -> Decimal:
        state = self._symbols[position.symbol]
        return position.unrealised(state.mark, state.contract.contract_size)

    def row_v2(self, account: Account, position: Position, now_ms: int) -> dict[str, Any]:
        """A row of /position-v2; the amount is signed in one-way mode."""
        one_way = account.mode == "one_way_mode"
        row = self.row(account, position, now_ms)
        amount = position.hold * (position.sign if one_way else 1)
        row |= {
            "open_type": position.open_type,
            "position_side": "both" if one_way else SIDES[position.kind],
            "position_amount": plain(amount),
            "unrealized_pnl": row["unrealized_value"],
            "liquidation_price": self.liquidation(account, position),
            "max_notional_value": "10000000",
            "initial_margin": row["position_cross"],
        }
        return row

    def risk_row(self, account: Account, position: Position) -> dict[str, Any]:
        """A row of /position-risk."""
        state = self._symbols[position.symbol]
        one_way = account.mode == "one_way_mode"
        margin = plain(money(position.margin(state.contract.contract_size)))
        isolated = position.open_type == "isolated"
        notional = position.hold * state.contract.contract_size * state.mark
        return {
            "symbol": position.symbol,
            "position_amt": plain(position.hold * (position.sign if one_way else 1)),
            "mark_price": state.mark_text,
            "unrealized_profit": plain(money(self._unrealised(position))),
            "liquidation_price": self.liquidation(account, position),
            "leverage": plain(position.leverage),
            "max_notional_value": "10000000",
            "margin_type": position.open_type.capitalize(),
            "isolated_margin": margin if isolated else "0",
            "position_side": "both" if one_way else SIDES[position.kind],
            "notional": plain(money(notional)),
            "update_time": position.updated_ms,
            "account": "futures",
        }

    def flat(self, account: Account, symbol: str, kind: int, now_ms: int) -> Position:
        """An empty position, for answers that always have rows."""
        leverage, open_type = account.leverage(symbol)
        return Position(symbol, kind, open_type, leverage, now_ms, now_ms)

    def all_rows_of(self, account: Account, symbol: str, now_ms: int) -> list[Position]:
        """Positions of a contract, empty ones included: two in hedge mode, one in one-way mode."""
        held = account.held(symbol)
        if account.mode == "one_way_mode":
            return held or [self.flat(account, symbol, LONG, now_ms)]
        by_kind = {position.kind: position for position in held}
        return [
            by_kind.get(kind) or self.flat(account, symbol, kind, now_ms) for kind in (LONG, SHORT)
        ]
