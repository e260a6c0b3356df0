"""Closed word lists of the trading vocabulary; they travel and are stored as these lower-case texts.

Text, not numbers: logs and journals stay readable and reordering a list cannot change a meaning.
`Lifecycle`, `Pending`, `Certainty`, `VenueStateWord` and `TradingStateWord` are read by programs
outside (interfaces): extend, never rename.
"""

from enum import StrEnum


class Side(StrEnum):
    """FIX 54: which way to trade."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrdType(StrEnum):
    """FIX 40: what kind of order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    """A stop that follows the market at a distance, and becomes a market order when it is reached."""


class PositionEffect(StrEnum):
    """FIX 77: which holdings an order is for, on exchanges that keep them apart."""

    AUTO = "auto"
    """The venue's package chooses, by a rule that its README explains."""
    OPEN = "open"
    CLOSE = "close"
    CLOSE_TODAY = "close_today"
    CLOSE_YESTERDAY = "close_yesterday"


class Contingency(StrEnum):
    """FIX 1385: how the orders of a list depend on each other at the venue."""

    OCO = "oco"
    """One cancels the other: when one begins to fill, the rest is cancelled."""
    BRACKET = "bracket"
    """The first order is the entry; the others are its exits, held until it fills, then one cancels the
    other."""


class TimeInForce(StrEnum):
    """FIX 59: how long an order may stand. `post_only` is a flag of the order, not a time in force."""

    GTC = "gtc"
    DAY = "day"
    IOC = "ioc"
    FOK = "fok"


class Lifecycle(StrEnum):
    """Where an order is in its life; the first of its three parts."""

    PLANNED = "planned"
    DENIED = "denied"
    SENT = "sent"
    OPEN = "open"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NEVER_ARRIVED = "never_arrived"


TERMINAL = frozenset(
    {
        Lifecycle.DENIED,
        Lifecycle.FILLED,
        Lifecycle.CANCELLED,
        Lifecycle.REJECTED,
        Lifecycle.EXPIRED,
        Lifecycle.NEVER_ARRIVED,
    }
)


class Pending(StrEnum):
    """The request under way for an order, if any; the second of its three parts."""

    NEW = "new"
    REPLACE = "replace"
    CANCEL = "cancel"


class Certainty(StrEnum):
    """Whether the venue's view of the order is known; the third of its three parts."""

    KNOWN = "known"
    UNKNOWN = "unknown"


class OnDeath(StrEnum):
    """What becomes of a strategy's orders when it is gone for longer than its grace time."""

    KEEP = "keep"
    CANCEL = "cancel"
    CANCEL_AND_FLATTEN = "cancel_and_flatten"


class Origin(StrEnum):
    """Who placed the order."""

    OURS = "ours"
    EXTERNAL = "external"


class Liquidity(StrEnum):
    """FIX 851: whether a fill added or removed liquidity."""

    MAKER = "maker"
    TAKER = "taker"
    UNKNOWN = "unknown"


class ExecType(StrEnum):
    """FIX 150: why an execution report was sent."""

    DENIED = "denied"
    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    PENDING_CANCEL = "pending_cancel"
    CANCELLED = "cancelled"
    CANCEL_REJECTED = "cancel_rejected"
    PENDING_REPLACE = "pending_replace"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    RESOLVED = "resolved"
    STATUS = "status"
    TRADE_BUSTED = "trade_busted"
    """The venue took a fill back."""
    TRADE_CORRECTED = "trade_corrected"
    """The venue changed a fill; the report shows it as it stands now."""


class VenueStateWord(StrEnum):
    """How far a venue session is from being open for orders."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    LOGGING_IN = "logging_in"
    RECONCILING = "reconciling"
    READY = "ready"
    CLOSED = "closed"
    DOWN = "down"

    @property
    def worth(self) -> int:
        """Of several sessions the one with the least tells how the venue is."""
        return _WORST_FIRST.index(self)


_WORST_FIRST = (
    VenueStateWord.DOWN,
    VenueStateWord.DISCONNECTED,
    VenueStateWord.CONNECTING,
    VenueStateWord.LOGGING_IN,
    VenueStateWord.RECONCILING,
    VenueStateWord.CLOSED,
    VenueStateWord.READY,
)


class TradingStateWord(StrEnum):
    """What the kill switch lets through."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"
    KILLED = "killed"


class Mode(StrEnum):
    """Whether money is real. Part of every order record."""

    PAPER = "paper"
    LIVE = "live"
