"""Order commands: legs on their way in order, what became of them, and what is told of it.

Orders leave one after the other (`_lane`), because refs must grow and an order's legs must not mix with
the next order's. The next leg of an order goes when the exchange has the one before, so that nothing is
opened beside a close that was refused. An order that cannot be placed in full is taken back: what waits
is not sent, what works is cancelled, and the order ends cancelled with what was filled.
"""

from typing import Final

from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.legs import CannotSplit
from actors.venues.webctp.orderscancels import Cancels, DeleteTag, refusal_code
from actors.venues.webctp.orderscontracts import Contracts
from actors.venues.webctp.ordersday import DayOrders, is_of_earlier_day
from actors.venues.webctp.ordersfold import Followed, Leg, LegEnd, LegStage
from actors.venues.webctp.orderslane import InsertTag, Lane
from actors.venues.webctp.ordersnews import expired, news_of, not_sent, update_of
from actors.venues.webctp.ordersplan import (
    IMMEDIATE,
    limit_of,
    lots_of,
    time_condition,
)
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.ordersrefs import is_client_order_id
from actors.venues.webctp.orderssweep import Sweeper
from actors.venues.webctp.symbols import symbol_at_venue
from actors.venues.webctp.turns import Ended, Outcome
from actors.venues.webctp.wire import Message
from engine.errors import ConnectionLost
from engine.messages.venue import (
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.session.contract import Drop, Note, Now

DOUBT_AGAIN_S: Final = 10.0
"""An order in doubt is asked for again after so long."""
REPLAY_AGAIN_S: Final = 60.0
"""The day is replayed for missing trades at most this often; then they are not waited for."""


class OrderCommands:
    """Order commands of one session.

    Args:
        gateway: is asked.
        day: knows the orders.
        contracts: which orders may leave.
        policy: the user's decisions.
        sweeper: is asked about doubts.
    """

    def __init__(
        self,
        gateway: Gateway,
        day: DayOrders,
        contracts: Contracts,
        policy: OrderPolicy,
        sweeper: Sweeper,
    ) -> None:
        self._gateway = gateway
        self._day = day
        self._contracts = contracts
        self._policy = policy
        self._sweeper = sweeper
        self.cancels = Cancels(gateway, day, policy)
        self.muted = True
        """Nothing is told of orders from before the login until a reconciliation has told it."""
        self._lane = Lane(gateway, day, policy)
        self._watched: dict[int, Followed] = {}
        self._replayed_ns: int | None = None

    # --- the session --------------------------------------------------------------------------

    def logged_in(self, max_order_ref: str) -> None:
        """A new login: refs begin anew, but for what the counter has seen."""
        self._lane.logged_in(max_order_ref)
        self._day.epoch += 1
        self.muted = True

    def end_day(self, now: Now) -> list[object]:
        """Another day has begun: orders of the one before are over, and those that worked are told so."""
        effects: list[object] = []
        for order in self._lane.not_begun:
            effects += self._never_begun(order, "its trading day is over", "expired", now)
        self._lane.clear()
        self._watched.clear()
        return effects + [
            expired(order.client_order_id, self._day.name_of(order), order.filled, now)
            for order in self._day.working()
            if order.shown
        ]

    def reconciled(self) -> None:
        """Everything was told."""
        self.muted = False

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> list[object]:
        """Place an order; `not_sent` with the reason where it cannot be said."""
        try:
            order = self._accepted(command)
        except CannotSplit as error:
            return [not_sent(command, str(error), error.code, now)]
        self._lane.join(order)
        return self._advance(now)

    def _accepted(self, command: SubmitOrder) -> Followed:
        """The order as it is followed. Raises CannotSplit."""
        symbol = symbol_at_venue(command.instrument)
        if why := self._gateway.refusal():
            raise CannotSplit(why, "gateway_not_ready")
        if not is_client_order_id(command.client_order_id):
            raise CannotSplit("its id is none of eleven digits", "client_order_id")
        if self._day.named(command.client_order_id) is not None:
            raise CannotSplit("an order with this id was placed before", "repeated")
        if self._lane.is_full:
            raise CannotSplit("too many orders wait for the one before", "local")
        code, why = self._contracts.refusal(symbol)
        product = self._contracts.product(symbol)
        if code or product is None:
            raise CannotSplit(why, code)
        lots_of(command)
        condition = time_condition(command)
        limit = limit_of(command, product, self._policy)
        order = self._day.begin(command, symbol, product.exchange)
        order.limit, order.immediate = limit, condition == IMMEDIATE
        return order

    def cancel(self, command: CancelOrder, now: Now) -> list[object]:
        """Cancel all that works of an order; one that has not begun is not sent."""
        order = self._day.find(command.client_order_id, command.venue_order_id)
        if order is None and is_of_earlier_day(command.venue_order_id, self._day.trading_day):
            return [expired(command.client_order_id, command.venue_order_id, None, now)]
        if order is None:
            text = "no order of this trading day has this name"
            news = not_sent(command, text, "order_unknown", now)
            return [news, *self._sweeper.want(now)]
        if not order.legs:
            return self._never_begun(order, "cancelled before it was sent", "cancelled", now)
        if order.over:
            told = news_of(order, self._day.name_of(order), now, asked=True)
            if any(isinstance(each, OrderUpdate) for each in told):
                return told
            return [*told, not_sent(command, "nothing of it works any more", "ended", now)]
        return [*self.cancels.begin(order, command, now), *self.changed(order, now)]

    def query(self, command: QueryOrder, now: Now) -> list[object]:
        """Ask for one order: told with the next reading of all; one of an earlier day is over."""
        if is_of_earlier_day(command.venue_order_id, self._day.trading_day):
            return [expired(command.client_order_id, command.venue_order_id, None, now)]
        return self._sweeper.want(now, command.client_order_id, command.venue_order_id)

    def withdraw_all(self, symbol: str, now: Now) -> list[object]:
        """Orders that still wait are not sent."""
        effects: list[object] = []
        for order in self._lane.not_begun:
            if symbol in ("", order.symbol):
                effects += self._never_begun(order, "everything is cancelled", "cancelled", now)
        return effects

    def cancel_all(self, symbol: str, now: Now) -> list[object]:
        """Cancel everything of an instrument, or of all; what is refused is tried again and told."""
        effects = self.withdraw_all(symbol, now)
        for order in self._day.working(symbol):
            effects += self.cancels.begin(order, None, now)
            effects += self.changed(order, now)
        return [*effects, *self._sweeper.want(now)]

    def _never_begun(self, order: Followed, text: str, code: str, now: Now) -> list[object]:
        self._lane.leave(order)
        self._day.forget(order)
        assert order.command is not None  # noqa: S101 - only orders of ours wait in the lane
        return [not_sent(order.command, text, code, now)]

    # --- the lane -----------------------------------------------------------------------------

    def _advance(self, now: Now) -> list[object]:
        """Send what may leave, up to the first leg that has to wait."""
        effects: list[object] = []
        while (order := self._lane.first) is not None and order.command is not None:
            if not order.legs:
                try:
                    self._lane.plan(order, order.command, now)
                except CannotSplit as error:
                    effects += self._never_begun(order, str(error), error.code, now)
                continue
            leg, may_leave = self._lane.next_leg(order)
            if leg is None:
                self._lane.leave(order)
            elif not may_leave:
                break
            else:
                effects += self._send(order, leg, order.command, now)
        return effects

    def _send(self, order: Followed, leg: Leg, command: SubmitOrder, now: Now) -> list[object]:
        effects = self._lane.send(order, leg, command, now)
        if leg.end is not None:
            effects += self._settled(order, now)
            effects += news_of(order, self._day.name_of(order), now)
        self._watch(order)
        return effects

    # --- answers ------------------------------------------------------------------------------

    def ended(self, tag: InsertTag | DeleteTag, end: Ended, now: Now) -> list[object]:
        """A request of ours came to its end."""
        if isinstance(tag, DeleteTag):
            effects = self.cancels.ended(tag, end, now)
            return [*effects, *self._doubts(effects, now), *self.changed(tag.order, now)]
        order, leg = tag.order, tag.leg
        effects = []
        if end.outcome is Outcome.DONE:
            if leg.stage is LegStage.QUEUED:
                leg.stage = LegStage.TAKEN
        elif end.outcome is Outcome.REFUSED:
            leg.refuse(refusal_code(end), end.text)
            if end.complaint:
                detail = f"{order.client_order_id}: {end.text}"
                effects.append(Note("order_refused_by_gateway", detail, alert=True))
        elif end.outcome is Outcome.NOT_SENT:
            leg.drop(LegEnd.NOT_SENT, "not_sent", end.text)
        else:
            effects += self._doubt(order, leg, end.text, now)
        return [*effects, *self.changed(order, now)]

    def _doubt(self, order: Followed, leg: Leg, text: str, now: Now) -> list[object]:
        """It left and nobody knows: unknown until the venue shows it, or never does."""
        if leg.stage is LegStage.SHOWN or leg.end is not None:
            return []
        leg.stage = LegStage.DOUBTFUL
        leg.check_ns = now.mono_ns + int(DOUBT_AGAIN_S * 1e9)
        order.last = ()
        news = update_of(order, self._day.name_of(order), UpdateKind.UNKNOWN, now, text=text)
        return [news, *self._sweeper.want(now)]

    def _doubts(self, told: list[object], now: Now) -> list[object]:
        """A cancel without a clear answer is a question."""
        unclear = (UpdateKind.CANCEL_UNKNOWN, UpdateKind.CANCEL_REJECTED)
        for each in told:
            if getattr(each, "kind", None) in unclear:
                return self._sweeper.want(now)
        return []

    def refused(self, ref: str, code: str, text: str, now: Now) -> list[object]:
        """ORDER_INSERT_ERROR or its twin: CTP refused a leg; both say the same, once is enough."""
        known = self._day.of_ref(ref)
        if known is None:
            return []
        order, leg = known
        leg.refuse(code, text)
        return self.changed(order, now)

    def cancel_refused(self, message: Message, now: Now) -> list[object]:
        """ORDER_DELETE_ERROR or its twin: CTP or the exchange did not cancel."""
        order, effects = self.cancels.refused(message, now)
        if order is None:
            return effects
        return [*effects, *self._doubts(effects, now), *self.changed(order, now)]

    # --- what follows from news ---------------------------------------------------------------

    def changed(self, order: Followed, now: Now) -> list[object]:
        """Something was learned of an order: what is to be done, and what is to be told."""
        effects = self._settled(order, now)
        effects += self.cancels.pursue(order, now)
        if not order.owes:
            order.owed_since_ns = 0
        elif not order.owed_since_ns:
            order.owed_since_ns = now.mono_ns
        if not self._is_quiet(order):
            effects += news_of(order, self._day.name_of(order), now)
        self._watch(order)
        return [*effects, *self._advance(now)]

    def _is_quiet(self, order: Followed) -> bool:
        """Whether a reconciliation is to tell of it first."""
        own = order.command is not None and order.epoch == self._day.epoch
        return self.muted and not own

    def _settled(self, order: Followed, now: Now) -> list[object]:
        """An order of which a leg could not be placed is taken back."""
        if order.command is None or len(order.legs) < 2:
            return []
        failed = next((leg for leg in order.legs if self._has_failed(order, leg)), None)
        if failed is None:
            return []
        for leg in order.legs:
            if leg.stage is LegStage.PLANNED:
                leg.drop(LegEnd.NOT_SENT, "", "not sent after the one before")
        if order.taken_back:
            return []
        words = failed.text or failed.code
        became = "ended" if failed.end is LegEnd.CANCELLED else "was not placed"
        order.taken_back = f"leg {failed.number} of {failed.count} {became}: {words}"
        if order.over or order.cancel is not None:
            return []
        return self.cancels.begin(order, None, now)

    @staticmethod
    def _has_failed(order: Followed, leg: Leg) -> bool:
        if leg.end in (LegEnd.REJECTED, LegEnd.NOT_SENT, LegEnd.NEVER_ARRIVED):
            return True
        planned = any(each.stage is LegStage.PLANNED and each.end is None for each in order.legs)
        return leg.end is LegEnd.CANCELLED and planned

    # --- time ---------------------------------------------------------------------------------

    def _watch(self, order: Followed) -> None:
        order.due_ns = self._deadline_of(order)
        if order.due_ns is None:
            self._watched.pop(id(order), None)
        else:
            self._watched[id(order)] = order

    def _deadline_of(self, order: Followed) -> int | None:
        answer_ns = int(self._policy.answer_timeout_s * 1e9)
        times = [self.cancels.deadline(order)]
        for leg in order.legs:
            if leg.end is not None:
                continue
            if leg.stage is LegStage.TAKEN:
                times.append(leg.sent_ns + answer_ns)
            elif leg.stage is LegStage.DOUBTFUL:
                times.append(leg.check_ns)
            elif leg.stage is LegStage.PLANNED and leg.number > 1:
                times.append(order.leg_due_ns)
        if order.owed_since_ns:
            times.append(order.owed_since_ns + int(self._policy.fill_wait_s * 1e9))
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def deadline(self) -> int | None:
        """When the patience with some order ends."""
        times = (order.due_ns for order in self._watched.values())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Orders whose patience has ended."""
        effects: list[object] = []
        for order in list(self._watched.values()):
            if order.due_ns is not None and now.mono_ns >= order.due_ns:
                effects += self._overdue(order, now)
        return effects

    def _overdue(self, order: Followed, now: Now) -> list[object]:
        answer_ns = int(self._policy.answer_timeout_s * 1e9)
        effects = self.cancels.overdue(order, now)
        effects += self._doubts(effects, now)
        for leg in order.legs:
            if leg.end is not None:
                continue
            if leg.stage is LegStage.TAKEN and now.mono_ns >= leg.sent_ns + answer_ns:
                effects += self._doubt(order, leg, "no word of it from the counter", now)
            elif leg.stage is LegStage.DOUBTFUL and now.mono_ns >= leg.check_ns:
                leg.check_ns = now.mono_ns + int(DOUBT_AGAIN_S * 1e9)
                effects += self._sweeper.want(now)
            elif self._waits_too_long(order, leg, now):
                before = order.legs[leg.number - 2]
                leg.drop(LegEnd.NOT_SENT, "leg_wait", f"no word of leg {before.number} in time")
        effects += self._missing_trades(order, now)
        return [*effects, *self.changed(order, now)]

    @staticmethod
    def _waits_too_long(order: Followed, leg: Leg, now: Now) -> bool:
        return leg.stage is LegStage.PLANNED and leg.number > 1 and now.mono_ns >= order.leg_due_ns

    def _missing_trades(self, order: Followed, now: Now) -> list[object]:
        """The gateway drops messages when it is not read fast enough: a login replays the day."""
        wait_ns = int(self._policy.fill_wait_s * 1e9)
        if not order.owed_since_ns or now.mono_ns < order.owed_since_ns + wait_ns:
            return []
        if self.muted or not self._gateway.in_service:
            order.owed_since_ns = now.mono_ns  # the replay is still to come, or under way
            return []
        name = self._day.name_of(order)
        detail = f"{name}: {order.owes} lots traded whose trades have not come"
        again_ns = int(REPLAY_AGAIN_S * 1e9)
        order.owed_since_ns = now.mono_ns
        if self._replayed_ns is not None and now.mono_ns < self._replayed_ns + again_ns:
            order.owes_nothing = True
            return [Note("trades_missing", detail, alert=True)]
        self._replayed_ns = now.mono_ns
        return [
            Note("trades_missing", f"{detail}; the day is replayed", alert=True),
            Drop(ConnectionLost("trades are missing: the day has to be replayed")),
        ]
