"""Numbers of everything about orders and accounts as the venue sends them, and what belongs together.

Names and numbers are the fact sheet's (section 13). Only what the simulator tells apart is named;
other numbers of a client are refused by not being here.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class BuySell(IntEnum):
    """Side."""

    BUY = 1
    SELL = -1


class PriceType(IntEnum):
    """Kinds of orders that a client may submit."""

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_IF_TOUCHED = 6
    STOP_SAME_LIMIT = 7
    JOIN = 8
    HIT = 9
    FLATTEN = 16


class TimeType(IntEnum):
    """How long an order stands."""

    NORMAL = 0
    IMMEDIATE_AND_CANCEL = 1
    GOOD_TILL_CANCELLED = 2
    COMPLETE_VOLUME = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5


class Activation(IntEnum):
    """When an order begins to work."""

    IMMEDIATE = 0
    HOLD = 1
    TRIGGERED = 2
    AT_OR_AFTER_TIME = 3
    AT_OR_ABOVE_TRADE_TICKS = 4
    AT_OR_BELOW_TRADE_TICKS = 5
    ON_MARKET_MODE = 6
    TRIGGERED_AT_OR_AFTER_TIME = 7
    TRIGGERED_AT_OR_ABOVE_TRADE_TICKS = 8
    TRIGGERED_AT_OR_BELOW_TRADE_TICKS = 9
    TRIGGERED_ON_MARKET_MODE = 10
    QUEUE = 11
    TRIGGERED_QUEUE = 12
    AT_OR_ABOVE_TICKS = 14
    AT_OR_BELOW_TICKS = 15
    TRIGGERED_AT_OR_ABOVE_TICKS = 16
    TRIGGERED_AT_OR_BELOW_TICKS = 17
    MARKET_ON_CLOSE = 18


TRIGGERED_AS: Final[Mapping[Activation, Activation]] = {
    Activation.HOLD: Activation.TRIGGERED,
    Activation.AT_OR_AFTER_TIME: Activation.TRIGGERED_AT_OR_AFTER_TIME,
    Activation.AT_OR_ABOVE_TRADE_TICKS: Activation.TRIGGERED_AT_OR_ABOVE_TRADE_TICKS,
    Activation.AT_OR_BELOW_TRADE_TICKS: Activation.TRIGGERED_AT_OR_BELOW_TRADE_TICKS,
    Activation.ON_MARKET_MODE: Activation.TRIGGERED_ON_MARKET_MODE,
    Activation.QUEUE: Activation.TRIGGERED_QUEUE,
    Activation.AT_OR_ABOVE_TICKS: Activation.TRIGGERED_AT_OR_ABOVE_TICKS,
    Activation.AT_OR_BELOW_TICKS: Activation.TRIGGERED_AT_OR_BELOW_TICKS,
    Activation.MARKET_ON_CLOSE: Activation.MARKET_ON_CLOSE,
}
"""How an order is reported once it works; only the keys may be submitted, and IMMEDIATE."""


class OrderLink(IntEnum):
    """Links that are carried out; the others (3 to 6, 8, 9) are refused."""

    NONE = 0
    OCO = 1
    AUTO_OCO = 2
    AUTO_OCO_P = 7


BRACKETS: Final = frozenset({OrderLink.AUTO_OCO, OrderLink.AUTO_OCO_P})


class Status(IntEnum):
    """Where an order stands; FINISHED is filled or pulled."""

    NONE = 0
    WORKING = 1
    FINISHED = 2
    REJECTED = 3
    HELD = 4
    NO_CHANGE = 5


class Pending(IntEnum):
    """What the exchange has been asked and has not answered."""

    NONE = 0
    SUBMISSION = 1
    REVISION = 2
    PULL = 3
    NO_CHANGE = 5


class Change(IntEnum):
    """What an event tells of."""

    NONE = 0
    FAILED = 1
    SUBMISSION_RISK_SUCCESS = 2
    SUBMISSION_RISK_REJECTED = 3
    SUBMISSION_SENT = 4
    SUBMISSION_FAILED = 5
    SUBMISSION_SUCCESS = 6
    SUBMISSION_REJECTED = 7
    REVISION_RISK_FAILED = 9
    REVISION_SENT = 10
    REVISION_FAILED = 11
    REVISION_SUCCESS = 12
    REVISION_REJECTED = 13
    PULL_SENT = 16
    PULL_FAILED = 17
    PULL_SUCCESS = 18
    PULL_REJECTED = 19
    TRADE = 20
    TRADE_COMPLETED = 21
    TRADE_BUSTED = 22
    ROLLOVER = 30


class AccountStatus(IntEnum):
    """Whether an account may trade."""

    BLOCKED = 1
    OK = 2


class SubscribeType(IntEnum):
    """What is wanted of an account; 1 is not used."""

    NONE = 0
    ALL_UPDATES = 2


class UplMode(IntEnum):
    """Whether profits are streamed."""

    NONE = 0
    AVERAGE = 1


class UdsStatus(IntEnum):
    """What became of a wish for a spread."""

    UNKNOWN = 0
    SUCCESS = 1
    FAILED = 2
    ALREADY_EXISTS = 3


class Mode(IntEnum):
    """Trading states of a market that orders depend on."""

    UNDEFINED = 0
    PRE_OPEN = 1
    OPEN = 2
    RESTRICTED_OPEN = 3
    PRE_CLOSED = 4
    CLOSED = 5


TRADING: Final = frozenset({Mode.OPEN, Mode.RESTRICTED_OPEN})
"""Modes in which orders are taken and matched."""
ENDING: Final = frozenset({Mode.PRE_CLOSED, Mode.CLOSED})
"""Modes at whose beginning orders for the close are carried out."""

LIMITED: Final = frozenset({PriceType.LIMIT, PriceType.STOP_LIMIT})
"""Kinds that need a limit price."""
STOPS: Final = frozenset({PriceType.STOP_MARKET, PriceType.STOP_LIMIT, PriceType.STOP_SAME_LIMIT})
TOUCHED: Final = STOPS | {PriceType.MARKET_IF_TOUCHED}
"""Kinds that need a stop price and wait for it."""
PRICED_BY_BOOK: Final = frozenset({PriceType.JOIN, PriceType.HIT})
RELEASED_AS: Final[Mapping[PriceType, PriceType]] = {
    PriceType.STOP_MARKET: PriceType.MARKET,
    PriceType.MARKET_IF_TOUCHED: PriceType.MARKET,
    PriceType.STOP_LIMIT: PriceType.LIMIT,
    PriceType.STOP_SAME_LIMIT: PriceType.LIMIT,
}
"""What a touched order becomes."""
