"""Commands on their way: which frame carries what, and what was not answered yet.

No order over the stream is answered directly. So a command is open until an event of its order answers
it, until its frame proves not to have left, until the connection is lost, or until the venue has had its
time; each of these ends it, once.
"""

from collections import OrderedDict
from typing import Final

import attrs

from actors.venues.t4.orderimages import Order
from actors.venues.t4.orderstates import Meaning
from engine.errors import LimitExceeded
from engine.messages.venue import CancelOrder, OrderUpdate, ReplaceOrder, SubmitOrder, UpdateKind
from engine.model.enums import Pending
from engine.session.contract import Now

Command = SubmitOrder | CancelOrder | ReplaceOrder

OPEN_MAX: Final = 2_000
"""Commands open at once; beyond it nothing more is sent until some are answered."""

PENDING: Final[dict[type, Pending]] = {
    SubmitOrder: Pending.NEW,
    CancelOrder: Pending.CANCEL,
    ReplaceOrder: Pending.REPLACE,
}
_UNKNOWN: Final = {
    Pending.NEW: UpdateKind.UNKNOWN,
    Pending.CANCEL: UpdateKind.CANCEL_UNKNOWN,
    Pending.REPLACE: UpdateKind.REPLACE_UNKNOWN,
}


@attrs.frozen
class _Open:
    command: Command
    frame: str
    due_ns: int


class Requests:
    """All commands that are open.

    Args:
        timeout_s: how long the venue has for an answer.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_ns = int(timeout_s * 1e9)
        self._open: OrderedDict[tuple[Pending, str], _Open] = OrderedDict()
        self._frames: dict[str, list[tuple[Pending, str]]] = {}
        self._count = 0

    def begin(self, commands: tuple[Command, ...], now: Now) -> str:
        """One frame carries these commands: its name, by which it may turn out not to have left.

        Raises:
            LimitExceeded: too many are open.
        """
        if len(self._open) + len(commands) > OPEN_MAX:
            raise LimitExceeded(f"{OPEN_MAX} commands without an answer")
        self._count += 1
        frame = f"{commands[0].client_order_id or 'order'}#{self._count}"
        keys = [(PENDING[type(command)], name_of(command)) for command in commands]
        for key, command in zip(keys, commands, strict=True):
            self._close(key)
            self._open[key] = _Open(command, frame, now.mono_ns + self._timeout_ns)
        self._frames[frame] = keys
        return frame

    def find(self, pending: Pending, name: str) -> Command | None:
        """The command of this kind that is open for an order."""
        found = self._open.get((pending, name))
        return None if found is None else found.command

    def answered(self, pending: Pending, order: Order) -> None:
        """An event has answered it."""
        for name in (order.tag, order.unique_id):
            if name:
                self._close((pending, name))

    def unsent(self, frame: str) -> list[Command]:
        """No byte of this frame has left: what it carried, as far as it is still open."""
        keys = list(self._frames.get(frame, ()))
        return [found.command for key in keys if (found := self._close(key)) is not None]

    def drop(self, command: Command) -> None:
        """The command came to its end in another way."""
        self._close((PENDING[type(command)], name_of(command)))

    def lost(self) -> list[Command]:
        """Nobody will answer any more: everything that was open."""
        commands = [found.command for found in self._open.values()]
        self._open.clear()
        self._frames.clear()
        return commands

    def deadline(self) -> int | None:
        """When the oldest one has waited long enough."""
        first = next(iter(self._open.values()), None)
        return None if first is None else first.due_ns

    def due(self, now: Now) -> list[Command]:
        """Those that have."""
        commands: list[Command] = []
        while self._open:
            key, first = next(iter(self._open.items()))
            if now.mono_ns < first.due_ns:
                break
            self._close(key)
            commands.append(first.command)
        return commands

    def _close(self, key: tuple[Pending, str]) -> _Open | None:
        found = self._open.pop(key, None)
        if found is not None:
            keys = self._frames[found.frame]
            keys.remove(key)
            if not keys:
                del self._frames[found.frame]
        return found


def name_of(command: Command) -> str:
    """By which id a command is known here."""
    if isinstance(command, SubmitOrder):
        return command.client_order_id
    return command.client_order_id or command.venue_order_id


def answers_in(order: Order, meaning: Meaning) -> list[Pending]:
    """Which open commands an order as it is now answers."""
    answered: list[Pending] = []
    if order.accepted or order.ended:
        answered.append(Pending.NEW)
    if order.ended or meaning is Meaning.PULL_REFUSED:
        answered.append(Pending.CANCEL)
    if order.ended or meaning in (Meaning.REVISED, Meaning.REVISION_REFUSED):
        answered.append(Pending.REPLACE)
    return answered


def told_of(
    command: Command, kind: UpdateKind, now: Now, *, code: str = "", text: str = ""
) -> OrderUpdate:
    """News of the order that a command is about, stamped with our own time."""
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=command.client_order_id,
        venue_order_id="" if isinstance(command, SubmitOrder) else command.venue_order_id,
        kind=kind,
        cum_qty=None,
        price=None,
        quantity=None,
        code=code,
        text=text,
        ts_ns=now.wall_ns,
        command=PENDING[type(command)] if kind is UpdateKind.NOT_SENT else None,
    )


def not_sent(command: Command, text: str, now: Now, code: str = "") -> OrderUpdate:
    """Nothing of this command left this process."""
    return told_of(command, UpdateKind.NOT_SENT, now, code=code, text=text)


def unknown(command: Command, text: str, now: Now) -> OrderUpdate:
    """Nobody can say what became of it."""
    return told_of(command, _UNKNOWN[PENDING[type(command)]], now, text=text)
