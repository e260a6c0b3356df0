"""What the end of an order command means: from an answer (or none) to the update for the router.

The rule behind every branch: only what the venue plainly refused is refused, only what provably never
left is not sent, and everything else is unknown until the venue is asked.
"""

from typing import Any, Final

import attrs

from actors.venues.longbridge.rest import Answer, Fate
from engine.errors import RemoteProtocolError
from engine.messages.venue import CancelOrder, OrderUpdate, ReplaceOrder, SubmitOrder, UpdateKind
from engine.model.enums import Pending
from engine.session.contract import Now
from engine.session.values import identifier

Command = SubmitOrder | CancelOrder | ReplaceOrder

_PENDING: Final = {
    SubmitOrder: Pending.NEW,
    CancelOrder: Pending.CANCEL,
    ReplaceOrder: Pending.REPLACE,
}
_REFUSED: Final = {
    SubmitOrder: UpdateKind.REJECTED,
    CancelOrder: UpdateKind.CANCEL_REJECTED,
    ReplaceOrder: UpdateKind.REPLACE_REJECTED,
}
_UNKNOWN: Final = {
    SubmitOrder: UpdateKind.UNKNOWN,
    CancelOrder: UpdateKind.CANCEL_UNKNOWN,
    ReplaceOrder: UpdateKind.REPLACE_UNKNOWN,
}


def update(
    command: Command,
    kind: UpdateKind,
    now: Now,
    *,
    venue_order_id: str = "",
    code: str = "",
    text: str = "",
) -> OrderUpdate:
    """News of the order that a command is about, stamped with our own time."""
    known = "" if isinstance(command, SubmitOrder) else command.venue_order_id
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=command.client_order_id,
        venue_order_id=venue_order_id or known,
        kind=kind,
        cum_qty=None,
        price=None,
        quantity=None,
        code=code,
        text=text,
        ts_ns=now.wall_ns,
    )


def not_sent(command: Command, reason: str, now: Now, code: str = "") -> OrderUpdate:
    """Nothing of this command left this process."""
    news = update(command, UpdateKind.NOT_SENT, now, code=code, text=reason)
    return attrs.evolve(news, command=_PENDING[type(command)])


def outcome(command: Command, answer: Answer, now: Now) -> OrderUpdate | None:
    """The update that the end of a command's call gives; None when the venue's news are the answer.

    A change that the venue has taken is not done yet: it passes through states of its own and may
    still fail, so nothing is told before the order shows what became of it.
    """
    if answer.fate is Fate.NOT_SENT:
        return not_sent(command, answer.text, now)
    if not answer.ok:
        kinds = _REFUSED if answer.verdict.known else _UNKNOWN
        return update(command, kinds[type(command)], now, code=answer.code_text, text=answer.text)
    if isinstance(command, SubmitOrder):
        return _submitted(command, answer, now)
    if isinstance(command, CancelOrder):
        return update(command, UpdateKind.CANCEL_PENDING, now)
    return None


def _submitted(command: SubmitOrder, answer: Answer, now: Now) -> OrderUpdate:
    order_id = order_id_in(answer.data)
    if order_id:
        return update(command, UpdateKind.ACCEPTED, now, venue_order_id=order_id)
    text = "the venue accepted and did not say which order"
    return update(command, UpdateKind.UNKNOWN, now, code=answer.code_text, text=text)


def order_id_in(data: Any) -> str:
    """The id of the order that was taken; empty when it cannot be read."""
    try:
        return identifier(data.get("order_id"), "order_id") if type(data) is dict else ""
    except RemoteProtocolError:
        return ""


def needs_query(command: Command, answer: Answer) -> bool:
    """Whether the venue must be asked what became of the order.

    A refused cancel or change always is a question: no code says "this order does not exist".
    """
    if answer.fate is Fate.NOT_SENT:
        return False
    if isinstance(command, SubmitOrder):
        return not order_id_in(answer.data) if answer.ok else not answer.verdict.known
    return True
