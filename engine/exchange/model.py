"""Values of the venue-neutral exchange: instruments, order terms and orders.

This module is what a venue simulator speaks with the exchange in. Money is Decimal at this
boundary (orders, fills, fees, balances); inside the exchange, and in market data, a price is a
whole number of ticks (`price / price_increment`) and a quantity a whole number of lots
(`quantity / lot`), so that comparing, adding and matching are exact and fast. `ExchangeInstrument`
is the only bridge between the two. Nothing here imports the client side of the engine: a mistake
mirrored on both sides would pass every test.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import attrs

ZERO = Decimal(0)


class Side(enum.Enum):
    """Side of an order, of a book level or of the party that took liquidity."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderKind(enum.Enum):
    """How an order is priced."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(enum.Enum):
    """How long an order stands; a market order never rests, whatever it says."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class SelfTrade(enum.Enum):
    """What happens when an order would trade with a resting order of its own account."""

    CANCEL_MAKER = "cancel_maker"
    CANCEL_TAKER = "cancel_taker"
    CANCEL_BOTH = "cancel_both"


class Liquidity(enum.Enum):
    """Whether a fill added liquidity (maker) or took it (taker)."""

    MAKER = "maker"
    TAKER = "taker"


class OrderStatus(enum.Enum):
    """Where an order stands; filled and cancelled are final."""

    WORKING = "working"
    FILLED = "filled"
    CANCELLED = "cancelled"


class CancelReason(enum.Enum):
    """Why an accepted order (or what was left of it) was taken off."""

    USER = "user"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"
    NO_LIQUIDITY = "no_liquidity"  # the rest of a market order
    SELF_TRADE = "self_trade"
    REDUCE_ONLY = "reduce_only"  # the position it was to reduce has gone
    LIQUIDATION = "liquidation"
    TIMEOUT = "timeout"  # a venue's dead-man switch
    EXPIRED = "expired"
    VENUE = "venue"  # the venue's operator, a halt, an injected fault


class RefusalReason(enum.Enum):
    """Why a request was not accepted at all; nothing changed."""

    UNKNOWN_SYMBOL = "unknown_symbol"
    PRICE = "price"  # of a limit order: missing, not finite or not above zero
    PRICE_INCREMENT = "price_increment"
    QUANTITY = "quantity"  # not finite, not positive, or at most what is filled already
    LOT = "lot"
    MIN_QUANTITY = "min_quantity"
    MAX_QUANTITY = "max_quantity"
    TIME_IN_FORCE = "time_in_force"  # a market order cannot be post-only
    DUPLICATE_CLIENT_ORDER_ID = "duplicate_client_order_id"
    BALANCE = "balance"
    REDUCE_ONLY = "reduce_only"
    TOO_MANY_ORDERS = "too_many_orders"
    UNKNOWN_ORDER = "unknown_order"  # never seen, or of another account, or forgotten
    ORDER_CLOSED = "order_closed"  # known, but filled or cancelled
    HALTED = "halted"  # the venue stopped trading in the symbol


class GridError(ValueError):
    """A price or a quantity is not on the instrument's grid; the caller's value is at fault."""


@attrs.frozen(slots=True)
class ExchangeInstrument:
    """One tradeable instrument and the bridge between Decimals and whole ticks and lots.

    `price_increment` is the tick, `lot` the quantity step, both above zero. Quantities are in
    contracts (shares, coins: the venue's own trading unit); one contract is `contract_size` units
    of the underlying, so a fill is worth `price * quantity * contract_size` in `currency`. Fee
    rates are fractions of that value (0.0006 = 6 basis points), negative for a rebate.
    `initial_margin_rate` is the share of the value an order must find in the balance; 0 leaves
    the balance unchecked (venues with leverage per order check on their own).
    """

    symbol: str
    price_increment: Decimal
    lot: Decimal
    contract_size: Decimal
    currency: str
    min_quantity: Decimal
    max_quantity: Decimal
    maker_fee_rate: Decimal
    taker_fee_rate: Decimal
    reference_price: Decimal
    initial_margin_rate: Decimal = ZERO
    tick_value: Decimal = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for name in ("price_increment", "lot", "contract_size", "min_quantity", "reference_price"):
            value: Decimal = getattr(self, name)
            if not value.is_finite() or value <= 0:
                raise ValueError(f"{self.symbol}: {name} must be above zero, got {value}")
        if not self.max_quantity.is_finite() or self.max_quantity < self.min_quantity:
            raise ValueError(f"{self.symbol}: max_quantity must be at least min_quantity")
        value_of_one = self.price_increment * self.lot * self.contract_size
        object.__setattr__(self, "tick_value", value_of_one)

    def ticks(self, price: Decimal) -> int:
        """The price as whole ticks; GridError when it is not finite or off the grid."""
        return _whole(price, self.price_increment, "price", self.symbol)

    def lots(self, quantity: Decimal) -> int:
        """The quantity as whole lots; GridError when it is not finite or off the grid."""
        return _whole(quantity, self.lot, "quantity", self.symbol)

    def price(self, ticks: int) -> Decimal:
        """The exact price of a number of ticks."""
        return self.price_increment * ticks

    def quantity(self, lots: int) -> Decimal:
        """The exact quantity of a number of lots, in contracts."""
        return self.lot * lots

    def value(self, tick_lots: int) -> Decimal:
        """Money for a sum of ticks times lots, in `currency` (exact)."""
        return self.tick_value * tick_lots

    def price_text(self, ticks: int) -> str:
        """The price in plain notation with the decimals of the tick, for a venue's wire."""
        return format(self.price_increment * ticks, "f")

    def quantity_text(self, lots: int) -> str:
        """The quantity in plain notation with the decimals of the lot, for a venue's wire."""
        return format(self.lot * lots, "f")


def _whole(value: Decimal, step: Decimal, what: str, symbol: str) -> int:
    """How many steps the value is, exactly."""
    if not value.is_finite():
        raise GridError(f"{symbol}: {what} {value} is not a finite number")
    whole, rest = divmod(value, step)
    if rest:
        raise GridError(f"{symbol}: {what} {value} is not a multiple of {step}")
    return int(whole)


@attrs.frozen(slots=True, kw_only=True)
class NewOrder:
    """What an account asks for.

    `quantity` is in contracts. `price` is needed for a limit order and ignored for a market
    order. `client_order_id` may be None. `tag` is the venue's own business (leverage, position
    side …): the exchange keeps it, hands it back on every event of the order and never reads it.
    """

    account: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    client_order_id: str | None = None
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_MAKER
    tag: Any = None


@attrs.frozen(slots=True, kw_only=True)
class Order:
    """An order as it stood at one moment; a new object for every change.

    `quantity` = `cumulative` + `leaves` while working; after a cancel `leaves` is 0 and
    `cumulative` what was filled. `average_price` is 0 while nothing is filled. Times are the
    `now_ns` of the calls that caused them.
    """

    order_id: int
    account: str
    symbol: str
    side: Side
    kind: OrderKind
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    client_order_id: str | None
    reduce_only: bool
    self_trade: SelfTrade
    tag: Any
    status: OrderStatus
    cumulative: Decimal
    leaves: Decimal
    average_price: Decimal
    created_ns: int
    updated_ns: int
    cancel_reason: CancelReason | None = None


@attrs.frozen(slots=True, kw_only=True)
class Fill:
    """One fill of one order: `fee` is positive when paid, in the instrument's currency."""

    trade_id: int
    order_id: int
    client_order_id: str | None
    account: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    liquidity: Liquidity
    fee: Decimal
    currency: str
    realised: Decimal
    at_ns: int
    tag: Any = None
