"""The requests of the quote gateway, built. Pure; what they answer is read where it is needed."""

from typing import Any, Final

from actors.venues.longbridge.commands import Quote as Command
from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.requests import Request
from actors.venues.longbridge.settings import BAR_PERIODS, Settings
from actors.venues.longbridge.streams import BARS, DEPTH, QUOTE, TRADES, SymbolStreams

PROFILE, PERIODS, DAYS, STATIC, QUOTES = "profile", "periods", "days", "static", "quotes"
"""Words of requests that are about no single symbol."""

STARTING: Final = (PROFILE, PERIODS, DAYS, STATIC, QUOTES, "subscribe", "unsubscribe")
"""While one of these is under way the session is not ready."""

CANDLES_MIN: Final = 2
"""One finished and the running one."""


def profile(settings: Settings) -> Request:
    """Limits and rights of the account."""
    body = quote_pb2.UserQuoteProfileRequest(language=settings.language)
    return Request(Command.QUERY_PROFILE, body.SerializeToString(), (PROFILE,))


def periods() -> Request:
    """Trading periods of all markets."""
    return Request(Command.QUERY_TRADE_PERIODS, b"", (PERIODS,))


def days(market: str, begin: str, end: str) -> Request:
    """Trading days of a market."""
    body = quote_pb2.MarketTradeDayRequest(market=market, beg_day=begin, end_day=end)
    return Request(Command.QUERY_TRADE_DAYS, body.SerializeToString(), (DAYS, market))


def static(symbols: tuple[str, ...]) -> Request:
    """Static facts of up to 500 symbols."""
    body = quote_pb2.MultiSecurityRequest(symbol=symbols)
    return Request(Command.QUERY_STATIC_INFO, body.SerializeToString(), (STATIC, symbols))


def quotes(symbols: tuple[str, ...]) -> Request:
    """Present quotes of up to 500 symbols."""
    body = quote_pb2.MultiSecurityRequest(symbol=symbols)
    return Request(Command.QUERY_QUOTE, body.SerializeToString(), (QUOTES, symbols))


def question(streams: SymbolStreams, word: str, settings: Settings) -> Request | None:
    """What one symbol's streams want to know; None where nothing is to be asked."""
    symbol = streams.symbol
    if word == DEPTH:
        body = quote_pb2.SecurityRequest(symbol=symbol).SerializeToString()
        return Request(Command.QUERY_DEPTH, body, (DEPTH, symbol))
    if word == QUOTE:
        body = quote_pb2.MultiSecurityRequest(symbol=[symbol]).SerializeToString()
        return Request(Command.QUERY_QUOTE, body, (QUOTE, symbol))
    if word == TRADES and streams.trades_to_ask:
        asked = quote_pb2.SecurityTradeRequest(symbol=symbol, count=streams.trades_to_ask)
        return Request(Command.QUERY_TRADES, asked.SerializeToString(), (TRADES, symbol))
    if word == BARS:
        return _candlesticks(symbol, settings)
    return None


def _candlesticks(symbol: str, settings: Settings) -> Request:
    period: Any = BAR_PERIODS[settings.bar_period][0]
    wanted = quote_pb2.SecurityCandlestickRequest(
        symbol=symbol,
        period=period,
        count=min(max(CANDLES_MIN, settings.warm_up_bars + 1), 1_000),
        adjust_type=quote_pb2.ADJUST_NONE,
    )
    return Request(Command.QUERY_CANDLESTICKS, wanted.SerializeToString(), (BARS, symbol))
