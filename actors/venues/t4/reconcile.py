"""What a snapshot of the account says, as the answer to a reconciliation.

A snapshot holds positions, money, every working order and today's orders with their trades. What ended
on an earlier trading day is not in it: so absence proves something from the beginning of the trading day
on, and from further back only where this session itself has heard everything since. That is what the
answer promises (`since_ns`), and no more.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from actors.venues.t4.accounts import Account
from actors.venues.t4.orderimages import Order
from actors.venues.t4.orderrecords import PricingOf, order_of, venue_fill_of
from actors.venues.t4.orders import Orders
from engine.errors import RemoteProtocolError
from engine.messages.venue import ReconcileRequest, VenueFill, VenueOrder
from engine.session.findings import Findings


class TradingDay:
    """When the venue's day begins: at an hour of a place (`17:00` of `America/Chicago`)."""

    def __init__(self, start: str, zone: str) -> None:
        hour, minute = (int(part) for part in start.split(":"))
        self._start = timedelta(hours=hour, minutes=minute)
        self._zone = ZoneInfo(zone)

    def began_ns(self, wall_ns: int) -> int:
        """The beginning of the day in which a moment lies."""
        moment = datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC).astimezone(self._zone)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        began = midnight + self._start
        if began > moment:
            began = midnight - timedelta(days=1) + self._start
        return int(began.timestamp()) * 1_000_000_000


class Coverage:
    """From when on this session knows of every order that ended."""

    def __init__(self, day: TradingDay) -> None:
        self._day = day
        self._from_ns: int | None = None
        self._lost_ns = 0

    def lost(self, wall_ns: int) -> None:
        """Nothing is heard from here on."""
        self._lost_ns = wall_ns

    def shown(self, wall_ns: int) -> None:
        """The first snapshot of a connection: it tells what was missed, if that was today."""
        began_ns = self._day.began_ns(wall_ns)
        if self._from_ns is None or self._lost_ns < began_ns:
            self._from_ns = began_ns

    def forgot(self, wall_ns: int) -> None:
        """Orders were forgotten: only the snapshot counts."""
        self._from_ns = self._day.began_ns(wall_ns)

    def from_ns(self, wall_ns: int) -> int:
        """Since when absence proves something."""
        began_ns = self._day.began_ns(wall_ns)
        return began_ns if self._from_ns is None else min(self._from_ns, began_ns)


def findings(
    request: ReconcileRequest,
    orders: Orders,
    account: Account,
    *,
    pricing_of: PricingOf,
    currency: str,
    covered_from_ns: int,
    whole: bool,
) -> Findings:
    """The answer, right after a snapshot was read.

    Args:
        request: what was asked.
        orders: all that are known, those of the snapshot and those that ended before it.
        account: positions and money.
        pricing_of: how prices are written.
        currency: of the money.
        covered_from_ns: since when absence proves something.
        whole: whether everything in the snapshot could be read.

    Raises:
        RemoteProtocolError: money that is none.
    """
    rows: list[VenueOrder] = []
    fills: list[VenueFill] = []
    for order in orders:
        if order.ended and order.updated_ns < request.since_ns:
            continue
        try:
            order_fills = _fills(order, request.since_ns, pricing_of, currency)
            row = order_of(order, pricing_of)
        except RemoteProtocolError:
            whole = False
            continue
        rows.append(row)
        fills += order_fills
    return Findings(
        orders=tuple(rows),
        fills=tuple(sorted(fills, key=lambda fill: fill.ts_ns)),
        positions=account.positions(pricing_of),
        balances=account.balances(currency),
        complete=whole,
        since_ns=max(request.since_ns, covered_from_ns),
    )


def _fills(order: Order, since_ns: int, pricing_of: PricingOf, currency: str) -> list[VenueFill]:
    trades = [trade for trade in order.trades.values() if trade.ts_ns >= since_ns]
    pricing = pricing_of(order.market_id) if trades else None
    if trades and pricing is None:
        raise RemoteProtocolError("trades of a market whose prices cannot be read")
    return [venue_fill_of(order, trade, pricing, currency) for trade in trades if pricing]
