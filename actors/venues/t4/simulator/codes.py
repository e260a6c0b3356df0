"""The venue's enumerations as far as the simulator speaks of logins and market data."""

from enum import IntEnum, IntFlag


class LoginResult(IntEnum):
    """What becomes of a login, or ends a session; number 15 is not used."""

    SUCCESS = 0
    FAILED = 1
    APPLICATION_NOT_VALID = 2
    FIRM_NOT_ALLOWED = 3
    USER_NOT_ALLOWED = 4
    INCORRECT_VERSION = 5
    LOGGED_IN_ELSEWHERE = 6
    LOGOUT = 7
    UNEXPECTED_DISCONNECT = 8
    UNAUTHORIZED = 9
    UNEXPECTED_ERROR = 10
    ROLE_NOT_SUPPORTED = 11
    API_MESSAGE_BACKLOG = 12
    SERVER_MESSAGE_BACKLOG = 13
    PASSWORD_EXPIRED = 14
    PASSWORD_CHANGE_FAILED = 16
    PASSWORD_ALREADY_USED = 17
    LOCKED_OUT = 18
    ADDITIONAL_USERS_NOT_ALLOWED = 19
    MARKET_DATA_NOT_SETUP = 20
    TWO_FACTOR_NOT_SETUP = 21
    TWO_FACTOR_FAILED = 22
    FIX_SESSION_ERROR = 23
    TWO_FACTOR_REQUIRED = 24
    USER_EXISTS = 25
    UNKNOWN = -1


class PriceFormat(IntEnum):
    """How prices are written; fixed at the login."""

    DECIMAL = 0
    REAL = 1
    CLEARING_DECIMAL = 2


class MarketMode(IntEnum):
    """Trading state of a market, and the reason of a refused subscription."""

    UNDEFINED = 0
    PRE_OPEN = 1
    OPEN = 2
    RESTRICTED_OPEN = 3
    PRE_CLOSED = 4
    CLOSED = 5
    SUSPENDED = 6
    HALTED = 7
    FAILED = 8
    PRE_CROSS = 9
    CROSS = 10
    EXPIRED = 11
    REJECTED = 12
    UNAVAILABLE = 13
    NO_PERMISSION = 14


class DepthBuffer(IntEnum):
    """How much of a market's changes is told, and how soon."""

    NO_SUBSCRIPTION = 0
    SLOW_TRADE = 1
    SMART_TRADE = 2
    SLOW_SMART = 3
    SMART = 4
    FAST_SMART = 5
    ALL = 6
    FAST_TRADE = 7
    TRADE_ONLY = 8


class DepthLevels(IntEnum):
    """How much of a book is told."""

    UNDEFINED = 0
    BEST_ONLY = 1
    NORMAL = 10
    ALL = 255


class BidOffer(IntEnum):
    """A side of the book."""

    UNDEFINED = 0
    BID = 1
    OFFER = -1


class MarketDataType(IntFlag):
    """What a user may see of an exchange."""

    NONE = 0
    TOB = 1
    DEPTH = 2
    E_MINI = 4
    DELAYED = 8


class UpdateType(IntEnum):
    """What becomes of an order in the market by order."""

    ADD_OR_UPDATE = 0
    DELETE = 1
    CLEAR = 2


class ContractType(IntEnum):
    """What a market trades."""

    UNKNOWN = 0
    FUTURE = 5
    UDS = 9


class StrategyType(IntEnum):
    """How a market is made of others; the few that are listed here or can be created."""

    NONE = 0
    CALENDAR_SPREAD = 1
    INTER_CONTRACT_SPREAD = 3
    BUTTERFLY = 4
    CONDOR = 5
    GENERIC = 39


STRATEGY_WORDS = {
    StrategyType.NONE: "None",
    StrategyType.CALENDAR_SPREAD: "CalendarSpread",
    StrategyType.INTER_CONTRACT_SPREAD: "InterContractSpread",
    StrategyType.BUTTERFLY: "Butterfly",
    StrategyType.CONDOR: "Condor",
    StrategyType.GENERIC: "Generic",
}
"""The same in REST."""
TRADE_BUFFERS = frozenset(
    {
        DepthBuffer.SLOW_TRADE,
        DepthBuffer.SMART_TRADE,
        DepthBuffer.FAST_TRADE,
        DepthBuffer.TRADE_ONLY,
    }
)
"""Those that tell each trade."""
