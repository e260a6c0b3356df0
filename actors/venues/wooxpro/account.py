"""What the trade session must know of the account to write an order: mode, leverage, closing orders.

The engine thinks in net positions; the venue's side numbers say whether an order opens or closes. In
one-way mode the number follows from side and reduce-only. In hedge mode a long and a short position
stand beside each other, so an order against the net position closes as much of it as is not already
being closed, and opens otherwise: the net result is the same, the margin is not.
"""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.wooxpro.settings import Settings
from engine.model.enums import Side
from engine.model.money import ZERO

CLOSING_MAX: Final = 2_000
"""Closing orders remembered at once; ten times what one account may have open."""
TOUCHED_MAX: Final = 500
"""Symbols with orders of this account; a bound for what cancel-all and reconciliation walk through."""

BUY_OPEN: Final = 1
BUY_CLOSE: Final = 2
SELL_CLOSE: Final = 3
SELL_OPEN: Final = 4

ONE_WAY: Final = "one_way"
HEDGE: Final = "hedge"
MODE_WORDS: Final = {"one_way_mode": ONE_WAY, "hedge_mode": HEDGE}


@attrs.frozen
class Terms:
    """Leverage and open type that the venue wants repeated with opening orders."""

    leverage: str
    open_type: str


@attrs.define
class _Closing:
    symbol: str
    code: int
    leaves: Decimal


class Account:
    """The account as far as orders depend on it.

    Args:
        settings: expected mode, default leverage and open type.
    """

    def __init__(self, settings: Settings) -> None:
        self._expected = settings.position_mode
        self._default = Terms(str(settings.default_leverage), settings.open_type)
        self._terms: dict[str, Terms] = {}
        self._closing: dict[str, _Closing] = {}
        self.mode = ""
        """`one_way`, `hedge`, or empty while unknown."""
        self.leverage_applied: set[str] = set()
        """Symbols whose leverage this session has set at the venue."""
        self.touched: dict[str, None] = {}
        """Symbols that had orders or positions since the start, in order."""
        self.resting: dict[str, str] = {}
        """Symbol of each order, by venue order id, that the last reconciliation found working."""

    @property
    def expects(self) -> str:
        """The mode that the settings demand; empty when any will do."""
        return "" if self._expected == "auto" else self._expected

    def fault(self) -> str:
        """Why no order can be written now; empty when all is well."""
        if not self.mode:
            return "the account's position mode is not known yet"
        if self.expects and self.mode != self.expects:
            return f"the account is in {self.mode} mode, the settings demand {self.expects}"
        return ""

    def learn_mode(self, mode: str) -> bool:
        """Note the mode; true when it changed from a known one."""
        changed = bool(self.mode) and mode != self.mode
        self.mode = mode
        return changed

    def touch(self, symbol: str) -> None:
        """Remember that this symbol matters."""
        if symbol and len(self.touched) < TOUCHED_MAX:
            self.touched[symbol] = None

    def terms(self, symbol: str) -> Terms:
        """What an open position has, else the configured."""
        return self._terms.get(symbol, self._default)

    def learn_terms(self, terms: dict[str, Terms]) -> None:
        """Terms of all open positions; the venue refuses orders with others."""
        self._terms = dict(terms)

    def side_code(
        self, symbol: str, side: Side, quantity: Decimal, position: Decimal, *, reduce_only: bool
    ) -> int:
        """The venue's number for an order: buy or sell, open or close."""
        opening, closing = (BUY_OPEN, BUY_CLOSE) if side is Side.BUY else (SELL_OPEN, SELL_CLOSE)
        if reduce_only:
            return closing
        if self.mode == ONE_WAY or position * side.sign >= 0:
            return opening
        busy = sum(
            (
                order.leaves
                for order in self._closing.values()
                if order.symbol == symbol and order.code == closing
            ),
            ZERO,
        )
        return closing if quantity <= abs(position) - busy else opening

    def working(self, client_order_id: str, symbol: str, code: int, leaves: Decimal) -> None:
        """An order of ours is under way; only closing ones are remembered."""
        if code not in (BUY_CLOSE, SELL_CLOSE) or self.mode != HEDGE or not client_order_id:
            return
        if client_order_id not in self._closing and len(self._closing) >= CLOSING_MAX:
            del self._closing[next(iter(self._closing))]
        self._closing[client_order_id] = _Closing(symbol, code, leaves)

    def ended(self, client_order_id: str) -> None:
        """That order works no more."""
        self._closing.pop(client_order_id, None)


def side_of(code: int) -> Side:
    """Buy or sell of the venue's number."""
    return Side.BUY if code in (BUY_OPEN, BUY_CLOSE) else Side.SELL
