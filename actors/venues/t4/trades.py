"""Trades of one market, from messages of their own or out of depth, each volume once.

The venue gives trades no ids on market data; what tells two apart is the volume traded so far on the
trading day, which grows with each and begins anew with the next day. That number is the trade's id. With
a `*_TRADE` buffer every trade is told. Without one depth repeats the last trade in every image: the
growth of the total since the image before is then one trade at the last price, so that volumes add up.
"""

from collections.abc import Mapping
from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2
from engine.messages.market import Trade
from engine.session.contract import Now
from engine.session.values import malformed

AGGRESSORS: Final[Mapping[int, int]] = {enums_pb2.BID_OFFER_BID: -1, enums_pb2.BID_OFFER_OFFER: 1}
"""Whoever trades at the offer buys."""


class TradeTape:
    """Trades of one market.

    Args:
        instrument: the engine's name.
    """

    __slots__ = ("_instrument", "_total", "last_price", "last_ts_ns")

    def __init__(self, instrument: str) -> None:
        self._instrument = instrument
        self._total: int | None = None
        self.last_price = 0.0
        self.last_ts_ns = 0

    @property
    def total(self) -> int:
        """Volume traded so far on the trading day."""
        return self._total or 0

    def restart(self) -> None:
        """The connection was lost: what is traded meanwhile is not told, and is no trade of now."""
        self._total = None

    def told(self, message: Any, pricing: Pricing, now: Now) -> list[Trade]:
        """A `MarketDepthTrade`, from the stream. Raises RemoteProtocolError."""
        total = wire.volume(message.total_traded_volume, "total_traded_volume")
        size = wire.volume(message.last_trade_volume, "last_trade_volume")
        if (
            not message.HasField("last_trade_price")
            or not message.last_trade_price.value
            or not size
        ):
            malformed("a trade", "with price and volume")
        price = pricing.measured(message.last_trade_price.value, "last_trade_price")
        ts_ns = wire.stamp_ns(message, "time", now.wall_ns)
        if not self._grown(total, ts_ns):
            return []
        self.last_price, self.last_ts_ns = price, ts_ns
        return [self._trade(size, message.at_bid_or_offer, now)]

    def repeated(self, data: Any, pricing: Pricing, now: Now, *, tells: bool) -> list[Trade]:
        """A `TradeData` of a depth image. Raises RemoteProtocolError.

        Args:
            data: the last trade and the totals.
            pricing: of the market.
            now: the moment.
            tells: trades are to be made of it; else only totals are taken from it, if newer.
        """
        total = wire.volume(data.total_traded_volume, "total_traded_volume")
        if not data.HasField("last_trade_price") or not data.last_trade_price.value:
            return []
        price = pricing.measured(data.last_trade_price.value, "last_trade_price")
        ts_ns = wire.stamp_ns(data, "time", now.wall_ns)
        before = self._total
        if before is None or not tells:
            if before is None:
                self._total = total
            if ts_ns >= self.last_ts_ns:
                self.last_price, self.last_ts_ns = price, ts_ns
            return []
        if not self._grown(total, ts_ns):
            return []
        self.last_price, self.last_ts_ns = price, ts_ns
        size = total - before if total > before else total
        return [self._trade(size, data.at_bid_or_offer, now)] if size else []

    def _grown(self, total: int, ts_ns: int) -> bool:
        """Whether this is a trade that was not told yet: a smaller total is a new day if it is later."""
        before = self._total
        if (
            before is not None
            and total <= before
            and not (total < before and ts_ns > self.last_ts_ns)
        ):
            return False
        self._total = total
        return True

    def _trade(self, size: int, at_bid_or_offer: int, now: Now) -> Trade:
        """Of the last price, told under the present total."""
        stamps = (self.last_ts_ns, now.wall_ns, now.mono_ns)
        side = AGGRESSORS.get(at_bid_or_offer, 0)
        sizes = (self.last_price, float(size), side)
        return Trade(self._instrument, 0, 0, *stamps, *sizes, str(self.total))
