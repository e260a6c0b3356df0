"""What is told of orders: pushes and trades to all logins of an investor, refusals in their pairs."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from actors.venues.webctp.simulator import codes, rows, tradingdays
from actors.venues.webctp.simulator.codes import Status, Submit, Td
from actors.venues.webctp.simulator.investors import Investor, Told
from actors.venues.webctp.simulator.market import Market
from actors.venues.webctp.simulator.orders import Order
from actors.venues.webctp.simulator.sequences import Step
from actors.venues.webctp.simulator.tickets import Deletion, Ticket
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.tradeapi import TradeApi

NOTHING_SAID: Final = {"code": 0, "msg": ""}


class Announcer:
    """Tells investors of their orders.

    Args:
        market: for the time.
        investors: by broker and investor id.
    """

    def __init__(self, market: Market, investors: Mapping[tuple[str, str], Investor]) -> None:
        self._market = market
        self._investors = investors

    def clock(self, now: Moment) -> str:
        """The time of day in China."""
        return tradingdays.at(self._market.time_ns(now)).strftime("%H:%M:%S")

    def insert_date(self, exchange: str, day: date, now: Moment, *, accepted: bool) -> str:
        """insert_date of an order."""
        market_ns = self._market.time_ns(now)
        return tradingdays.insert_day(exchange, day, market_ns, accepted=accepted)

    def steps(self, order: Order, steps: list[Step], now: Moment) -> None:
        """Tell all of a sequence."""
        investor = self._investors[order.broker_id, order.investor_id]
        for step in steps:
            if step.trade is None:
                self.order(order, step.status, step.traded, now, deleted=step.deleted)
            else:
                row = rows.trade_row(order, step.trade)
                told = Told(Td.ORDER_TRADED, NOTHING_SAID, row, order.instrument)
                investor.tell(told, now.mono_ns)

    def order(
        self, order: Order, status: Status, traded: int, now: Moment, *, deleted: bool = False
    ) -> None:
        """Tell of an order as it stands."""
        order.sequence_no += 1
        if status is not Status.UNKNOWN:
            order.update_time = self.clock(now)
        if order.submit is not Submit.INSERT_REJECTED:
            order.status_msg = codes.STATUS_TEXTS[status]
        message = Td.ORDER_DELETED if deleted else Td.ORDER_INSERTED
        row = rows.order_row(order, status, traded)
        told = Told(message, rows.accepted(order), row, order.instrument)
        self._investors[order.broker_id, order.investor_id].tell(told, now.mono_ns)

    def unknown(self, order: Order, now: Moment) -> None:
        """The gateway has no words for some fields of the next push."""
        info: dict[str, object] = {"info": "Unknown hedge flag, price type, time condition"}
        told = Told(Td.ERROR_UNKNOWN_VALUE, None, info, order.instrument)
        self._investors[order.broker_id, order.investor_id].tell(told, now.mono_ns)

    # --- refusals -------------------------------------------------------------------------

    def refused(self, api: "TradeApi", ticket: Ticket, req_id: int, code: int, now: Moment) -> None:
        """Both messages of an order that CTP does not take."""
        err = codes.error(code)
        row = rows.insert_error_row(ticket, api.broker(), api.investor_id, req_id)
        own = {**row, "req_id": req_id, "is_last": True}
        api.say(Td.ORDER_INSERT_ERROR, err, own, now.mono_ns, ticket.instrument)
        self._all(api, Told(Td.ORDER_INSERT_RETURN_ERROR, err, row, ticket.instrument), now)

    def not_deleted(
        self,
        api: "TradeApi",
        deletion: Deletion,
        order: Order | None,
        code: int,
        now: Moment,
    ) -> None:
        """Both messages of a cancellation that CTP does not take."""
        row = rows.delete_error_row(deletion, api.broker(), api.investor_id)
        own = {**row, "req_id": deletion.req_id, "is_last": True}
        err = codes.error(code)
        api.say(Td.ORDER_DELETE_ERROR, err, own, now.mono_ns, deletion.instrument)
        self.not_deleted_there(api, deletion, order, code, now)

    def not_deleted_there(
        self,
        api: "TradeApi",
        deletion: Deletion,
        order: Order | None,
        code: int,
        now: Moment,
    ) -> None:
        """The one message of a cancellation that the exchange does not take."""
        err = codes.error(code)
        row = rows.delete_error_row(deletion, api.broker(), api.investor_id)
        here = tradingdays.at(self._market.time_ns(now))
        info = rows.delete_return_row(row, order, here, str(err["msg"]))
        self._all(api, Told(Td.ORDER_DELETE_RETURN_ERROR, err, info, deletion.instrument), now)

    @staticmethod
    def _all(api: "TradeApi", told: Told, now: Moment) -> None:
        """All logins of the investor, or the session alone before there is one."""
        if api.investor is not None:
            api.investor.tell(told, now.mono_ns, kept=False)
        else:
            api.say(told.message, told.err, told.info, now.mono_ns, told.topic)
