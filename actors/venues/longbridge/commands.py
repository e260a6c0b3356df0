"""The numbers of commands on both gateways."""

from enum import IntEnum
from typing import Final


class Control(IntEnum):
    """On either gateway."""

    CLOSE = 0
    HEARTBEAT = 1
    AUTH = 2
    RECONNECT = 3


class Quote(IntEnum):
    """On the quote gateway, those that we use."""

    QUERY_PROFILE = 4
    SUBSCRIPTION = 5
    SUBSCRIBE = 6
    UNSUBSCRIBE = 7
    QUERY_TRADE_PERIODS = 8
    QUERY_TRADE_DAYS = 9
    QUERY_STATIC_INFO = 10
    QUERY_QUOTE = 11
    QUERY_DEPTH = 14
    QUERY_BROKERS = 15
    QUERY_TRADES = 17
    QUERY_INTRADAY = 18
    QUERY_CANDLESTICKS = 19
    QUERY_HISTORY_CANDLESTICKS = 27
    PUSH_QUOTE = 101
    PUSH_DEPTH = 102
    PUSH_BROKERS = 103
    PUSH_TRADES = 104


class Trade(IntEnum):
    """On the trade gateway."""

    SUB = 16
    UNSUB = 17
    NOTIFY = 18


UNSOLICITED: Final = 0
"""The request id of packets that answer nothing."""
