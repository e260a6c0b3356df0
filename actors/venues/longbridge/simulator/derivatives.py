"""Handlers of the questions about options and warrants: a small made-up chain on two securities.

Options are listed on securities whose listing says so, for the next expiries and some strikes
around the reference price; warrants likewise. Their prices are what they would be worth now.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.securities import quote_fields, state_of
from actors.venues.longbridge.simulator.subscriptions import SYMBOLS_MAX
from actors.venues.longbridge.simulator.symbols import SymbolState
from engine.simulator.jsontext import plain

EXPIRIES: Final = 4
STRIKES_EACH_SIDE: Final = 5
OPTION: Final = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{1,9})\.US", re.ASCII)
ISSUERS: Final = ((12, "SG", "法興"), (19, "UB", "瑞銀"))
CENT: Final = Decimal("0.01")


@attrs.frozen
class Warrant:
    """One warrant on a security; the strike is so far from the reference price."""

    symbol: str
    name: str
    underlying: str
    call: bool
    strike_rate: Decimal
    issuer: int


WARRANTS: Final = (
    Warrant("21125.HK", "SG-TENCENT CALL A", "700.HK", True, Decimal("1.05"), 12),  # noqa: FBT003
    Warrant("21126.HK", "UB-TENCENT PUT A", "700.HK", False, Decimal("0.95"), 19),  # noqa: FBT003
)


def _expiries(call: Call) -> Iterator[date]:
    """The next Fridays."""
    day = datetime.fromtimestamp(call.now.wall_s, UTC).date()
    day += timedelta(days=(4 - day.weekday()) % 7)
    for week in range(EXPIRIES):
        yield day + timedelta(weeks=week)


def _strikes(state: SymbolState) -> list[Decimal]:
    step = max(Decimal(1), Decimal(round(state.reference_price / 40)))
    middle = Decimal(round(state.reference_price / step)) * step
    return [middle + step * place for place in range(-STRIKES_EACH_SIDE, STRIKES_EACH_SIDE + 1)]


def _option_symbol(underlying: str, expiry: date, right: str, strike: Decimal) -> str:
    name = underlying.removesuffix(".US")
    return f"{name}{expiry:%y%m%d}{right}{int(strike * 1000)}.US"


def _with_options(call: Call, symbol: str) -> SymbolState:
    state = state_of(call, symbol)
    if not state.listing.options:
        raise errors.NO_QUOTES
    return state


def expiry_dates(call: Call, request: Any) -> Any:
    """Command 20."""
    _with_options(call, request.symbol)
    return bodies.OptionChainDateListResponse(
        expiry_date=[f"{day:%Y%m%d}" for day in _expiries(call)]
    )


def strikes(call: Call, request: Any) -> Any:
    """Command 21."""
    state = _with_options(call, request.symbol)
    expiry = next((day for day in _expiries(call) if f"{day:%Y%m%d}" == request.expiry_date), None)
    if expiry is None:
        raise errors.PARAMETERS
    return bodies.OptionChainDateStrikeInfoResponse(
        strike_price_info=[
            bodies.StrikePriceInfo(
                price=plain(strike),
                call_symbol=_option_symbol(request.symbol, expiry, "C", strike),
                put_symbol=_option_symbol(request.symbol, expiry, "P", strike),
                standard=True,
            )
            for strike in _strikes(state)
        ]
    )


def _worth(state: SymbolState, strike: Decimal, *, call: bool) -> Decimal:
    inside = state.last - strike if call else strike - state.last
    return max(CENT, round(max(inside, Decimal(0)) + state.last / 100, 2))


def _derived(call: Call, state: SymbolState, symbol: str, price: Decimal) -> dict[str, Any]:
    """The common fields of a derivative that nobody trades."""
    worth = plain(price)
    return {
        **quote_fields(call, state),
        "symbol": symbol,
        "last_done": worth,
        "prev_close": worth,
        "open": worth,
        "high": worth,
        "low": worth,
        "volume": 0,
        "turnover": "0",
    }


def option_quote(call: Call, request: Any) -> Any:
    """Command 12; symbols that are no option here are left out."""
    if len(request.symbol) > SYMBOLS_MAX:
        raise errors.TOO_MANY
    quotes = [found for each in request.symbol if (found := _option(call, each)) is not None]
    if request.symbol and not quotes:
        raise errors.SYMBOL
    return bodies.OptionQuoteResponse(secu_quote=quotes)


def _option(call: Call, symbol: str) -> Any | None:
    match = OPTION.fullmatch(symbol)
    state = call.venue.market.states.get(f"{match[1]}.US") if match else None
    if match is None or state is None or not state.listing.options:
        return None
    strike, is_call = Decimal(match[4]) / 1000, match[3] == "C"
    return bodies.OptionQuote(
        **_derived(call, state, symbol, _worth(state, strike, call=is_call)),
        option_extend=bodies.OptionExtend(
            implied_volatility="0.25",
            open_interest=100,
            expiry_date=f"20{match[2]}",
            strike_price=plain(strike),
            contract_multiplier="100",
            contract_type="A",
            contract_size="100",
            direction=match[3],
            historical_volatility="0.22",
            underlying_symbol=state.listing.symbol,
        ),
    )


def warrant_quote(call: Call, request: Any) -> Any:
    """Command 13; symbols that are no warrant here are left out."""
    if len(request.symbol) > SYMBOLS_MAX:
        raise errors.TOO_MANY
    found = [each for each in _listed_warrants(call) if each.symbol in set(request.symbol)]
    if request.symbol and not found:
        raise errors.SYMBOL
    return bodies.WarrantQuoteResponse(secu_quote=[_warrant(call, each) for each in found])


def _listed_warrants(call: Call) -> list[Warrant]:
    return [each for each in WARRANTS if each.underlying in call.venue.market.states]


def _strike(state: SymbolState, warrant: Warrant) -> Decimal:
    return round(state.reference_price * warrant.strike_rate, 1)


def _warrant_price(state: SymbolState, warrant: Warrant) -> Decimal:
    return max(CENT, round(_worth(state, _strike(state, warrant), call=warrant.call) / 100, 3))


def _warrant(call: Call, warrant: Warrant) -> Any:
    state = call.venue.market.states[warrant.underlying]
    return bodies.WarrantQuote(
        **_derived(call, state, warrant.symbol, _warrant_price(state, warrant)),
        warrant_extend=bodies.WarrantExtend(
            implied_volatility="0.32",
            expiry_date=f"{list(_expiries(call))[-1]:%Y%m%d}",
            last_trade_date=f"{list(_expiries(call))[-2]:%Y%m%d}",
            outstanding_ratio="0.1",
            outstanding_qty=1_000_000,
            conversion_ratio="100",
            category="Call" if warrant.call else "Put",
            strike_price=plain(_strike(state, warrant)),
            upper_strike_price="0",
            lower_strike_price="0",
            call_price="0",
            underlying_symbol=warrant.underlying,
        ),
    )


def issuers(_: Call, __: Any) -> Any:
    """Command 22."""
    return bodies.IssuerInfoResponse(
        issuer_info=[
            bodies.IssuerInfo(id=number, name_cn=cn, name_en=en, name_hk=cn)
            for number, en, cn in ISSUERS
        ]
    )


def warrant_filter(call: Call, request: Any) -> Any:
    """Command 23: filtered by type (0 call, 1 put) and issuer, paged; sorted as listed; no count means all."""
    state = state_of(call, request.symbol)
    config = request.filter_config
    found = [
        each
        for each in _listed_warrants(call)
        if each.underlying == request.symbol
        and (not config.type or (0 if each.call else 1) in config.type)
        and (not config.issuer or each.issuer in config.issuer)
    ]
    begin = max(0, config.sort_offset)
    count = min(config.sort_count if config.sort_count > 0 else SYMBOLS_MAX, SYMBOLS_MAX)
    return bodies.WarrantFilterListResponse(
        warrant_list=[_filtered(call, state, each) for each in found[begin : begin + count]],
        total_count=len(found),
    )


def _filtered(call: Call, state: SymbolState, warrant: Warrant) -> Any:
    return bodies.FilterWarrant(
        symbol=warrant.symbol,
        name=warrant.name,
        last_done=plain(_warrant_price(state, warrant)),
        change_rate="0",
        change_val="0",
        turnover="0",
        expiry_date=f"{list(_expiries(call))[-1]:%Y%m%d}",
        strike_price=plain(_strike(state, warrant)),
        upper_strike_price="0",
        lower_strike_price="0",
        outstanding_qty="1000000",
        outstanding_ratio="0.1",
        premium="0.05",
        itm_otm="0",
        implied_volatility="0.32",
        delta="0.5" if warrant.call else "-0.5",
        call_price="0",
        to_call_price="0",
        effective_leverage="5",
        leverage_ratio="10",
        conversion_ratio="100",
        balance_point=plain(_strike(state, warrant)),
        status=4,
        type=0 if warrant.call else 1,
    )


HANDLERS: Final = {
    12: Handler(bodies.MultiSecurityRequest, option_quote),
    13: Handler(bodies.MultiSecurityRequest, warrant_quote),
    20: Handler(bodies.SecurityRequest, expiry_dates),
    21: Handler(bodies.OptionChainDateStrikeInfoRequest, strikes),
    22: Handler(bodies.SubscriptionRequest, issuers),
    23: Handler(bodies.WarrantFilterListRequest, warrant_filter),
}
