"""Why the paper venue refuses or ends an order; they travel as `OrderUpdate.code` and `text`."""

from enum import StrEnum


class Code(StrEnum):
    """One reason each."""

    DUPLICATE_ID = "DUPLICATE_ID"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    NOT_TRADEABLE = "NOT_TRADEABLE"
    UNSUPPORTED_ORDER_TYPE = "UNSUPPORTED_ORDER_TYPE"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_POST_ONLY = "INVALID_POST_ONLY"
    MIN_NOTIONAL = "MIN_NOTIONAL"
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    NO_MARKET = "NO_MARKET"
    NO_LIQUIDITY = "NO_LIQUIDITY"
    REDUCE_ONLY = "REDUCE_ONLY"
    POST_ONLY_WOULD_CROSS = "POST_ONLY_WOULD_CROSS"
    SELF_MATCH = "SELF_MATCH"
    IOC = "IOC"
    FOK = "FOK"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    BELOW_FILLED = "BELOW_FILLED"
    USER = "USER"
    END_OF_DAY = "END_OF_DAY"
    VENUE_RESTARTED = "VENUE_RESTARTED"

    @property
    def text(self) -> str:
        """The same for people."""
        return _TEXTS[self]


_TEXTS = {
    Code.DUPLICATE_ID: "the client order id was used before",
    Code.UNKNOWN_INSTRUMENT: "the paper venue has no definition of the instrument",
    Code.NOT_TRADEABLE: "the venue takes no orders for the instrument now",
    Code.UNSUPPORTED_ORDER_TYPE: "the paper venue takes market and limit orders",
    Code.INVALID_QUANTITY: "the quantity is off the lot or outside the instrument's limits",
    Code.INVALID_PRICE: "the price is missing, not positive, off the tick, or given to a market order",
    Code.INVALID_POST_ONLY: "post-only is for limit orders that may rest",
    Code.MIN_NOTIONAL: "the order is worth less than the instrument's minimum",
    Code.TOO_MANY_ORDERS: "the account has as many open orders as the venue keeps",
    Code.NO_MARKET: "no price of the other side is visible",
    Code.NO_LIQUIDITY: "the visible depth is used up",
    Code.REDUCE_ONLY: "it would do more than reduce the position",
    Code.POST_ONLY_WOULD_CROSS: "it would trade at once",
    Code.SELF_MATCH: "the rest would trade against an own order",
    Code.IOC: "the rest did not trade at once",
    Code.FOK: "the visible depth does not fill it whole",
    Code.UNKNOWN_ORDER: "no such open order",
    Code.BELOW_FILLED: "the new quantity is not above what is filled",
    Code.USER: "cancelled by request",
    Code.END_OF_DAY: "the day (UTC) is over",
    Code.VENUE_RESTARTED: "the paper venue restarted before the order took effect",
}
