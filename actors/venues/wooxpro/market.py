"""From the venue's pushes to quotes, trades, tickers and funding rates.

Each class reads one topic of one instrument; books and bars have files of their own. Reading either
gives messages, in time order, or a `Doubt`: data of the right shape that cannot be true. Quotes and
trades are the hot path: fields are taken by name and digits become floats, nothing else.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import attrs

from actors.venues.wooxpro.wire import measure, millis_ns, rfc3339_ns, signed_measure
from engine.messages.market import FundingRate, Quote, Ticker, Trade
from engine.session.contract import Now
from engine.session.values import identifier, malformed, obj

TRADES_MAX: Final = 1_000
"""Trades in one push; a bound for what one frame may make us build."""


@attrs.frozen
class Doubt:
    """Data that is well formed but not to be believed; it is withheld.

    `at_once` asks for renewal now; otherwise only if it lasts.
    """

    reason: str
    at_once: bool = False


Reading = Sequence[Any] | Doubt
"""Market messages, or the doubt that took their place."""


class Stream(Protocol):
    """What reads one topic of one instrument."""

    def read(self, data: Any, now: Now) -> Reading:
        """The messages in one push. Raises RemoteProtocolError."""
        ...

    def restart(self) -> None:
        """What comes next does not join what came before."""
        ...


def stamp_ns(data: Any, now: Now) -> int:
    """The venue's push time; our own where the venue leaves it out, as one example does."""
    stamp = data.get("ms_t")
    return now.wall_ns if stamp is None else millis_ns(stamp, "ms_t")


def check_symbol(data: Any, symbol: str) -> None:
    """The payload must be about the symbol of its group."""
    if data.get("symbol") != symbol:
        malformed("symbol", f"{symbol}, as in the group")


class _Stateless:
    __slots__ = ("_instrument", "_symbol")

    def __init__(self, instrument: str, symbol: str) -> None:
        self._instrument = instrument
        self._symbol = symbol

    def restart(self) -> None:
        """Nothing is kept between pushes."""


class QuoteStream(_Stateless):
    """`futures/bookticker`."""

    __slots__ = ()

    def read(self, data: Any, now: Now) -> Reading:
        """One quote. A crossed or locked one is doubted."""
        obj(data, "bookticker")
        check_symbol(data, self._symbol)
        bid_price = measure(data.get("best_bid_price"), "best_bid_price")
        bid_size = measure(data.get("best_bid_vol"), "best_bid_vol")
        ask_price = measure(data.get("best_ask_price"), "best_ask_price")
        ask_size = measure(data.get("best_ask_vol"), "best_ask_vol")
        ts_ns = stamp_ns(data, now)
        if not (bid_price and bid_size):
            bid_price = bid_size = 0.0
        if not (ask_price and ask_size):
            ask_price = ask_size = 0.0
        elif bid_price >= ask_price:
            return Doubt("crossed or locked quote")
        return (
            Quote(
                self._instrument,
                0,
                0,
                ts_ns,
                now.wall_ns,
                now.mono_ns,
                bid_price,
                bid_size,
                ask_price,
                ask_size,
            ),
        )


class TradeStream(_Stateless):
    """`futures/trade`."""

    __slots__ = ()

    def read(self, data: Any, now: Now) -> Reading:
        """The trades of one push in time order; the venue sends the newest first."""
        if type(data) is not list or len(data) > TRADES_MAX:
            malformed("trade", f"an array of at most {TRADES_MAX} trades")
        trades = [self._trade(item, now) for item in data]
        if len(trades) > 1:
            trades.reverse()
            trades.sort(key=_time_of)  # stable: equal times stay in the order of the venue
        return trades

    def _trade(self, item: Any, now: Now) -> Trade:
        obj(item, "trade")
        check_symbol(item, self._symbol)
        price = measure(item.get("deal_price"), "deal_price")
        size = measure(item.get("deal_vol"), "deal_vol")
        if not price or not size:
            malformed("deal_price or deal_vol", "above zero")
        return Trade(
            self._instrument,
            0,
            0,
            rfc3339_ns(item.get("created_at"), "created_at"),
            now.wall_ns,
            now.mono_ns,
            price,
            size,
            _aggressor(item),
            identifier(item.get("trade_id"), "trade_id"),
        )


def _time_of(trade: Trade) -> int:
    return trade.ts_ns


def _aggressor(item: Any) -> int:
    """`m` says whether the buyer was the maker; `way` is read only where `m` is missing.

    Then 1 to 4 name a buying maker first and 5 to 8 a selling one (inferred; see the README).
    """
    buyer_is_maker = item.get("m")
    if buyer_is_maker is None:
        way = item.get("way")
        if way is None:
            return 0
        if type(way) is not int or not 1 <= way <= 8:
            malformed("way", "a number from 1 to 8")
        buyer_is_maker = way <= 4
    elif type(buyer_is_maker) is not bool:
        malformed("m", "true or false")
    return -1 if buyer_is_maker else 1


class TickerStream(_Stateless):
    """`futures/ticker`; the venue puts no time on it."""

    __slots__ = ()

    def read(self, data: Any, now: Now) -> Reading:
        """One ticker. Old documents call the mark price fair price."""
        obj(data, "ticker")
        check_symbol(data, self._symbol)
        mark = data.get("mark_price", data.get("fair_price"))
        return (
            Ticker(
                self._instrument,
                0,
                0,
                now.wall_ns,
                now.wall_ns,
                now.mono_ns,
                measure(data.get("last_price"), "last_price"),
                _measure_or_zero(mark, "mark_price"),
                _measure_or_zero(data.get("index_price"), "index_price"),
                measure(data.get("volume_24"), "volume_24"),
            ),
        )


class FundingStream(_Stateless):
    """`futures/fundingRate`."""

    __slots__ = ()

    def read(self, data: Any, now: Now) -> Reading:
        """One funding rate with the expected next one."""
        obj(data, "fundingRate")
        check_symbol(data, self._symbol)
        stamp = data.get("ts")
        next_rate = data.get("nextFundingRate")
        return (
            FundingRate(
                self._instrument,
                0,
                0,
                now.wall_ns if stamp is None else millis_ns(stamp, "ts"),
                now.wall_ns,
                now.mono_ns,
                signed_measure(data.get("fundingRate"), "fundingRate"),
                millis_ns(data.get("fundingTime"), "fundingTime"),
                signed_measure(next_rate, "nextFundingRate")
                if next_rate not in (None, "")
                else 0.0,
                millis_ns(data.get("nextFundingTime") or 0, "nextFundingTime"),
            ),
        )


def _measure_or_zero(value: Any, field: str) -> float:
    return 0.0 if value is None or value == "" else measure(value, field)
