"""Topic texts: what `<business>/<name>[:<filter>][@<n>ms]` means and what its pushes are called."""

import enum
import re
from collections.abc import Collection
from typing import Final

import attrs

KLINE_SECONDS: Final[dict[str, int]] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1H": 3_600,
    "2H": 7_200,
    "4H": 14_400,
    "1D": 86_400,
    "1W": 604_800,
}
"""Bar lengths of the kline topics."""

CURRENCIES: Final = ("USDT", "BTC", "ETH")
"""Assets that can be subscribed."""

_TOPIC = re.compile(
    r"futures/(?P<name>[A-Za-z]+)(?P<rest>[0-9]+[A-Za-z]?)?"
    r"(?::(?P<filter>[A-Za-z0-9]{1,24}))?(?:@(?P<speed>100|200)ms)?",
    re.ASCII,
)


class Channel(enum.Enum):
    """The channels of the venue, by the letters of their names."""

    TICKER = "ticker"
    DEPTH = "depth"
    DEPTH_ALL = "depthAll"
    DEPTH_INCREASE = "depthIncrease"
    BOOKTICKER = "bookticker"
    TRADE = "trade"
    KLINE = "klineBin"
    MARK_KLINE = "markPriceKlineBin"
    FUNDING_RATE = "fundingRate"
    ORDER = "order"
    POSITION = "position"
    ASSET = "asset"

    @property
    def private(self) -> bool:
        """Whether a login is needed."""
        return self in _PRIVATE

    @property
    def has_speed(self) -> bool:
        """Whether `@<n>ms` may follow."""
        return self in _WITH_SPEED


_PRIVATE = frozenset({Channel.ORDER, Channel.POSITION, Channel.ASSET})
_DEPTHS = frozenset({Channel.DEPTH, Channel.DEPTH_ALL, Channel.DEPTH_INCREASE})
_KLINES = frozenset({Channel.KLINE, Channel.MARK_KLINE})
_WITH_SPEED = _DEPTHS | {Channel.TICKER}
_BY_NAME = {channel.value: channel for channel in Channel}
_DEFAULT_SPEED_MS = {Channel.TICKER: 100, Channel.DEPTH_INCREASE: 200}


@attrs.frozen
class Topic:
    """One topic as subscribed.

    Attributes:
        text: exactly as the client wrote it.
        symbol: contract or currency; "" for all.
        detail: depth ("50") or bar length ("1m"), else "".
        speed_ms: explicit speed, None when the client named none.
    """

    text: str
    channel: Channel
    symbol: str
    detail: str
    speed_ms: int | None

    def group(self, symbol: str, *, default_suffix: bool) -> str:
        """The group of a push about `symbol` under this topic."""
        text = self.text
        if not self.symbol and self.channel is Channel.TICKER:
            head, at, speed = text.partition("@")
            text = f"{head}:{symbol}{at}{speed}"
        if default_suffix and self.speed_ms is None:
            speed_ms = _DEFAULT_SPEED_MS.get(self.channel)
            return text if speed_ms is None else f"{text}@{speed_ms}ms"
        return text


def parse(text: str, symbols: Collection[str]) -> Topic | None:
    """The topic, or None when the venue has no such group."""
    match = _TOPIC.fullmatch(text)
    if match is None:
        return None
    channel = _BY_NAME.get(match["name"])
    detail, filtered = match["rest"] or "", match["filter"] or ""
    speed = match["speed"]
    if channel is None or not _detail_fits(channel, detail):
        return None
    if not _filter_fits(channel, filtered, symbols) or (speed and not channel.has_speed):
        return None
    return Topic(text, channel, filtered, detail, int(speed) if speed else None)


def _detail_fits(channel: Channel, detail: str) -> bool:
    if channel in _DEPTHS:
        return detail in {"5", "20", "50"}
    if channel in _KLINES:
        return detail in KLINE_SECONDS
    return not detail


def _filter_fits(channel: Channel, filtered: str, symbols: Collection[str]) -> bool:
    if channel is Channel.ASSET:
        return filtered in CURRENCIES
    if channel.private:
        return not filtered
    return filtered in symbols or (channel is Channel.TICKER and not filtered)
