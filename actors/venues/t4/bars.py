"""Bars of one market: finished ones from the chart over REST, then made of trades.

The chart's times are wall clock of US Central time without an offset, its prices in the format of the
login. `time` is where a bar begins (README, certainty A).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from actors.venues.t4.prices import Pricing
from actors.venues.t4.settings import BAR_INTERVALS, Settings
from engine.messages.market import Bar
from engine.session.contract import Now
from engine.session.values import malformed, obj, objects, whole
from engine.session.warmbars import WarmBars

CENTRAL: Final = ZoneInfo("America/Chicago")
BARS_MAX: Final = 60_000
"""Bars of one answer: forty days of minutes."""
TRADING_HOURS_MIN: Final = 6
"""Of a trading day, at the least: how far back a chart has to begin is counted with it."""
DAYS_MAX: Final = 30
CLOSED_DAYS: Final = 4
"""A weekend and a holiday may lie between."""


def chart_query(
    exchange_id: str, contract_id: str, market_id: str, settings: Settings, now: Now
) -> dict[str, str]:
    """The query of a chart that holds enough bars for the warm-up."""
    interval, period, seconds = BAR_INTERVALS[settings.bar_interval]
    today = datetime.fromtimestamp(now.wall_ns / 1e9, CENTRAL).date()
    wanted_s = settings.warm_up_bars * seconds
    days = min(-(-wanted_s // (TRADING_HOURS_MIN * 3_600)) + CLOSED_DAYS, DAYS_MAX)
    return {
        "exchangeId": exchange_id,
        "contractId": contract_id,
        "marketID": market_id,
        "chartType": "Bar",
        "barInterval": interval,
        "barPeriod": str(period),
        # A trading day begins on the evening before.
        "tradeDateStart": (today - timedelta(days=days)).isoformat(),
        "tradeDateEnd": (today + timedelta(days=1)).isoformat(),
    }


class ChartBars(WarmBars):
    """Bars of one market and length."""

    __slots__ = ("_most",)

    def __init__(self, instrument: str, settings: Settings) -> None:
        super().__init__(instrument, BAR_INTERVALS[settings.bar_interval][2])
        self._most = settings.warm_up_bars

    def chart_told(self, data: Any, market_id: str, pricing: Pricing, now: Now) -> list[Bar]:
        """The finished bars of a chart that were not told yet, the last ones. RemoteProtocolError."""
        rows = objects(obj(data, "the chart").get("bars"), "bars", BARS_MAX)
        mine = [row for row in rows if row.get("marketID", market_id) in (market_id, "", None)]
        bars = [self._bar(row, pricing, now) for row in mine]
        # One more than is wanted: the last one may be running.
        first = self._told_ns < 0
        told = self.told(bars[-(self._most + 1) :] if first else bars, now)
        return told[-self._most :] if first and self._most else told

    def _bar(self, row: Mapping[str, Any], pricing: Pricing, now: Now) -> Bar:
        opened, high = _price(row, "openPrice", pricing), _price(row, "highPrice", pricing)
        low, close = _price(row, "lowPrice", pricing), _price(row, "closePrice", pricing)
        if not low <= min(opened, close) <= max(opened, close) <= high:
            malformed("a bar", "with prices between its low and its high")
        return Bar(
            self._instrument,
            0,
            0,
            central_ns(row.get("time"), "time"),
            now.wall_ns,
            now.mono_ns,
            self._interval_s,
            opened,
            high,
            low,
            close,
            float(whole(row.get("volume"), "volume")),
            closed=True,
        )


def _price(row: Mapping[str, Any], field: str, pricing: Pricing) -> float:
    text = row.get(field)
    if type(text) is int:
        text = str(text)
    if type(text) is not str:
        malformed(field, "a price")
    return float(pricing.real(text, field))


def central_ns(text: Any, field: str) -> int:
    """A wall clock time of US Central time as nanoseconds UTC; a time with an offset says itself."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        malformed(field, "a time")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CENTRAL)
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    if since.days < 0:
        malformed(field, "a time after 1970")
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
