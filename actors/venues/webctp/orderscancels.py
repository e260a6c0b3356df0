"""Cancels of orders: leg by leg, as soon as each can be cancelled, and one answer in the end.

A leg is cancelled by the exchange's id, which comes with a push: a cancel waits for it within a bound. A
leg that has not left is taken back. The answer is given when nothing of the order is left (then its end
is the answer) or when every leg that still works has refused.
"""

from typing import Final

import attrs

from actors.venues.webctp.errors import name_of
from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersfold import (
    CancelAsked,
    Deleting,
    Followed,
    Leg,
    LegEnd,
    LegStage,
)
from actors.venues.webctp.ordersnews import not_sent, update_of
from actors.venues.webctp.ordersplan import delete_data
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.turns import Ended, Outcome, Rank, Request
from actors.venues.webctp.wire import Message, stripped
from engine.messages.venue import CancelOrder, UpdateKind
from engine.session.contract import Note, Now

DUPLICATE_ACTION: Final = 24
"""A cancel of this order is under way already: no refusal."""
TAKEN_BACK_TRIES_MAX: Final = 3
"""Attempts to take back an order that could not be placed in full."""


@attrs.frozen(eq=False)
class DeleteTag:
    """Of a request that cancels a leg."""

    order: Followed
    leg: Leg


def refusal_code(end: Ended) -> str:
    """The code of a refused request, for programs."""
    if end.complaint:
        return "gateway"
    return f"performed_{end.code}" if end.code < 0 else name_of(end.code)


class Cancels:
    """Cancels of one session.

    Args:
        gateway: is asked.
        day: knows the orders.
        policy: patience.
    """

    def __init__(self, gateway: Gateway, day: DayOrders, policy: OrderPolicy) -> None:
        self._gateway = gateway
        self._day = day
        self._policy = policy
        self._tries: dict[int, int] = {}

    def begin(self, order: Followed, command: CancelOrder | None, now: Now) -> list[object]:
        """Cancel an order; `command` None: it is taken back by ourselves."""
        hold_ns = now.mono_ns + int(self._policy.cancel_hold_s * 1e9)
        if command is not None and command.expires_mono_ns:
            # Half of what is left of its time, so that it can still be sent in the other half.
            hold_ns = min(hold_ns, (now.mono_ns + command.expires_mono_ns) // 2)
        known = order.cancel
        if known is not None:
            # Asked again: what is under way goes on, what waits for an id may not wait for ever.
            command = command or known.command
            hold_ns = min(hold_ns, known.hold_until_ns)
        pending = known is not None and known.pending_told
        order.cancel = CancelAsked(command, hold_ns, pending)
        return self.pursue(order, now)

    def pursue(self, order: Followed, now: Now) -> list[object]:
        """Do for each leg what can be done now; conclude when nothing is left to be waited for."""
        if order.cancel is None:
            return []
        effects: list[object] = []
        for leg in order.legs:
            if leg.end is not None:
                continue
            if leg.stage is LegStage.PLANNED:
                leg.drop(LegEnd.NOT_SENT, "", "cancelled before it was sent")
            elif leg.stage is LegStage.QUEUED:
                effects += self._gateway.turns.withdraw(leg.ref)
            elif leg.deleting is None and leg.order_sys_id.strip():
                effects += self._delete(order, leg, now)
        return [*effects, *self._conclude(order, now)]

    def _delete(self, order: Followed, leg: Leg, now: Now) -> list[object]:
        leg.deleting, leg.deleting_ns = Deleting.ASKED, now.mono_ns
        command = None if order.cancel is None else order.cancel.command
        request = Request(
            op="delete_order",
            data=delete_data(order, leg),
            rank=Rank.CANCEL,
            tag=DeleteTag(order, leg),
            order=f"cancel {leg.order_sys_id}",
            expires_mono_ns=0 if command is None else command.expires_mono_ns,
        )
        return self._gateway.ask(request, now)

    # --- answers ------------------------------------------------------------------------------

    def ended(self, tag: DeleteTag, end: Ended, now: Now) -> list[object]:
        """The request came to an end; that the gateway took it is not yet a cancel."""
        order, leg = tag.order, tag.leg
        if leg.deleting is None:
            return []
        if end.outcome is Outcome.DONE:
            leg.deleting = Deleting.TAKEN if leg.deleting is Deleting.ASKED else leg.deleting
            return [*self._pending(order, now), *self._conclude(order, now)]
        if end.outcome is Outcome.REFUSED:
            leg.deleting, leg.code, leg.text = Deleting.REFUSED, refusal_code(end), end.text
        elif end.outcome is Outcome.NOT_SENT:
            leg.deleting, leg.code, leg.text = Deleting.REFUSED, "not_sent", end.text
        else:
            leg.deleting = Deleting.UNKNOWN
        return self._conclude(order, now)

    def _pending(self, order: Followed, now: Now) -> list[object]:
        asked = order.cancel
        if asked is None or asked.command is None or asked.pending_told or order.over:
            return []
        asked.pending_told = True
        return [update_of(order, self._day.name_of(order), UpdateKind.CANCEL_PENDING, now)]

    def refused(self, message: Message, now: Now) -> tuple[Followed | None, list[object]]:
        """ORDER_DELETE_ERROR or ORDER_DELETE_RETURN_ERROR: of the order by the exchange's id."""
        info = message.info
        exchange, sys_id = stripped(info, "exchange_id"), stripped(info, "order_sys_id")
        known = self._day.of_sys_id(exchange, sys_id)
        if known is None:
            return None, []
        order, leg = known
        if leg.deleting not in (Deleting.ASKED, Deleting.TAKEN) or leg.end is not None:
            return order, []  # said before, or of a cancel of somebody else
        if message.error_code == DUPLICATE_ACTION:
            return order, []
        leg.deleting = Deleting.REFUSED
        leg.code, leg.text = name_of(message.error_code), message.error_text
        return order, self._conclude(order, now)

    def overdue(self, order: Followed, now: Now) -> list[object]:
        """Its patience has ended: what was taken and led to nothing is in doubt."""
        patience_ns = int(self._policy.answer_timeout_s * 1e9)
        for leg in order.legs:
            waits = leg.end is None and leg.deleting in (Deleting.ASKED, Deleting.TAKEN)
            if waits and now.mono_ns >= leg.deleting_ns + patience_ns:
                leg.deleting = Deleting.UNKNOWN
        return self._conclude(order, now)

    def deadline(self, order: Followed) -> int | None:
        """When `overdue` wants to be called for this order."""
        asked = order.cancel
        if asked is None:
            return None
        patience_ns = int(self._policy.answer_timeout_s * 1e9)
        times = []
        for leg in order.legs:
            if leg.end is None and leg.deleting in (Deleting.ASKED, Deleting.TAKEN):
                times.append(leg.deleting_ns + patience_ns)
            elif leg.end is None and leg.deleting is None:
                times.append(asked.hold_until_ns)
        return min(times, default=None)

    # --- the answer ---------------------------------------------------------------------------

    def _conclude(self, order: Followed, now: Now) -> list[object]:
        asked = order.cancel
        if asked is None:
            return []
        live = [leg for leg in order.legs if leg.end is None]
        if not live:
            order.cancel = None
            self._tries.pop(id(order), None)
            return []
        held = now.mono_ns < asked.hold_until_ns
        for leg in live:
            if leg.deleting in (Deleting.ASKED, Deleting.TAKEN) or (leg.deleting is None and held):
                return []
        order.cancel = None
        states = {leg.deleting for leg in live}
        why = next((leg for leg in live if leg.deleting is Deleting.REFUSED), None)
        code, text = ("", "") if why is None else (why.code, why.text)
        for leg in live:
            leg.deleting, leg.code, leg.text = None, "", ""
        if asked.command is None:
            return self._not_taken_back(order, text, now)
        name = self._day.name_of(order)
        if Deleting.UNKNOWN in states:
            return [update_of(order, name, UpdateKind.CANCEL_UNKNOWN, now)]
        if why is not None and code != "not_sent":
            return [update_of(order, name, UpdateKind.CANCEL_REJECTED, now, code=code, text=text)]
        text = text or "the exchange has not told its id of the order yet"
        return [not_sent(asked.command, text, code or "order_sys_id_unknown", now)]

    def _not_taken_back(self, order: Followed, text: str, now: Now) -> list[object]:
        tries = self._tries[id(order)] = self._tries.get(id(order), 0) + 1
        if tries < TAKEN_BACK_TRIES_MAX:
            return self.begin(order, None, now)
        self._tries.pop(id(order), None)
        name = order.client_order_id or self._day.name_of(order)
        detail = f"{name} works on: {text or 'no answer'} {order.taken_back}".rstrip()
        return [Note("order_not_cancelled", detail, alert=True)]
