"""One WebSocket client on its socket: the outbox and the tasks of its connection.

trio-websocket keeps the handshake, control frames and everything received; data frames are written
here as ready-made bytes, many at a time, through the same locked stream. A client that does not
read fills its outbox and is cut off; a fault can silence, half-close or reset the stream.
"""

from collections.abc import Callable
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.venues.alltick.simulator import bending, errors
from actors.venues.alltick.simulator.connection import Action, Connection, End, Rules, Send, Watch
from actors.venues.alltick.simulator.faults import REPLY, Fault, FaultKind
from actors.venues.alltick.simulator.settings import Account
from actors.venues.alltick.simulator.venue import Venue
from engine.simulator.frames import text_frame
from engine.simulator.moment import Moment
from engine.simulator.wire import Wire, reset

CLOSE_S: Final = 2.0
"""How long a closing handshake may take before the connection is cut."""
LATE_MAX: Final = 16
"""Answers held back at once; beyond it they go out at once."""


class Peer:
    """A subscriber on a socket.

    Args:
        wire: the stream.
        venue: where it is subscribed.
        account: whose token it came with.
        family: `stock` or `other`, by its path.
        number: of the connection, for the log and for faults.
        rules: of its plan.
        clock: the present moment.
        kick: wakes whoever moves the market, because something is due earlier now.
    """

    def __init__(
        self,
        wire: Wire,
        venue: Venue,
        *,
        account: Account,
        family: str,
        number: int,
        rules: Rules,
        clock: Callable[[], Moment],
        kick: Callable[[], None],
    ) -> None:
        self.wire = wire
        self.account = account
        self.family = family
        self.endpoint = f"{family}_ws"
        self.number = number
        self.connection = Connection(rules, clock().mono_ns)
        self.scope = trio.CancelScope()
        self.ended = ""
        self._venue = venue
        self._clock = clock
        self._kick = kick
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._late: list[bytes] = []
        self._wake = trio.Event()
        self._tearing = False
        self._order: tuple[FaultKind | None, int] = (None, 1000)
        self._ordered = trio.Event()
        self._flushed = trio.Event()

    # --- Sink -----------------------------------------------------------------------------

    def push(self, frame: bytes) -> None:
        """Queue one push, and the answers that were to follow it."""
        self._queue(frame)
        self._release_late()

    def torn(self, part: bytes) -> None:
        """Queue a part of a frame; the connection ends when it is sent."""
        self._queue(part)
        self._tearing = True

    def _queue(self, frame: bytes) -> None:
        """Queue one frame; a client that is too slow is cut off."""
        if self._tearing:
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        self._wake.set()
        if self._outbox_bytes > self._venue.settings.outbox_bytes_max:
            self.cut("slow client")

    def _release_late(self) -> None:
        late, self._late = self._late, []
        for frame in late:
            self._queue(frame)

    def cut(self, why: str) -> None:
        """End the connection with a reset."""
        self.ended = self.ended or why
        reset(self.wire.stream)
        self.scope.cancel()

    def order_end(self, kind: FaultKind | None, code: int, why: str) -> None:
        """Half-close or close the connection as soon as the outbox is written."""
        if not self._ordered.is_set():
            self._order = (kind, code)
            self.ended = self.ended or why
            self._ordered.set()

    # --- tasks ----------------------------------------------------------------------------

    async def run(self, websocket: WebSocketConnection) -> None:
        """Serve until either side closes."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._end_on_order, websocket)
                await self._read(websocket)
                nursery.cancel_scope.cancel()

    async def _read(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                self.receive(await websocket.get_message())
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason is not None else 1006
            self.ended = self.ended or f"closed {code}"
            if self._ordered.is_set():  # our own close: whoever closes ends the tasks
                await trio.sleep(CLOSE_S)

    def receive(self, message: str | bytes) -> None:
        """Carry out what one frame asks for."""
        if self._ordered.is_set():
            return
        now = self._clock()
        before = self.connection.heartbeats
        actions = self.connection.receive(message, now)
        if self.connection.heartbeats > before:
            self._log("heartbeat", now)
        else:
            self._log("command", now, text=shown(message))
        fault = self._fault(actions)
        if fault is not None and fault.kind in (FaultKind.REPLY_ERROR, FaultKind.REPLY_UNREADABLE):
            actions = [_bent(fault, actions)]
        for action in actions:
            self._carry_out(action, fault, now)
        self._kick()

    def _carry_out(self, action: Action, fault: Fault | None, now: Moment) -> None:
        if isinstance(action, Send):
            self._answer(action, fault)
        elif isinstance(action, Watch):
            self._watch_set(action, fault, now)
        else:
            self._end(action.why)

    def _fault(self, actions: list[Action]) -> Fault | None:
        """The fault of this answer, where one is armed."""
        answers = [_answer_in(action) for action in actions]
        command = next((answer.command for answer in answers if answer is not None), 0)
        return self._venue.faults.take(REPLY, str(command)) if self._venue.faults else None

    def _answer(self, answer: Send, fault: Fault | None) -> None:
        if fault is not None and fault.kind is FaultKind.REPLY_LOST:
            return
        frame = text_frame(answer.text)
        if fault is not None and fault.kind is FaultKind.REPLY_LATE and len(self._late) < LATE_MAX:
            self._late.append(frame)
        else:
            self._queue(frame)

    def _watch_set(self, wanted: Watch, fault: Fault | None, now: Moment) -> None:
        """Replace a set; its confirmation comes before or after what is known already."""
        answer_first = self._venue.settings.ack == "first"
        if wanted.ack is not None and answer_first:
            self._answer(wanted.ack, fault)
        self._venue.watch(self, wanted, now)
        if wanted.ack is not None and not answer_first:
            self._answer(wanted.ack, fault)

    def _end(self, why: str) -> None:
        """The venue's own close, in its configured style, behind what is queued."""
        self.order_end(
            None if self._venue.settings.close_style == "frame" else FaultKind.RESET, 1000, why
        )

    def _log(self, kind: str, now: Moment, **details: object) -> None:
        self._venue.log.append(kind, now, connection=self.number, endpoint=self.endpoint, **details)

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                data, self._outbox = b"".join(self._outbox), []
                await self.wire.send_all(data)
                self._outbox_bytes -= len(data)
                if not self._outbox_bytes and self._ordered.is_set():
                    self._flushed.set()
                if self._tearing:
                    self.cut("torn frame")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = self.ended or "lost"
            self.scope.cancel()

    async def _watch(self) -> None:
        """End the connection when the venue's timing rules say so."""
        while (due_ns := self.connection.next_deadline_ns()) is not None:
            now_ns = self._clock().mono_ns
            if self.wire.muted:  # silent on purpose: the venue's own rules must not end it
                self.connection.excuse(now_ns)
            why = self.connection.expired(now_ns)
            if why:
                self._end(why)
                return
            await trio.sleep(max(0.0, (due_ns - now_ns) / 1e9))

    async def _end_on_order(self, websocket: WebSocketConnection) -> None:
        await self._ordered.wait()
        kind, code = self._order
        if self._outbox_bytes:
            with trio.move_on_after(CLOSE_S):
                await self._flushed.wait()
        if kind is FaultKind.HALF_CLOSE:
            await self.wire.send_eof()
        elif kind is FaultKind.RESET:
            await self.wire.aclose()
            self.scope.cancel()
        else:
            await self._close(websocket, code)

    async def _close(self, websocket: WebSocketConnection, code: int) -> None:
        """Close in order; cut when the client does not play along."""
        with trio.move_on_after(CLOSE_S):
            await websocket.aclose(code)
        self.scope.cancel()


def _answer_in(action: Action) -> Send | None:
    if isinstance(action, Watch):
        return action.ack
    return None if isinstance(action, End) else action


def _bent(fault: Fault, actions: list[Action]) -> Send:
    """The refusal that a fault makes of an answer."""
    answer = next(each for each in map(_answer_in, actions) if each is not None)
    if fault.kind is FaultKind.REPLY_UNREADABLE:
        return Send(bending.unreadable(answer.text), answer.command)
    ret = int(fault.number_value(errors.HEADER_INVALID))
    return Send(bending.failed(answer.text, ret, errors.TEXTS.get(ret, "error")), answer.command)


LOGGED_CHARS_MAX: Final = 2_048
"""Of one command in the witness log."""


def shown(message: str | bytes) -> str:
    """What a client sent, for the witness log."""
    part = message[:LOGGED_CHARS_MAX]
    return part if isinstance(part, str) else part.decode("utf-8", "replace")
