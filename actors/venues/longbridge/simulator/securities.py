"""Handlers of the questions about securities: static data, quotes, books, brokers, prints, figures."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.display import BROKER_IDS
from actors.venues.longbridge.simulator.subscriptions import SYMBOLS_MAX, known
from actors.venues.longbridge.simulator.symbols import TRADES_MAX, SymbolState
from engine.simulator.jsontext import plain

HALTED: Final = 1


def state_of(call: Call, symbol: str) -> SymbolState:
    """The security that was asked for; Refusal for one that is not listed."""
    state = call.venue.market.states.get(symbol)
    if state is None:
        raise errors.SYMBOL
    return state


def _states(call: Call, symbols: Any) -> list[SymbolState]:
    return [call.venue.market.states[symbol] for symbol in known(call, symbols)]


def _rounded(value: Decimal, places: int = 2) -> str:
    return plain(round(value, places))


def static_info(call: Call, request: Any) -> Any:
    """Command 10; symbols that are not listed are left out."""
    return bodies.SecurityStaticInfoResponse(
        secu_static_info=[_static(state) for state in _states(call, request.symbol)]
    )


def _static(state: SymbolState) -> Any:
    listing, price = state.listing, state.reference_price
    return bodies.StaticInfo(
        symbol=listing.symbol,
        name_cn=listing.name_cn,
        name_en=listing.name_en,
        name_hk=listing.name_cn,
        listing_date="20040616",
        exchange=listing.exchange,
        currency=listing.currency,
        lot_size=listing.lot,
        total_shares=listing.total_shares,
        circulating_shares=listing.total_shares,
        hk_shares=listing.total_shares if listing.market == "HK" else 0,
        eps=_rounded(price / 20),
        eps_ttm=_rounded(price / 20),
        bps=_rounded(price / 4),
        dividend_yield="1.2",
        stock_derivatives=[1] * listing.options + [2] * listing.warrants,
        board=listing.board,
    )


def quote(call: Call, request: Any) -> Any:
    """Command 11; symbols that are not listed are left out."""
    return bodies.SecurityQuoteResponse(
        secu_quote=[_quote(call, state) for state in _states(call, request.symbol)]
    )


def quote_fields(call: Call, state: SymbolState) -> dict[str, Any]:
    """The first ten fields of every kind of quote."""
    day = state.day
    return {
        "symbol": state.listing.symbol,
        "last_done": plain(state.last),
        "prev_close": plain(day.prev_close),
        "open": plain(day.open or state.last),
        "high": plain(day.high or state.last),
        "low": plain(day.low or state.last),
        "timestamp": state.last_s,
        "volume": day.shares,
        "turnover": plain(day.turnover),
        "trade_status": HALTED * call.venue.market.exchange.halted(state.listing.symbol),
    }


def _quote(call: Call, state: SymbolState) -> Any:
    fields = quote_fields(call, state)
    if state.listing.market == "US":
        aside = bodies.PrePostQuote(
            last_done=plain(state.day.prev_close),
            timestamp=state.last_s,
            turnover="0",
            high=plain(state.day.prev_close),
            low=plain(state.day.prev_close),
            prev_close=plain(state.day.prev_close),
        )
        fields |= {"pre_market_quote": aside, "post_market_quote": aside}
        if call.overnight:
            fields["over_night_quote"] = aside
    return bodies.SecurityQuote(**fields)


def depth(call: Call, request: Any) -> Any:
    """Command 14."""
    state_of(call, request.symbol)
    asks, bids = call.venue.display.depth(request.symbol)
    return bodies.SecurityDepthResponse(symbol=request.symbol, ask=asks, bid=bids)


def brokers(call: Call, request: Any) -> Any:
    """Command 15; empty outside of Hong Kong."""
    state_of(call, request.symbol)
    asks, bids = call.venue.display.brokers(request.symbol)
    return bodies.SecurityBrokersResponse(symbol=request.symbol, ask_brokers=asks, bid_brokers=bids)


def participants(_: Call, __: Any) -> Any:
    """Command 16."""
    return bodies.ParticipantBrokerIdsResponse(
        participant_broker_numbers=[
            bodies.ParticipantInfo(
                broker_ids=[number],
                participant_name_cn=f"经纪 {number}",
                participant_name_en=f"Broker {number}",
                participant_name_hk=f"經紀 {number}",
            )
            for number in BROKER_IDS
        ]
    )


def trades(call: Call, request: Any) -> Any:
    """Command 17: the newest prints, oldest of them first."""
    state = state_of(call, request.symbol)
    count = counted(request.count, TRADES_MAX)
    newest = list(state.trades)[-count:]
    return bodies.SecurityTradeResponse(
        symbol=request.symbol, trades=[call.venue.display.trade(each) for each in newest]
    )


def counted(count: int, limit: int) -> int:
    """A number of rows asked for; Refusal for none and for too many."""
    if count <= 0:
        raise errors.PARAMETERS
    if count > limit:
        raise errors.TOO_MANY
    return count


def capital_flow(call: Call, request: Any) -> Any:
    """Command 24: by the minute since the day began, added up."""
    state = state_of(call, request.symbol)
    lines, total = [], Decimal(0)
    for bar in state.bars.today(state.last_s):
        total += bar.flow
        lines.append(bodies.CapitalFlowLine(inflow=_rounded(total), timestamp=bar.start_s))
    return bodies.CapitalFlowIntradayResponse(symbol=request.symbol, capital_flow_lines=lines)


def capital_distribution(call: Call, request: Any) -> Any:
    """Command 25."""
    state = state_of(call, request.symbol)
    inward, outward = (
        bodies.CapitalDistribution(
            **{size: str(table[size]) for size in ("large", "medium", "small")}
        )
        for table in (state.bought, state.sold)
    )
    return bodies.CapitalDistributionResponse(
        symbol=request.symbol, timestamp=state.last_s, capital_in=inward, capital_out=outward
    )


def calc_index(call: Call, request: Any) -> Any:
    """Command 26: the figures asked for, as far as they mean something for a share."""
    if len(request.symbols) > SYMBOLS_MAX:
        raise errors.TOO_MANY
    wanted = {index + 1 for index in request.calc_index}  # a figure's field is its number plus one
    return bodies.SecurityCalcQuoteResponse(
        security_calc_index=[_figures(state, wanted) for state in _states(call, request.symbols)]
    )


def _figures(state: SymbolState, wanted: set[int]) -> Any:
    day, last, shares = state.day, state.last, Decimal(state.listing.total_shares)
    change = last - day.prev_close
    flow = sum(state.bought.values()) - sum(state.sold.values())
    known_figures = {
        "last_done": plain(last),
        "change_val": plain(change),
        "change_rate": _rounded(change / day.prev_close * 100),
        "volume": day.shares,
        "turnover": plain(day.turnover),
        "turnover_rate": _rounded(day.shares / shares * 100, 4),
        "total_market_value": plain(last * shares),
        "capital_flow": str(flow),
        "amplitude": _rounded((day.high - day.low) / day.prev_close * 100),
        "pe_ttm_ratio": "20",
        "pb_ratio": "4",
        "dividend_ratio_ttm": "1.2",
        "ytd_change_rate": _rounded(change / day.prev_close * 100),
        "volume_ratio": "1",
    }
    fields = bodies.SecurityCalcIndex.DESCRIPTOR.fields_by_name
    chosen = {name: value for name, value in known_figures.items() if fields[name].number in wanted}
    return bodies.SecurityCalcIndex(symbol=state.listing.symbol, **chosen)


HANDLERS: Final = {
    10: Handler(bodies.MultiSecurityRequest, static_info),
    11: Handler(bodies.MultiSecurityRequest, quote),
    14: Handler(bodies.SecurityRequest, depth),
    15: Handler(bodies.SecurityRequest, brokers),
    16: Handler(bodies.SubscriptionRequest, participants),
    17: Handler(bodies.SecurityTradeRequest, trades),
    24: Handler(bodies.CapitalFlowIntradayRequest, capital_flow),
    25: Handler(bodies.SecurityRequest, capital_distribution),
    26: Handler(bodies.SecurityCalcQuoteRequest, calc_index),
}
