"""The requests of one stream: which list is sent when, and what its answer means for it.

The venue takes a request a second, closes the connection of whoever asks faster, and answers what it
cannot read without saying what that was. So one request is under way at a time, whatever its list: an
answer that names nothing is then the answer to that one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.alltick.codelist import CodeList
from actors.venues.alltick.phases import Event, Phase, step
from actors.venues.alltick.rets import Action, action_of, explain
from actors.venues.alltick.settings import Family, Settings
from actors.venues.alltick.turns import wait_ns
from actors.venues.alltick.wire import (
    OK,
    SEQ_ID_MAX,
    CancelType,
    Command,
    Reply,
    request,
)
from engine.errors import ConnectionLost, CredentialsRejected, PeerSilent
from engine.session.contract import Drop, GiveUp, Note, Now, SendFrame

ATTEMPTS_MAX: Final = 3
"""Requests for one list that go unanswered before the connection is given up, or are refused as faulty
before the list rests."""
CODES_NAMED_MAX: Final = 8
"""Codes named in one note."""


class ListName(StrEnum):
    """The venue's two lists."""

    DEPTH = "depth"
    TRADE = "trade"


_COMMANDS: Final[Mapping[ListName, Command]] = {
    ListName.DEPTH: Command.DEPTH,
    ListName.TRADE: Command.TRADE,
}
_CANCELS: Final[Mapping[ListName, CancelType]] = {
    ListName.DEPTH: CancelType.DEPTH,
    ListName.TRADE: CancelType.TRADE,
}
_UNSETTLED: Final = frozenset({Phase.CLOSED, Phase.CHANGED, Phase.ASKED, Phase.PAUSED})


@attrs.frozen
class Granted:
    """A list was granted; `new` codes were not in it before."""

    name: ListName
    new: tuple[str, ...]


@attrs.frozen
class LeftOut:
    """These codes are not asked for any more, and why."""

    name: ListName
    codes: tuple[str, ...]
    reason: str


@attrs.define
class _Line:
    """One list with its phase."""

    name: ListName
    codes: CodeList
    phase: Phase = Phase.CLOSED
    due_ns: int | None = None
    unanswered: int = 0
    faulty: int = 0
    told_left_out: tuple[str, ...] = ()


@attrs.frozen
class _Pending:
    line: _Line
    command: Command
    seq_id: int


class Requests:
    """Both lists of one stream. Effects beside the contract's: `Granted`, `LeftOut`.

    Args:
        settings: pauses and patience.
        family: whose turn is ours where requests take turns.
    """

    def __init__(self, settings: Settings, family: Family) -> None:
        self._turn = tuple(Family).index(family) if settings.take_turns else -1
        refused_ns = int(settings.refused_retry_s * 1e9)
        self._lines = {
            name: _Line(name, CodeList(settings.list_max, refused_ns)) for name in ListName
        }
        self._ack_ns = int(settings.ack_timeout_s * 1e9)
        self._interval_ns = int(settings.request_interval_s * 1e9)
        self._coalesce_ns = int(settings.coalesce_s * 1e9)
        self._pause_ns = int(settings.pause_s * 1e9)
        self._refused_ns = refused_ns
        self._pending: _Pending | None = None
        self._open = False
        self._send_ns = 0
        self._seq_id = 0
        self._last = ListName.TRADE

    # --- what is wanted -------------------------------------------------------------------------

    def want(self, wanted: Mapping[ListName, Mapping[str, int]], now: Now) -> list[object]:
        """Exactly these codes are wanted from now on; changes that follow soon go with them."""
        effects: list[object] = []
        for name, line in self._lines.items():
            line.codes.want(wanted.get(name, {}))
            effects += self._told_left_out(line)
            if line.codes.differs():
                self._changed(line, now, self._coalesce_ns)
        return effects + self._pump(now)

    def renew(self, name: ListName, now: Now) -> list[object]:
        """Send this list again: some of its data stayed away."""
        line = self._lines[name]
        line.codes.again()
        if line.codes.differs():
            self._changed(line, now)
        return self._pump(now)

    def codes(self, name: ListName) -> CodeList:
        """One list."""
        return self._lines[name].codes

    # --- the stream -----------------------------------------------------------------------------

    def opened(self, now: Now) -> list[object]:
        """Nothing is granted on a new connection: both lists go out, one after the other."""
        self._open, self._pending = True, None
        self._send_ns = now.mono_ns
        self._last = ListName.TRADE  # so that books go first
        for line in self._lines.values():
            line.unanswered = line.faulty = 0
            line.codes.expire(now.mono_ns)
            line.phase = step(line.phase, Event.OPENED)
            if line.codes.differs():
                self._changed(line, now)
        return self._pump(now)

    def lost(self) -> None:
        """The connection is gone, and with it both lists and the request under way."""
        self._open, self._pending = False, None
        for line in self._lines.values():
            line.codes.lost()
            line.phase, line.due_ns = step(line.phase, Event.LOST), None

    def settled(self) -> bool:
        """Whether everything that is wanted was granted or refused."""
        return all(line.phase not in _UNSETTLED for line in self._lines.values())

    @property
    def waiting(self) -> bool:
        """Whether a request is under way."""
        return self._pending is not None

    # --- answers --------------------------------------------------------------------------------

    def replied(self, reply: Reply, words: str, now: Now) -> list[object]:
        """An answer to a request of ours; `words` are the venue's text without secrets.

        One that names no request is the answer to the one that is under way (T-055). One that names
        another than that comes too late, and what it answered was asked again.
        """
        pending = self._pending
        mine = pending is not None and (
            not reply.is_matched
            or (reply.command, reply.seq_id) == (pending.command, pending.seq_id)
        )
        if reply.ret != OK:
            return self._refused(pending if mine else None, reply, words, now)
        if pending is None or not mine or not reply.is_matched:
            return []
        self._pending = None
        line = pending.line
        line.unanswered = line.faulty = 0
        new = line.codes.grant()
        self._step(line, Event.GRANTED)
        effects: list[object] = [Granted(line.name, tuple(new))]
        if line.codes.differs():
            self._changed(line, now)
        else:
            effects += self._told_left_out(line)
        return effects + self._pump(now)

    def _refused(
        self, pending: _Pending | None, reply: Reply, words: str, now: Now
    ) -> list[object]:
        action = action_of(reply.ret)
        detail = f"ret {reply.ret} {words or explain(reply.ret)}"
        if action is Action.STOP:
            return [GiveUp(CredentialsRejected(detail))]
        if action is Action.LEAVE:
            self._open = False  # nothing more is asked of a connection that is being left
            return [
                Note("venue_closes_connection", detail, alert=True),
                Drop(ConnectionLost(f"the venue closes the connection: {detail}")),
            ]
        if pending is None:
            return [Note("venue_refusal", detail)]
        self._pending = None
        alert = action is not Action.LATER
        note = Note("subscription_refused", f"{pending.line.name}: {detail}", alert=alert)
        return [note, *self._judged(pending, action, reply.ret, now), *self._pump(now)]

    def _judged(self, pending: _Pending, action: Action, ret: int, now: Now) -> list[object]:
        line = pending.line
        if pending.command is Command.CANCEL and action in (Action.CODES, Action.FEWER):
            action = Action.OURS  # a cancel names no codes
        if action is Action.LATER:
            self._step(line, Event.LATER, now.mono_ns + self._pause_ns)
            return []
        if action in (Action.CODES, Action.FEWER):
            by_code = action is Action.CODES
            refuse = line.codes.refuse_codes if by_code else line.codes.refuse_length
            out = refuse(ret, now.mono_ns)
            self._step(line, Event.REFUSED, now.mono_ns)
            self._settle(line)
            effects = _left_out(line, out, f"refused: ret {ret} {explain(ret)}")
            return effects if line.codes.differs() else effects + self._told_left_out(line)
        line.faulty += 1
        if line.faulty < ATTEMPTS_MAX:
            self._step(line, Event.LATER, now.mono_ns + self._pause_ns)
            return []
        self._step(line, Event.HOPELESS, now.mono_ns + self._refused_ns)
        reason = f"the venue cannot read the request: ret {ret} {explain(ret)}"
        return [LeftOut(line.name, tuple(line.codes.target()), reason)]

    def _settle(self, line: _Line) -> None:
        """What is wanted may have become what was granted, without a request."""
        if line.phase is Phase.CHANGED and not line.codes.differs():
            self._step(line, Event.SAME)

    def _told_left_out(self, line: _Line) -> list[object]:
        """Codes for which the plan has no room, told when they change."""
        out = tuple(line.codes.left_out())
        if out == line.told_left_out:
            return []
        line.told_left_out = out
        return _left_out(line, out, f"the plan takes {line.codes.codes_max} codes in a list")

    # --- time -----------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When `due` has something to do."""
        if not self._open:
            return None
        times: list[int] = []
        for line in self._lines.values():
            if line.phase is Phase.CHANGED:
                if self._pending is None:  # else the answer comes first
                    times.append(max(self._send_ns, line.due_ns or 0))
            elif line.due_ns is not None:
                times.append(line.due_ns)
        return min(times, default=None)

    def due(self, now: Now) -> list[object]:
        """Answers that did not come, pauses that are over, refusals to try again, and whose turn it is."""
        if not self._open:
            return []
        effects: list[object] = []
        for line in self._lines.values():
            if line.due_ns is None or now.mono_ns < line.due_ns:
                continue
            if line.phase is Phase.ASKED:
                effects += self._unanswered(line, now)
            elif line.phase in (Phase.PAUSED, Phase.RESTING):
                self._step(line, Event.TIMED_OUT, now.mono_ns)
            elif line.phase is Phase.SETTLED:
                line.due_ns = None
                if line.codes.expire(now.mono_ns) and line.codes.differs():
                    self._changed(line, now)
        return effects + self._pump(now)

    def _unanswered(self, line: _Line, now: Now) -> list[object]:
        line.unanswered += 1
        self._pending = None
        self._step(line, Event.TIMED_OUT, now.mono_ns)
        effects: list[object] = [
            Note("subscription_unanswered", f"{line.name}, request {line.unanswered}")
        ]
        if line.unanswered >= ATTEMPTS_MAX:
            self._open = False
            text = f"no answer to {line.unanswered} requests for the {line.name} list"
            effects.append(Drop(PeerSilent(text)))
        return effects

    # --- inside ---------------------------------------------------------------------------------

    def _changed(self, line: _Line, now: Now, wait_ns: int = 0) -> None:
        """There is something to send; changes that come until then are sent with it."""
        before = line.phase
        line.phase = step(before, Event.CHANGED)
        if line.phase is Phase.CHANGED and before is not Phase.CHANGED:
            line.due_ns = now.mono_ns + wait_ns

    def _step(self, line: _Line, event: Event, due_ns: int | None = None) -> None:
        line.phase = step(line.phase, event)
        line.due_ns = due_ns
        if line.phase is Phase.SETTLED:
            line.due_ns = line.codes.next_expiry_ns()

    def _pump(self, now: Now) -> list[object]:
        """One request if it is time for one; the lists take turns."""
        if not self._open or self._pending is not None or now.mono_ns < self._send_ns:
            return []
        if self._turn >= 0:
            ours_ns = wait_ns(now.wall_ns, self._turn, len(Family))
            if ours_ns:
                self._send_ns = now.mono_ns + ours_ns
                return []
        names = [name for name in ListName if name is not self._last] + [self._last]
        for line in map(self._lines.__getitem__, names):
            if line.phase is Phase.CHANGED and now.mono_ns >= (line.due_ns or 0):
                if line.codes.differs():
                    return [self._send(line, now)]
                self._settle(line)
        return []

    def _send(self, line: _Line, now: Now) -> SendFrame:
        levels = line.codes.compose()
        command = _COMMANDS[line.name] if levels else Command.CANCEL
        self._seq_id = self._seq_id % SEQ_ID_MAX + 1
        self._pending = _Pending(line, command, self._seq_id)
        self._send_ns = now.mono_ns + self._interval_ns
        self._last = line.name
        self._step(line, Event.SENT, now.mono_ns + self._ack_ns)
        trace = f"{line.name}-{self._seq_id}-{now.wall_ns // 1_000_000}"
        return SendFrame(request(command, self._seq_id, trace, _body(line.name, levels)))


def _body(name: ListName, levels: Mapping[str, int]) -> Mapping[str, object]:
    if not levels:
        return {"cancel_type": int(_CANCELS[name])}
    if name is ListName.DEPTH:
        items = [{"code": code, "depth_level": level} for code, level in levels.items()]
    else:
        items = [{"code": code} for code in levels]
    return {"symbol_list": items}


def _left_out(line: _Line, codes: list[str] | tuple[str, ...], reason: str) -> list[object]:
    if not codes:
        return []
    detail = f"{line.name}: {named(codes)}: {reason}"
    return [Note("codes_left_out", detail, alert=True), LeftOut(line.name, tuple(codes), reason)]


def named(codes: list[str] | tuple[str, ...]) -> str:
    """Some codes for a note: the first ones, and how many more."""
    shown = ", ".join(codes[:CODES_NAMED_MAX])
    more = len(codes) - CODES_NAMED_MAX
    return f"{shown} and {more} more" if more > 0 else shown
