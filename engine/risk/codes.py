"""Why an order was denied: the codes strategies and reports carry, and what each one means.

`docs/risk.md` is generated from this list. Extend, never rename.
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs


class DenialCode(StrEnum):
    """The control that said no."""

    INTENT_EXPIRED = "INTENT_EXPIRED"
    TRADING_HALTED = "TRADING_HALTED"
    TRADING_STATE_REDUCING = "TRADING_STATE_REDUCING"
    VENUE_HAS_NO_ORDERS = "VENUE_HAS_NO_ORDERS"
    INSTRUMENT_NOT_ALLOWED = "INSTRUMENT_NOT_ALLOWED"
    VENUE_NOT_READY = "VENUE_NOT_READY"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    INSTRUMENT_NOT_TRADEABLE = "INSTRUMENT_NOT_TRADEABLE"
    OUTSIDE_TRADING_HOURS = "OUTSIDE_TRADING_HOURS"
    UNSUPPORTED_ORDER_TYPE = "UNSUPPORTED_ORDER_TYPE"
    UNSUPPORTED_TIME_IN_FORCE = "UNSUPPORTED_TIME_IN_FORCE"
    UNSUPPORTED_FLAG = "UNSUPPORTED_FLAG"
    UNSUPPORTED_REPLACE = "UNSUPPORTED_REPLACE"
    UNSUPPORTED_CONTINGENCY = "UNSUPPORTED_CONTINGENCY"
    ORDER_LIST_REFUSED = "ORDER_LIST_REFUSED"
    PRICE_MISSING = "PRICE_MISSING"
    PRICE_UNEXPECTED = "PRICE_UNEXPECTED"
    PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE"
    PRICE_OFF_TICK = "PRICE_OFF_TICK"
    QUANTITY_NOT_POSITIVE = "QUANTITY_NOT_POSITIVE"
    QUANTITY_OFF_LOT = "QUANTITY_OFF_LOT"
    QUANTITY_BELOW_MINIMUM = "QUANTITY_BELOW_MINIMUM"
    QUANTITY_EXCEEDS_MAXIMUM = "QUANTITY_EXCEEDS_MAXIMUM"
    STALE_DATA = "STALE_DATA"
    REFERENCE_UNAVAILABLE = "REFERENCE_UNAVAILABLE"
    MARKET_ORDER_FORBIDDEN = "MARKET_ORDER_FORBIDDEN"
    PRICE_OUTSIDE_COLLAR = "PRICE_OUTSIDE_COLLAR"
    PRICE_DRIFT = "PRICE_DRIFT"
    SELF_MATCH = "SELF_MATCH"
    LIMIT_MISSING = "LIMIT_MISSING"
    NOTIONAL_BELOW_MINIMUM = "NOTIONAL_BELOW_MINIMUM"
    NOTIONAL_EXCEEDS_MAX_PER_ORDER = "NOTIONAL_EXCEEDS_MAX_PER_ORDER"
    REDUCE_ONLY_WOULD_INCREASE = "REDUCE_ONLY_WOULD_INCREASE"
    POSITION_LIMIT = "POSITION_LIMIT"
    OPEN_NOTIONAL_LIMIT = "OPEN_NOTIONAL_LIMIT"
    CREDIT_LIMIT = "CREDIT_LIMIT"
    BALANCE_UNAVAILABLE = "BALANCE_UNAVAILABLE"
    NOTIONAL_EXCEEDS_FREE_BALANCE = "NOTIONAL_EXCEEDS_FREE_BALANCE"
    LOSS_LIMIT = "LOSS_LIMIT"
    OPEN_ORDERS_LIMIT = "OPEN_ORDERS_LIMIT"
    DUPLICATE_SUSPECTED = "DUPLICATE_SUSPECTED"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    ORDER_NOT_REPLACEABLE = "ORDER_NOT_REPLACEABLE"
    QUANTITY_ALREADY_FILLED = "QUANTITY_ALREADY_FILLED"
    JOURNAL = "JOURNAL"


MEANING: Mapping[DenialCode, str] = {
    DenialCode.INTENT_EXPIRED: "the wish is older than `intent_age_s_max`, or its time is not of this host",
    DenialCode.TRADING_HALTED: "the kill switch is at halted or killed for the engine, the venue or the strategy",
    DenialCode.TRADING_STATE_REDUCING: "the kill switch is at reducing, and the order could increase the position",
    DenialCode.VENUE_HAS_NO_ORDERS: "the venue delivers market data only: trade the instrument's twin elsewhere",
    DenialCode.INSTRUMENT_NOT_ALLOWED: "the instrument is not on the strategy's list",
    DenialCode.VENUE_NOT_READY: "the venue is not logged in and reconciled; nothing is queued for later",
    DenialCode.UNKNOWN_INSTRUMENT: "the venue has not defined the instrument",
    DenialCode.INSTRUMENT_NOT_TRADEABLE: "the venue takes no orders for it now",
    DenialCode.OUTSIDE_TRADING_HOURS: "none of the sessions of `trading_hours` is on",
    DenialCode.UNSUPPORTED_ORDER_TYPE: "the venue has no such order type",
    DenialCode.UNSUPPORTED_TIME_IN_FORCE: "the venue has no such time in force",
    DenialCode.UNSUPPORTED_FLAG: "the venue cannot do post-only or reduce-only, or not with this order type",
    DenialCode.UNSUPPORTED_REPLACE: "the venue cannot change an order: cancel it and place another",
    DenialCode.UNSUPPORTED_CONTINGENCY: "the venue cannot keep orders dependent in this way",
    DenialCode.ORDER_LIST_REFUSED: "another order of its list was denied, or the list is none of its kind",
    DenialCode.PRICE_MISSING: "a limit order without price, or a stop order without stop price",
    DenialCode.PRICE_UNEXPECTED: "a market order with price, or a stop price on an order that is no stop",
    DenialCode.PRICE_NOT_POSITIVE: "a price must be finite and above zero",
    DenialCode.PRICE_OFF_TICK: "the price is not on the instrument's grid; nothing is rounded",
    DenialCode.QUANTITY_NOT_POSITIVE: "a quantity must be finite and above zero",
    DenialCode.QUANTITY_OFF_LOT: "the quantity is not a multiple of the lot; nothing is rounded",
    DenialCode.QUANTITY_BELOW_MINIMUM: "below the instrument's smallest order",
    DenialCode.QUANTITY_EXCEEDS_MAXIMUM: "above `max_order_quantity` or the instrument's largest order",
    DenialCode.STALE_DATA: "the market data it was made from is older than `data_age_s_max`",
    DenialCode.REFERENCE_UNAVAILABLE: "no reference price that is fresh and above zero, and the check needs one",
    DenialCode.MARKET_ORDER_FORBIDDEN: "`market_orders` is false here",
    DenialCode.PRICE_OUTSIDE_COLLAR: "further from the reference than `price_collar` on the side that costs money",
    DenialCode.PRICE_DRIFT: "worse than the references of the strategy's own orders in the window of `price_drift` allow",
    DenialCode.SELF_MATCH: "it would trade with an own order on the same account, and `self_match` is `deny`",
    DenialCode.LIMIT_MISSING: "a limit per currency has no value for this currency, or a live order lacks a limit that it must have",
    DenialCode.NOTIONAL_BELOW_MINIMUM: "below the instrument's smallest order value",
    DenialCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER: "price times quantity times multiplier is above `max_order_notional`",
    DenialCode.REDUCE_ONLY_WOULD_INCREASE: "reduce-only, and more than what there is to reduce",
    DenialCode.POSITION_LIMIT: "position with everything open, on its way and unknown would be above `max_position`",
    DenialCode.OPEN_NOTIONAL_LIMIT: "value of all open and unknown orders would be above `max_open_notional`",
    DenialCode.CREDIT_LIMIT: "position at cost and all open orders together would be above `max_credit`",
    DenialCode.BALANCE_UNAVAILABLE: "the account's balance in this currency is not known, and `check_balance` is on",
    DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE: "what it adds costs more than the balance that is free, less what is reserved",
    DenialCode.LOSS_LIMIT: "the loss of the day is above `max_loss`",
    DenialCode.OPEN_ORDERS_LIMIT: "as many orders are open as `max_open_orders` allows",
    DenialCode.DUPLICATE_SUSPECTED: "the same order under another name within `duplicate_window_s`",
    DenialCode.RATE_LIMIT_EXCEEDED: "new orders, changes and cancels together are above `max_messages`",
    DenialCode.ORDER_NOT_REPLACEABLE: "the order is over, not acknowledged yet, unknown, or has a request under way",
    DenialCode.QUANTITY_ALREADY_FILLED: "the new quantity is not above what is filled already",
    DenialCode.JOURNAL: "the journal cannot be written, and nothing is sent without its record",
}


DENIAL_CHARS_MAX = 1_000
"""A strategy's own words may be in a denial, and a denial is in the journal."""


@attrs.frozen(kw_only=True)
class Denial:
    """A no with its numbers: what was asked and what is allowed, as plain texts."""

    code: DenialCode
    value: str = ""
    limit: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """One line for people: `11 above limit 10 (account)`."""
        parts = [self.value]
        if self.limit:
            parts.append(f"limit {self.limit}")
        if self.detail:
            parts.append(f"({self.detail})")
        return " ".join(part for part in parts if part)[:DENIAL_CHARS_MAX]
