"""Pushes of the public channels as the venue prints them: values in, JSON text out.

Prices and volumes are strings, volumes count contracts. The frames of the two busiest channels are
put together by hand (their parts are digits and fixed words), the rest goes through the encoder.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.simulator.candles import Bar
from actors.venues.wooxpro.simulator.symbols import SymbolState, funding_times
from engine.exchange.events import BookTop, TradePrinted
from engine.exchange.model import Side
from engine.exchange.queries import BookView
from engine.exchange.tape import Statistics
from engine.simulator import jsontext

BID: Final = 1
ASK: Final = 2
Levels = Sequence[tuple[int, int]]


def message(group: str, data: Any) -> str:
    """The envelope of every push."""
    return jsontext.dumps({"group": group, "data": data})


def rfc3339(at_ns: int) -> str:
    """UTC with nanoseconds: `2025-02-23T13:59:59.646490751Z`."""
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def bookticker(group: str, state: SymbolState, top: BookTop) -> str:
    """Best bid and ask; a missing side is price "0" with volume "0"."""
    price = state.price_text
    bid = price(top.bid_ticks) if top.bid_ticks is not None else "0"
    ask = price(top.ask_ticks) if top.ask_ticks is not None else "0"
    return (
        f'{{"group":"{group}","data":{{"symbol":"{top.symbol}",'
        f'"best_bid_price":"{bid}","best_bid_vol":"{top.bid_lots}",'
        f'"best_ask_price":"{ask}","best_ask_vol":"{top.ask_lots}",'
        f'"ms_t":{top.at_ns // 1_000_000}}}}}'
    )


def trades(
    group: str, state: SymbolState, prints: Iterable[TradePrinted], *, with_m: bool, with_way: bool
) -> str:
    """Prints, newest first. The maker is the first-named party of `way`."""
    rows = []
    for one in prints:
        buyer_is_maker = one.aggressor is Side.SELL
        row: dict[str, Any] = {
            "trade_id": one.trade_id,
            "symbol": one.symbol,
            "deal_price": state.price_text(one.price_ticks),
            "deal_vol": str(one.lots),
        }
        if with_way:
            row["way"] = 1 if buyer_is_maker else 5
        if with_m:
            row["m"] = buyer_is_maker
        row["created_at"] = rfc3339(one.at_ns)
        rows.append(row)
    return message(group, rows[::-1])


def levels(state: SymbolState, side: Levels) -> list[dict[str, str]]:
    """Price levels in the venue's shape."""
    price = state.price_text
    return [{"price": price(ticks), "vol": str(lots)} for ticks, lots in side]


def depth(group: str, state: SymbolState, way: int, side: Levels, at_ms: int) -> str:
    """One side of the book, complete to its depth."""
    return message(
        group,
        {
            "symbol": state.contract.symbol,
            "way": way,
            "depths": levels(state, side),
            "ms_t": at_ms,
        },
    )


def depth_all(group: str, state: SymbolState, book: BookView, at_ms: int) -> str:
    """Both sides of the book, complete to their depth."""
    return message(
        group,
        {
            "symbol": state.contract.symbol,
            "asks": levels(state, book.asks),
            "bids": levels(state, book.bids),
            "ms_t": at_ms,
        },
    )


def depth_increase(
    group: str,
    state: SymbolState,
    sides: tuple[Levels, Levels],
    at_ms: int,
    *,
    version: int,
    kind: str,
) -> str:
    """A snapshot or an update; `sides` are (bids, asks), volume 0 removes a level."""
    bids, asks = sides
    return message(
        group,
        {
            "symbol": state.contract.symbol,
            "asks": levels(state, asks),
            "bids": levels(state, bids),
            "ms_t": at_ms,
            "version": version,
            "type": kind,
        },
    )


def ticker(group: str, state: SymbolState, top: BookTop, statistics: Statistics) -> str:
    """The day's figures; strings throughout, no time."""
    price = state.price_text
    return message(
        group,
        {
            "symbol": state.contract.symbol,
            "last_price": state.last_text,
            "volume_24": str(statistics.lots),
            "range": change(statistics),
            "mark_price": state.mark_text,
            "index_price": state.mark_text,
            "ask_price": price(top.ask_ticks) if top.ask_ticks is not None else "0",
            "ask_vol": str(top.ask_lots),
            "bid_price": price(top.bid_ticks) if top.bid_ticks is not None else "0",
            "bid_vol": str(top.bid_lots),
        },
    )


def change(statistics: Statistics) -> str:
    """Change of the last 24 hours as a ratio: "0.00166"."""
    if not statistics.open_ticks or statistics.last_ticks is None:
        return "0"
    ratio = Decimal(statistics.last_ticks - statistics.open_ticks) / statistics.open_ticks
    return jsontext.plain(round(ratio, 5))


def kline(group: str, state: SymbolState, bar: Bar) -> str:
    """The running bar; `ts` is one second after the bar's start, as captured from the venue."""
    price = state.price_text
    item = {
        "o": price(bar.open),
        "h": price(bar.high),
        "l": price(bar.low),
        "c": price(bar.close),
        "v": str(bar.volume),
        "ts": bar.start_s + 1,
    }
    return message(group, {"symbol": state.contract.symbol, "items": [item]})


def funding_rate(group: str, state: SymbolState, rate: Decimal, now_ms: int) -> str:
    """The rate in force and the next one."""
    coming, following = funding_times(now_ms)
    return message(
        group,
        {
            "symbol": state.contract.symbol,
            "fundingRate": jsontext.plain(rate),
            "fundingTime": coming,
            "nextFundingRate": jsontext.plain(rate),
            "nextFundingTime": following,
            "funding_upper_limit": "0.0375",
            "funding_lower_limit": "-0.0375",
            "ts": now_ms,
        },
    )
