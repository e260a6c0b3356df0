"""What the end of an order command means: from an answer (or none) to the update for the router.

The rule behind every branch: only what the venue plainly refused is refused, only what provably never
left is not sent, and everything else is unknown until the venue is asked.
"""

from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.wooxpro.errors import Verdict
from actors.venues.wooxpro.rest import Answer, Fate
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


def update(
    command: Command,
    kind: UpdateKind,
    now: Now,
    *,
    venue_order_id: str = "",
    code: str = "",
    text: str = "",
    price: Decimal | None = None,
    quantity: Decimal | None = None,
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
        price=price,
        quantity=quantity,
        code=code,
        text=text,
        ts_ns=now.wall_ns,
    )


def not_sent(command: Command, reason: str, now: Now, code: str = "") -> OrderUpdate:
    """Nothing of this command left this process."""
    news = update(command, UpdateKind.NOT_SENT, now, code=code, text=reason)
    return attrs.evolve(news, command=_PENDING[type(command)])


def outcome(command: Command, answer: Answer, now: Now) -> OrderUpdate:
    """The update that the end of a command's call gives."""
    if answer.fate is Fate.NOT_SENT:
        return not_sent(command, answer.text, now)
    if isinstance(command, SubmitOrder):
        return _submitted(command, answer, now)
    if isinstance(command, CancelOrder):
        return _cancelled(command, answer, now)
    return _replaced(command, answer, now)


def _submitted(command: SubmitOrder, answer: Answer, now: Now) -> OrderUpdate:
    if answer.ok:
        order_id = _order_id(answer.data)
        if order_id:
            return update(command, UpdateKind.ACCEPTED, now, venue_order_id=order_id)
        text = "the venue accepted and did not say which order"
        return update(command, UpdateKind.UNKNOWN, now, code=answer.code_text, text=text)
    kind = UpdateKind.REJECTED if answer.verdict.known else UpdateKind.UNKNOWN
    return _with_words(command, kind, answer, now)


def _cancelled(command: CancelOrder, answer: Answer, now: Now) -> OrderUpdate:
    """Success only says that the request was taken; the push (or a query) says that it worked."""
    if answer.ok:
        return update(command, UpdateKind.CANCEL_PENDING, now)
    known = answer.verdict.known
    kind = UpdateKind.CANCEL_REJECTED if known else UpdateKind.CANCEL_UNKNOWN
    return _with_words(command, kind, answer, now)


def _replaced(command: ReplaceOrder, answer: Answer, now: Now) -> OrderUpdate:
    if answer.ok:
        return update(
            command,
            UpdateKind.REPLACED,
            now,
            venue_order_id=_order_id(answer.data),
            price=command.price,
            quantity=command.quantity,
        )
    known = answer.verdict.known
    kind = UpdateKind.REPLACE_REJECTED if known else UpdateKind.REPLACE_UNKNOWN
    return _with_words(command, kind, answer, now)


def _with_words(command: Command, kind: UpdateKind, answer: Answer, now: Now) -> OrderUpdate:
    return update(command, kind, now, code=answer.code_text, text=answer.text)


def _order_id(data: Any) -> str:
    """A number after submit, a text elsewhere; empty when it cannot be read."""
    try:
        return identifier(data.get("order_id") if type(data) is dict else None, "order_id")
    except RemoteProtocolError:
        return ""


def needs_query(command: Command, answer: Answer) -> bool:
    """Whether the venue must be asked what became of the order."""
    if answer.fate is Fate.NOT_SENT:
        return False
    if answer.ok:
        return isinstance(command, CancelOrder) or (
            isinstance(command, SubmitOrder) and not _order_id(answer.data)
        )
    if isinstance(command, SubmitOrder):
        return not answer.verdict.known
    return not answer.verdict.known or answer.verdict is Verdict.ABSENT
