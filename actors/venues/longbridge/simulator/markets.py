"""Handlers of the questions about the account's quote rights and the markets' calendar."""

from typing import Any, Final

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.candlesticks import parsed_date
from actors.venues.longbridge.simulator.hours import HOURS, is_half_day, trading_days

RANGE_DAYS_MAX: Final = 31
PACKAGES: Final = {
    "HK": ("HKSpotLv2", "Real-time quotes, ten levels"),
    "US": ("USSpotLv1", "Real-time quotes"),
    "CN": ("CNSpotLv1", "Real-time quotes"),
}


def profile(call: Call, _: Any) -> Any:
    """Command 4; no rate limits are announced unless the settings say so."""
    settings = call.venue.settings
    packages = {
        market: bodies.PackageDetail(key=key, name=key, description=text)
        for market, (key, text) in PACKAGES.items()
    }
    limits = []
    if settings.announce_rate_limits:
        limits = [
            bodies.RateLimit(command=each, limit=settings.calls_per_s, burst=settings.calls_per_s)
            for each in range(10, 28)
        ]
    return bodies.UserQuoteProfileResponse(
        member_id=1,
        quote_level="Lv2",
        subscribe_limit=settings.subscription_limit,
        history_candlestick_limit=1_000,
        rate_limit=limits,
        quote_level_detail=bodies.UserQuoteLevelDetail(
            by_package_key={each.key: each for each in packages.values()},
            by_market_code={
                market: bodies.MarketPackageDetail(packages=[each])
                for market, each in packages.items()
            },
        ),
    )


def periods(_: Call, __: Any) -> Any:
    """Command 8."""
    return bodies.MarketTradePeriodResponse(
        market_trade_session=[
            bodies.MarketTradePeriod(
                market=hours.market,
                trade_session=[
                    bodies.TradePeriod(
                        beg_time=span.begin, end_time=span.end, trade_session=span.session
                    )
                    for span in hours.spans
                ],
            )
            for hours in HOURS.values()
        ]
    )


def days(_: Call, request: Any) -> Any:
    """Command 9: at most a month."""
    if request.market not in HOURS:
        raise errors.PARAMETERS
    first, last = parsed_date(request.beg_day), parsed_date(request.end_day)
    if not 0 <= (last - first).days <= RANGE_DAYS_MAX:
        raise errors.PARAMETERS
    found = list(trading_days(request.market, first, last))
    half = [day for day in found if is_half_day(request.market, day)]
    return bodies.MarketTradeDayResponse(
        trade_day=[f"{day:%Y%m%d}" for day in found if day not in half],
        half_trade_day=[f"{day:%Y%m%d}" for day in half],
    )


HANDLERS: Final = {
    4: Handler(bodies.UserQuoteProfileRequest, profile),
    8: Handler(bodies.SubscriptionRequest, periods),
    9: Handler(bodies.MarketTradeDayRequest, days),
}
