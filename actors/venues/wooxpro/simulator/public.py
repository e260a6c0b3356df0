"""Handlers of the public requests: instruments, book, tape, bars, funding."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.simulator import errors, fields
from actors.venues.wooxpro.simulator.candles import Bar
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.payloads import change
from actors.venues.wooxpro.simulator.rest import Call, Route
from actors.venues.wooxpro.simulator.symbols import (
    FUNDING_INTERVAL_MS,
    SymbolState,
    funding_times,
)
from engine.exchange.model import Side
from engine.simulator.jsontext import plain

BOOK_LEVELS: Final = 50
KLINES_MAX: Final = 500
TRADES_MAX: Final = 100
FUNDING_ROWS_MAX: Final = 100
KLINE_STEPS: Final = (1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 4320, 10080)
OPEN_INTEREST: Final = 1_000_000
"""Contracts shown as open interest of every contract; nothing depends on it."""
LISTED_MS: Final = 1_594_080_000_000
"""Shown as the start of trading of every contract."""


def _state(call: Call) -> SymbolState:
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    return call.venue.symbols[symbol]


def _states(call: Call) -> list[SymbolState]:
    if fields.text(call.fields, "symbol"):
        return [_state(call)]
    return list(call.venue.symbols.values())


def details(call: Call) -> dict[str, Any]:
    """GET /contract/public/details."""
    return {"symbols": [_detail(call, state) for state in _states(call)]}


def _detail(call: Call, state: SymbolState) -> dict[str, Any]:
    contract, price = state.contract, state.price_text
    day = call.venue.exchange.statistics(contract.symbol, call.venue.market.time_ns(call.now))
    turnover = state.instrument.value(day.tick_lots)
    rate = plain(call.venue.settings.funding_rate)
    interest = OPEN_INTEREST * contract.contract_size * state.mark
    return {
        "symbol": contract.symbol,
        "product_type": 1,
        "open_timestamp": LISTED_MS,
        "expire_timestamp": 0,
        "settle_timestamp": 0,
        "base_currency": contract.base,
        "quote_currency": contract.quote,
        "last_price": state.last_text,
        "volume_24h": str(day.lots),
        "turnover_24h": plain(turnover),
        "index_price": state.mark_text,
        "index_name": contract.symbol,
        "contract_size": plain(contract.contract_size),
        "min_leverage": "1",
        "max_leverage": str(contract.max_leverage),
        "price_precision": plain(contract.price_increment),
        "vol_precision": "1",
        "max_volume": str(contract.max_volume),
        "market_max_volume": str(contract.market_max_volume),
        "min_volume": "1",
        "funding_rate": rate,
        "expected_funding_rate": rate,
        "open_interest": str(OPEN_INTEREST),
        "open_interest_value": plain(interest),
        "high_24h": state.last_text if day.high_ticks is None else price(day.high_ticks),
        "low_24h": state.last_text if day.low_ticks is None else price(day.low_ticks),
        "change_24h": change(day),
        "funding_interval_hours": FUNDING_INTERVAL_MS // 3_600_000,
        "funding_time": funding_times(call.now_ms)[0],
        "status": "Trading",
        "delist_time": 0,
    }


def depth(call: Call) -> dict[str, Any]:
    """GET /contract/public/depth."""
    state = _state(call)
    book = call.venue.exchange.book(state.contract.symbol, BOOK_LEVELS)
    return {
        "asks": _cumulative(state, book.asks),
        "bids": _cumulative(state, book.bids),
        "timestamp": call.now_ms,
        "symbol": state.contract.symbol,
    }


def _cumulative(state: SymbolState, side: tuple[tuple[int, int], ...]) -> list[list[str]]:
    rows, total = [], 0
    for ticks, lots in side:
        total += lots
        rows.append([state.price_text(ticks), str(lots), str(total)])
    return rows


def market_trade(call: Call) -> list[dict[str, Any]]:
    """GET /contract/public/market-trade; newest first, time in seconds."""
    state = _state(call)
    limit = min(fields.integer(call.fields, "limit", default=50), TRADES_MAX)
    return [
        {
            "symbol": one.symbol,
            "price": state.price_text(one.price_ticks),
            "qty": str(one.lots),
            "quote_qty": plain(state.instrument.value(one.price_ticks * one.lots)),
            "time": one.at_ns // 1_000_000_000,
            "is_buyer_maker": one.aggressor is Side.SELL,
        }
        for one in call.venue.exchange.recent_trades(state.contract.symbol, limit)
    ]


def kline(call: Call) -> list[dict[str, Any]]:
    """GET /contract/public/kline."""
    state = _state(call)
    return _bars(call, state, marks=False)


def markprice_kline(call: Call) -> list[dict[str, Any]]:
    """GET /contract/public/markprice-kline."""
    return _bars(call, _state(call), marks=True)


def _bars(call: Call, state: SymbolState, *, marks: bool) -> list[dict[str, Any]]:
    step = fields.integer(call.fields, "step", default=1, code=errors.KLINE_STEP)
    if step not in KLINE_STEPS:
        raise Refusal(errors.KLINE_STEP)
    start_s = fields.integer(call.fields, "start_time", code=errors.TIMESTAMP_INVALID)
    end_s = fields.integer(call.fields, "end_time", code=errors.TIMESTAMP_INVALID)
    if start_s > end_s:
        raise Refusal(errors.TIMESTAMP_INVALID)
    candles = state.mark_candles if marks else state.candles
    bars = candles.between(start_s, end_s, step * 60)[:KLINES_MAX]
    return [_bar(state, bar) for bar in bars]


def _bar(state: SymbolState, bar: Bar) -> dict[str, Any]:
    price = state.price_text
    return {
        "timestamp": bar.start_s,
        "open_price": price(bar.open),
        "close_price": price(bar.close),
        "high_price": price(bar.high),
        "low_price": price(bar.low),
        "volume": str(bar.volume),
    }


def funding_rate(call: Call) -> dict[str, Any]:
    """GET /contract/public/funding-rate."""
    state, rate = _state(call), plain(call.venue.settings.funding_rate)
    return {
        "timestamp": call.now_ms,
        "symbol": state.contract.symbol,
        "rate_value": rate,
        "expected_rate": rate,
        "funding_time": funding_times(call.now_ms)[0],
        "funding_upper_limit": "0.0375",
        "funding_lower_limit": "-0.0375",
    }


def funding_rate_history(call: Call) -> dict[str, Any]:
    """GET /contract/public/funding-rate-history; newest first."""
    state, rate = _state(call), plain(call.venue.settings.funding_rate)
    limit = min(fields.integer(call.fields, "limit", default=100), FUNDING_ROWS_MAX)
    newest = funding_times(call.now_ms)[0] - FUNDING_INTERVAL_MS
    return {
        "list": [
            {
                "symbol": state.contract.symbol,
                "funding_rate": rate,
                "funding_time": str(newest - step * FUNDING_INTERVAL_MS),
            }
            for step in range(limit)
        ]
    }


def open_interest(call: Call) -> dict[str, Any]:
    """GET /contract/public/open-interest."""
    state = _state(call)
    value = OPEN_INTEREST * state.contract.contract_size * state.mark
    return {
        "timestamp": call.now_ms,
        "symbol": state.contract.symbol,
        "open_interest": str(OPEN_INTEREST),
        "open_interest_value": plain(value),
    }


def leverage_bracket(call: Call) -> dict[str, Any]:
    """GET /contract/public/leverage-bracket; one bracket per contract."""
    return {"rules": [_rule(state) for state in _states(call)]}


def _rule(state: SymbolState) -> dict[str, Any]:
    contract = state.contract
    bracket = {
        "bracket": 1,
        "initial_leverage": str(contract.max_leverage),
        "notional_cap": plain(Decimal(10_000_000)),
        "notional_floor": "0",
        "maint_margin_ratio": plain(contract.maintenance_margin_rate),
        "cum": "0",
    }
    return {"symbol": contract.symbol, "brackets": [bracket]}


def system_time(call: Call) -> dict[str, Any]:
    """GET /system/time: the wall clock, whatever time the market shows."""
    return {"server_time": call.now.wall_ms}


def system_service(call: Call) -> dict[str, Any]:
    """GET /system/service: all is well."""
    service = {
        "title": "Contract API",
        "service_type": "contract",
        "status": 2,
        "start_time": call.now.wall_ms,
        "end_time": call.now.wall_ms,
    }
    return {"service": [service]}


ROUTES: Final = (
    Route("GET", "/contract/public/details", "none", details),
    Route("GET", "/contract/public/depth", "none", depth),
    Route("GET", "/contract/public/market-trade", "none", market_trade),
    Route("GET", "/contract/public/kline", "none", kline),
    Route("GET", "/contract/public/markprice-kline", "none", markprice_kline),
    Route("GET", "/contract/public/funding-rate", "none", funding_rate),
    Route("GET", "/contract/public/funding-rate-history", "none", funding_rate_history),
    Route("GET", "/contract/public/open-interest", "none", open_interest),
    Route("GET", "/contract/public/leverage-bracket", "none", leverage_bracket),
    Route("GET", "/system/time", "none", system_time),
    Route("GET", "/system/service", "none", system_service),
)
