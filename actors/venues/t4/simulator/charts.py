"""Bars and trades as REST tells them; pure, time handed in.

Times are the wall clock of US Central time without an offset, prices texts in the format that is bound to
the caller's token.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from actors.venues.t4.simulator.codes import BidOffer
from actors.venues.t4.simulator.history import COUNTED, DATED, LENGTHS_S, Bar
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.states import Print
from actors.venues.t4.simulator.tradedays import CENTRAL, central, trade_day
from actors.venues.t4.simulator.venue import Venue
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS

BARS_MAX: Final = 50_000
TRADES_MAX: Final = 20_000
_PERIOD_MAX: Final = 100_000
_SIDES: Final = {BidOffer.OFFER: "Buy", BidOffer.BID: "Sell", BidOffer.UNDEFINED: "Undefined"}


class BadRequest(Exception):
    """A request that cannot be answered; answered 400 with this text."""


def bar_chart(
    venue: Venue, listing: Listing, query: Mapping[str, str], price_format: int
) -> dict[str, Any]:
    """The bars between two trade dates."""
    interval = query.get("barInterval", "Minute")
    if interval not in COUNTED | DATED | set(LENGTHS_S):
        raise BadRequest("unknown barInterval")
    period = query.get("barPeriod", "1")
    if not (period.isascii() and period.isdigit() and 0 < int(period) <= _PERIOD_MAX):
        raise BadRequest("barPeriod must be a whole number above 0")
    first, last = _dates(query)
    bars = [
        each
        for each in venue.history(listing.market_id).bars(interval, int(period))
        if first <= trade_day(each.start_s) <= last
    ]
    return {
        "tradeDateStart": first.isoformat(),
        "tradeDateEnd": last.isoformat(),
        "activeMarket": listing.market_id,
        "bars": [_bar(listing, each, price_format) for each in bars[-BARS_MAX:]],
        **_around(venue, listing, price_format),
    }


def trade_history(
    venue: Venue, listing: Listing, query: Mapping[str, str], price_format: int
) -> dict[str, Any]:
    """The trades between two trade dates, or two times, or since a time."""
    first, last = _dates(query)
    begin, end = _time(query, "since") or _time(query, "start"), _time(query, "end")
    trades = [
        each
        for each in venue.history(listing.market_id).trades
        if first <= trade_day(each.at_ns // NS) <= last
        and (begin is None or each.at_ns >= begin)
        and (end is None or each.at_ns < end)
    ]
    return {
        "exchangeID": listing.exchange_id,
        "contractID": listing.contract_id,
        "marketID": listing.market_id,
        "requestStatusMessage": "",
        "tradeDateStart": first.isoformat(),
        "tradeDateEnd": last.isoformat(),
        "trades": [_trade(listing, each, price_format) for each in trades[-TRADES_MAX:]],
        **_around(venue, listing, price_format),
        "vwaPs": [],
    }


def _bar(listing: Listing, bar: Bar, price_format: int) -> dict[str, Any]:
    return {
        "tradeDate": trade_day(bar.start_s).isoformat(),
        "time": central(bar.start_s).isoformat(),
        "closeTime": central(bar.end_s).isoformat(),
        "marketID": listing.market_id,
        "openPrice": listing.ticks_text(bar.open, price_format),
        "highPrice": listing.ticks_text(bar.high, price_format),
        "lowPrice": listing.ticks_text(bar.low, price_format),
        "closePrice": listing.ticks_text(bar.close, price_format),
        "volume": bar.volume,
        "volumeAtBid": bar.at_bid,
        "volumeAtOffer": bar.at_offer,
        "trades": bar.trades,
        "tradesAtBid": bar.trades_at_bid,
        "tradesAtOffer": bar.trades_at_offer,
    }


def _trade(listing: Listing, print_: Print, price_format: int) -> dict[str, Any]:
    at_s, rest_ns = divmod(print_.at_ns, NS)
    return {
        "marketID": listing.market_id,
        "tradeDate": trade_day(at_s).isoformat(),
        "time": f"{central(at_s).isoformat()}.{rest_ns // 100:07d}",
        "tradePrice": listing.ticks_text(print_.ticks, price_format),
        "volume": print_.lots,
        "aggressorSide": _SIDES[print_.aggressor],
    }


def _around(venue: Venue, listing: Listing, price_format: int) -> dict[str, Any]:
    """What comes with every chart."""
    state = venue.market.states[listing.market_id]
    settled_s = state.settled_ns // NS
    return {
        "marketDefinitions": [
            {
                "marketID": listing.market_id,
                "minPriceIncrement": listing.text(listing.price_increment, price_format),
                "priceCode": "",
                "tickValue": plain(listing.price_increment * listing.multiplier),
                "vpt": "",
            }
        ],
        "modeChanges": [],
        "openInterests": [],
        "settlements": [
            {
                "marketID": listing.market_id,
                "tradeDate": trade_day(settled_s).isoformat(),
                "time": central(settled_s).isoformat(),
                "settlementPrice": listing.ticks_text(state.settlement, price_format),
            }
        ],
    }


def _dates(query: Mapping[str, str]) -> tuple[date, date]:
    """The trade dates asked for, all of them where none is."""
    try:
        first = date.fromisoformat(query.get("tradeDateStart", "1970-01-01")[:10])
        last = date.fromisoformat(query.get("tradeDateEnd", "9999-12-31")[:10])
    except ValueError:
        raise BadRequest("a trade date must be YYYY-MM-DD") from None
    return first, last


def _time(query: Mapping[str, str], name: str) -> int | None:
    """A time in nanoseconds; one without an offset is US Central time."""
    text = query.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=CENTRAL)
        return int(at.astimezone(UTC).timestamp() * NS)
    except (ValueError, OverflowError):
        raise BadRequest(f"{name} must be a time") from None
