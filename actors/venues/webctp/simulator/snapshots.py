"""MARKET_DATA: one contract's snapshot as its front prints it."""

import math
from datetime import date
from decimal import Decimal
from typing import Any, Final

from actors.venues.webctp.simulator import tradingdays
from actors.venues.webctp.simulator.envelope import DBL_MAX
from actors.venues.webctp.simulator.symbols import SymbolState
from engine.exchange.matching import Top

LEVELS: Final = 5
DENORMAL: Final = 6.9e-310
_PRICES: Final = (
    *("last_price", "pre_settlement_price", "pre_close_price", "open_price", "highest_price"),
    *("lowest_price", "upper_limit_price", "lower_limit_price", "bp1", "ap1"),
)


def snapshot(
    state: SymbolState, top: Top, day: date, market_ns: int, *, noisy: bool
) -> dict[str, Any]:
    """The `info` of MARKET_DATA."""
    if state.recorded is not None:
        row = _recorded(state, day, market_ns)
    else:
        row = _generated(state, top, day, market_ns)
    if noisy:
        for name in _PRICES:
            if row[name] < DBL_MAX:
                row[name] = math.nextafter(row[name], math.inf)
        row["banding_upper_price"] = row["banding_lower_price"] = DENORMAL
    return row


def _clock(exchange: str, day: date, market_ns: int) -> dict[str, Any]:
    here = tradingdays.at(market_ns)
    trading_day, action_day = tradingdays.tick_days(exchange, day, market_ns)
    millisec = 0 if exchange == "CZCE" else here.microsecond // 500_000 * 500
    return {
        "trading_day": trading_day,
        "action_day": action_day,
        "update_time": here.strftime("%H:%M:%S"),
        "update_millisec": millisec,
    }


def _levels() -> dict[str, Any]:
    """Levels 2 to 5, which ordinary fronts do not fill."""
    row: dict[str, Any] = {}
    for level in range(2, LEVELS + 1):
        row |= {f"bp{level}": DBL_MAX, f"bv{level}": 0, f"ap{level}": DBL_MAX, f"av{level}": 0}
    return row


def _unset() -> dict[str, Any]:
    return {
        "exchange_inst_id": "",
        "close_price": DBL_MAX,
        "settlement_price": DBL_MAX,
        "pre_delta": 0.0,
        "curr_delta": DBL_MAX,
        "banding_upper_price": 0.0,
        "banding_lower_price": 0.0,
        **_levels(),
    }


def _generated(state: SymbolState, top: Top, day: date, market_ns: int) -> dict[str, Any]:
    bid, bid_lots, ask, ask_lots = top
    listing, price = state.listing, state.instrument.price
    average, turnover = _turnover(state)
    return {
        **_unset(),
        **_clock(listing.exchange, day, market_ns),
        "instrument_id": listing.symbol,
        "exchange_id": "",
        "last_price": float(state.last),
        "pre_settlement_price": float(state.pre_settlement),
        "pre_close_price": float(state.pre_settlement),
        "pre_open_interest": state.pre_open_interest,
        "open_price": _price(state.open),
        "highest_price": _price(state.high),
        "lowest_price": _price(state.low),
        "volume": state.volume,
        "turnover": turnover,
        "open_interest": state.open_interest,
        "upper_limit_price": float(state.upper_limit),
        "lower_limit_price": float(state.lower_limit),
        "bp1": DBL_MAX if bid is None else float(price(bid)),
        "bv1": bid_lots,
        "ap1": DBL_MAX if ask is None else float(price(ask)),
        "av1": ask_lots,
        "average_price": average,
    }


def _turnover(state: SymbolState) -> tuple[float, float]:
    """average_price and turnover: with the multiple in both, but at CZCE in neither."""
    multiple = 1 if state.listing.exchange == "CZCE" else state.listing.multiple
    turnover = state.turnover * multiple
    return (float(turnover / state.volume) if state.volume else 0.0), float(turnover)


def _price(price: Decimal | None) -> float:
    return DBL_MAX if price is None else float(price)


def _recorded(state: SymbolState, day: date, market_ns: int) -> dict[str, Any]:
    """The recorded row with its values as they are; its time is the market's."""
    row = dict(state.recorded or {})
    given = {
        name: DBL_MAX if value is None else value for name, value in row.items() if name in _GIVEN
    }
    average = row["turnover"] / row["volume"] if row["volume"] else 0.0
    clock = _clock(state.listing.exchange, day, market_ns)
    if row.get("shown") == "recorded":
        clock = {name: row[name] for name in clock}
    return {**_unset(), **clock, **given, "average_price": average}


_GIVEN: Final = frozenset(
    {
        *("exchange_id", "instrument_id", "last_price", "pre_settlement_price", "pre_close_price"),
        *("pre_open_interest", "open_price", "highest_price", "lowest_price", "volume"),
        *("turnover", "open_interest", "settlement_price", "upper_limit_price"),
        *("lower_limit_price", "bp1", "bv1", "ap1", "av1"),
    }
)
