"""Orders as the venue writes them: the full image, states, fills, failures (fact sheet, section 6).

One row for each step of the sheet's table stands in `STEPS`; the sequence of steps is assumed there,
names and numbers are the venue's own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.t4.simulator.ordercodes import Change, Pending, Status
from actors.venues.t4.simulator.orders import Leg, Order, Trade
from actors.venues.t4.simulator.prices import Payload, text_of
from engine.simulator.moment import NS

APP_ID: Final = "9d2f7c1e-6a54-4b0e-8f3d-2c1b0a998877"
APP_NAME: Final = "Pitboss"
ORDER_SOURCE_API: Final = 1
APP_TYPE_ATS: Final = 1


class Kind(StrEnum):
    """Which message tells of a step."""

    IMAGE = "order_update"
    STATUS = "order_update_status"
    FAILED = "order_update_failed"


@attrs.frozen(kw_only=True)
class Step:
    """One row of the table; a status of None leaves it as it is."""

    kind: Kind
    change: Change
    status: Status | None
    pending: Pending = Pending.NONE


SENT: Final = Step(
    kind=Kind.IMAGE,
    change=Change.SUBMISSION_SENT,
    status=Status.WORKING,
    pending=Pending.SUBMISSION,
)
SENT_HELD: Final = attrs.evolve(SENT, status=Status.HELD)
ACCEPTED: Final = Step(kind=Kind.STATUS, change=Change.SUBMISSION_SUCCESS, status=Status.WORKING)
ACCEPTED_HELD: Final = attrs.evolve(ACCEPTED, status=Status.HELD)
RISK_REJECTED: Final = Step(
    kind=Kind.STATUS, change=Change.SUBMISSION_RISK_REJECTED, status=Status.REJECTED
)
EXCHANGE_REJECTED: Final = Step(
    kind=Kind.STATUS, change=Change.SUBMISSION_REJECTED, status=Status.REJECTED
)
SUBMISSION_FAILED: Final = Step(
    kind=Kind.FAILED, change=Change.SUBMISSION_FAILED, status=Status.REJECTED
)
REVISION_ASKED: Final = Step(
    kind=Kind.STATUS, change=Change.REVISION_SENT, status=None, pending=Pending.REVISION
)
REVISED: Final = Step(kind=Kind.STATUS, change=Change.REVISION_SUCCESS, status=None)
REVISION_REJECTED: Final = Step(kind=Kind.FAILED, change=Change.REVISION_REJECTED, status=None)
REVISION_FAILED: Final = Step(kind=Kind.FAILED, change=Change.REVISION_FAILED, status=None)
PULL_ASKED: Final = Step(
    kind=Kind.STATUS, change=Change.PULL_SENT, status=None, pending=Pending.PULL
)
PULLED: Final = Step(kind=Kind.STATUS, change=Change.PULL_SUCCESS, status=Status.FINISHED)
DAY_OVER: Final = Step(kind=Kind.STATUS, change=Change.ROLLOVER, status=Status.FINISHED)
"""A day order ends with its day; that it is not told like a pull is assumed."""
PULL_REJECTED: Final = Step(kind=Kind.FAILED, change=Change.PULL_REJECTED, status=None)
PULL_FAILED: Final = Step(kind=Kind.FAILED, change=Change.PULL_FAILED, status=None)
MOVED: Final = Step(kind=Kind.STATUS, change=Change.NONE, status=None)
"""A stop followed the market, or an order was activated further: nothing in the sheet names it."""
ROLLED: Final = Step(kind=Kind.IMAGE, change=Change.ROLLOVER, status=None)


def stamp(wall_ns: int) -> Payload:
    """A Timestamp."""
    return {"seconds": wall_ns // NS, "nanos": wall_ns % NS // 100 * 100}


def trade_date(wall_ns: int) -> int:
    """The trade date of a time as YYYYMMDD (assumed; UTC days stand for trading days)."""
    day = datetime.fromtimestamp(wall_ns // NS, UTC)
    return day.year * 10_000 + day.month * 100 + day.day


def filled_in(fields: Mapping[str, object]) -> Payload:
    """The fields that have a value: zeros and empty texts are absent on the wire anyway."""
    return {name: value for name, value in fields.items() if value not in (None, "", 0)}


class Writer:
    """Writes the events of orders in one price format."""

    def __init__(self, price_format: int) -> None:
        self.price_format = price_format

    def price(self, order: Order, ticks: int | None) -> Payload | None:
        """A Price, None for no price."""
        if ticks is None:
            return None
        return {"value": text_of(order.listing, ticks, self.price_format)}

    def step(self, order: Order, kind: Kind) -> Payload:
        """The order as it stands after a step, in the message that tells of it."""
        if kind is Kind.IMAGE:
            return {kind.value: self.image(order)}
        return {kind.value: self.status(order) if kind is Kind.STATUS else self.failed(order)}

    def _head(self, order: Order) -> Payload:
        return {
            "unique_id": order.unique_id,
            "account_id": order.account_id,
            "market_id": order.market_id,
            "time": stamp(order.updated_ns),
            "exchange_time": stamp(order.updated_ns),
            "change": int(order.change),
            "status": int(order.status),
            "status_detail": order.detail,
            "response_pending": int(order.pending),
            "sequence_order": order.sequence,
        }

    def _terms(self, order: Order) -> Payload:
        current, new = order.current, order.new
        fields: Payload = {
            "new_volume": new.volume,
            "new_max_show": new.max_show,
            "new_limit_price": self.price(order, new.limit),
            "new_stop_price": self.price(order, new.stop),
            "trail_price": self.price(order, order.trail),
        }
        if current is not None:
            fields |= {
                "current_volume": current.volume,
                "current_max_show": current.max_show,
                "current_limit_price": self.price(order, current.limit),
                "current_stop_price": self.price(order, current.stop),
            }
        return fields

    def _common(self, order: Order) -> Payload:
        return {
            **self._head(order),
            **self._terms(order),
            "exchange_order_id": order.exchange_order_id,
            "price_type": int(order.price_type),
            "time_type": int(order.time_type),
            "working_volume": order.working,
            "activation_type": int(order.activation),
            "max_volume": order.max_volume,
            "user_id": order.user_id,
            "user_name": order.user_name,
            "session_id": order.session_id,
            "app_id": APP_ID,
            "app_name": APP_NAME,
            "app_type": APP_TYPE_ATS,
            "tag": order.tag,
        }

    def image(self, order: Order) -> Payload:
        """OrderUpdate."""
        return filled_in(
            {
                **self._common(order),
                "submit_time": stamp(order.submitted_ns),
                "trade_date": trade_date(order.updated_ns),
                "exchange_id": order.listing.exchange_id,
                "buy_sell": int(order.side),
                "total_fill_volume": order.filled,
                "exchange_total_fill_volume": order.filled,
                "order_link": int(order.link),
                "orders_linked": ",".join(order.linked),
                "order_source": ORDER_SOURCE_API,
                "tag_relation_id": order.relation,
                "trades": [self._listed(order, each) for each in order.trades] or None,
                "trade_legs": self._listed_legs(order) or None,
            }
        )

    def status(self, order: Order) -> Payload:
        """OrderUpdateStatus."""
        return filled_in(self._common(order))

    def failed(self, order: Order) -> Payload:
        """OrderUpdateFailed."""
        return filled_in(self._head(order))

    def trade(self, order: Order, trade: Trade) -> Payload:
        """OrderUpdateTrade, of a fill as it happens or as it is taken back."""
        return filled_in(
            {
                **self._head(order),
                "total_fill_volume": order.filled,
                "working_volume": order.working,
                "volume": trade.volume,
                "price": self.price(order, trade.ticks),
                "residual_volume": order.working,
                "exchange_trade_id": trade.trade_id,
                "trade_date": trade_date(trade.wall_ns),
            }
        )

    def leg(self, order: Order, trade: Trade, leg: Leg) -> Payload:
        """OrderUpdateTradeLeg."""
        return filled_in({**self._head(order), **self._leg_of(trade, leg)})

    def _leg_of(self, trade: Trade, leg: Leg) -> Payload:
        return {
            "leg_index": leg.index,
            "volume": leg.volume,
            "price": {"value": text_of(leg.listing, leg.ticks, self.price_format)},
            "exchange_trade_id": trade.trade_id,
            "residual_volume": trade.residual,
            "trade_date": trade_date(trade.wall_ns),
        }

    def _listed(self, order: Order, trade: Trade) -> Payload:
        """OrderUpdate.Trade."""
        return filled_in(
            {
                "sequence_order": trade.sequence,
                "volume": trade.volume,
                "price": self.price(order, trade.ticks),
                "residual_volume": trade.residual,
                "time": stamp(trade.wall_ns),
                "exchange_trade_id": trade.trade_id,
                "exchange_time": stamp(trade.wall_ns),
                "trade_date": trade_date(trade.wall_ns),
            }
        )

    def _listed_legs(self, order: Order) -> list[Payload]:
        """OrderUpdate.TradeLeg of all fills."""
        return [
            filled_in(
                {
                    "sequence_order": trade.sequence,
                    "time": stamp(trade.wall_ns),
                    "exchange_time": stamp(trade.wall_ns),
                    **self._leg_of(trade, leg),
                }
            )
            for trade in order.trades
            for leg in trade.legs
        ]
