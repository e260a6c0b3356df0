"""Handlers of the questions about bars: candlesticks now and in the past, the line of the day."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.bars import DATE_PERIODS, MINUTE_PERIODS, Bar
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.hours import HOURS, TradeSession
from actors.venues.longbridge.simulator.securities import counted, state_of
from actors.venues.longbridge.simulator.symbols import SymbolState
from engine.simulator.jsontext import plain

BARS_MAX: Final = 1_000
"""Candlesticks in one answer."""
YEARS: Final = range(1970, 2101)
ALL_SESSIONS: Final = 100
BY_OFFSET: Final = 1
BY_DATE: Final = 2
BACKWARD: Final = 0
FORWARD: Final = 1


def parsed_date(text: str) -> date:
    """A date of eight digits in a year that markets know; Refusal for anything else."""
    try:
        found = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise errors.PARAMETERS from None
    if found.year not in YEARS:
        raise errors.PARAMETERS
    return found


def _bars(state: SymbolState, request: Any) -> list[Bar]:
    if request.period not in MINUTE_PERIODS | DATE_PERIODS or request.adjust_type not in (0, 1):
        raise errors.PARAMETERS
    bars = state.bars.of_period(request.period)
    if request.trade_session == ALL_SESSIONS:
        return bars
    return [bar for bar in bars if bar.session is TradeSession.NORMAL]


def _response(symbol: str, bars: list[Bar]) -> Any:
    return bodies.SecurityCandlestickResponse(
        symbol=symbol,
        candlesticks=[
            bodies.Candlestick(
                close=plain(bar.close),
                open=plain(bar.open),
                low=plain(bar.low),
                high=plain(bar.high),
                volume=bar.shares,
                turnover=plain(bar.turnover),
                timestamp=bar.start_s,
                trade_session=bar.session,
            )
            for bar in bars
        ],
    )


def candlesticks(call: Call, request: Any) -> Any:
    """Command 19: the newest bars, oldest of them first."""
    state = state_of(call, request.symbol)
    count = counted(request.count, BARS_MAX)
    return _response(request.symbol, _bars(state, request)[-count:])


def history(call: Call, request: Any) -> Any:
    """Command 27: bars around a moment, or between two days."""
    call.venue.limits.history(call.account, call.now)
    state = state_of(call, request.symbol)
    bars = _bars(state, request)
    if request.query_type == BY_OFFSET:
        return _response(request.symbol, _around(state, bars, request.offset_request))
    if request.query_type == BY_DATE:
        return _response(request.symbol, _between(state, bars, request.date_request))
    raise errors.PARAMETERS


def _start_s(state: SymbolState, text: str, minute: str) -> int:
    """Unix seconds of a local day and, if given, its `HHMM`."""
    day = parsed_date(text)
    try:
        at = datetime.strptime(minute or "0000", "%H%M").time()  # noqa: DTZ007 - joined with a zone
    except ValueError:
        raise errors.PARAMETERS from None
    return int(datetime.combine(day, at, HOURS[state.listing.market].zone).timestamp())


def _around(state: SymbolState, bars: list[Bar], query: Any) -> list[Bar]:
    count = counted(query.count, BARS_MAX)
    if query.direction == FORWARD:
        begin_s = _start_s(state, query.date, query.minute) if query.date else 0
        return [bar for bar in bars if bar.start_s >= begin_s][:count]
    if query.direction != BACKWARD:
        raise errors.PARAMETERS
    if not query.date:
        return bars[-count:]
    end_s = _start_s(state, query.date, query.minute or "2359")
    return [bar for bar in bars if bar.start_s <= end_s][-count:]


def _between(state: SymbolState, bars: list[Bar], query: Any) -> list[Bar]:
    begin_s = _start_s(state, query.start_date, "") if query.start_date else 0
    end_s = None
    if query.end_date:
        day_after = parsed_date(query.end_date) + timedelta(days=1)
        end_s = _start_s(state, day_after.strftime("%Y%m%d"), "")
    chosen = [
        bar for bar in bars if bar.start_s >= begin_s and (end_s is None or bar.start_s < end_s)
    ]
    return chosen[-BARS_MAX:]


def intraday(call: Call, request: Any) -> Any:
    """Command 18: one line per minute of the day, with the average price so far."""
    state = state_of(call, request.symbol)
    lines, shares, turnover = [], 0, Decimal(0)
    for bar in state.bars.today(call.now.wall_s):
        shares += bar.shares
        turnover += bar.turnover
        lines.append(
            bodies.Line(
                price=plain(bar.close),
                timestamp=bar.start_s,
                volume=bar.shares,
                turnover=plain(bar.turnover),
                avg_price=plain(round(turnover / shares, 3)) if shares else plain(bar.close),
            )
        )
    return bodies.SecurityIntradayResponse(symbol=request.symbol, lines=lines)


HANDLERS: Final = {
    18: Handler(bodies.SecurityIntradayRequest, intraday),
    19: Handler(bodies.SecurityCandlestickRequest, candlesticks),
    27: Handler(bodies.SecurityHistoryCandlestickRequest, history),
}
