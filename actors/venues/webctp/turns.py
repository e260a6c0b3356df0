"""One request at a time: what waits, whose turn it is, and which answer belongs to what. Pure.

Errors of the gateway name no request and overtake the acknowledgement (PERFORMED) of an earlier one, so
a request is sent when the one before it has been acknowledged or refused, and an error is that of the one
request whose turn it is. The acknowledgement tells the number under which the answer comes, possibly
after the answer itself. Steps of the login go first, then cancels, orders, queries. Of queries one is under
way at a time, each some time after the end of the one before. Nothing is waited for without a limit:
a turn that does not end costs the connection, because a late end could not be told from the next one's.
"""

from collections import deque
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any, Final

import attrs

from actors.venues.webctp.codes import Kind
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.wire import Complaint, Message, request_text, text
from engine.errors import LocalProtocolError, PeerSilent
from engine.session.contract import Drop, Note, Now, SendFrame
from engine.session.values import malformed, shorten

WAITING_MAX: Final = 512
"""Requests that wait for their turn; beyond it only cancels are taken."""
CANCELS_WAITING_MAX: Final = 1_024
ANSWERS_AWAITED_MAX: Final = 64
"""Acknowledged requests whose answers are awaited; orders await none."""
QUERY_TRIES_MAX: Final = 5
"""Attempts with a query that the counter is not ready for."""
NOT_CONNECTED: Final = -1
TOO_MANY_UNANSWERED: Final = -2
TOO_MANY_A_SECOND: Final = -3
NEED_RETRY: Final = 90
LATER: Final = frozenset({TOO_MANY_UNANSWERED, TOO_MANY_A_SECOND, NEED_RETRY})
"""Codes that ask for patience; nothing was carried out."""


class Rank(IntEnum):
    """Who goes first."""

    STEP = 0
    CANCEL = 1
    ORDER = 2
    QUERY = 3


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "done"
    """Acknowledged, and answered if an answer was to come."""
    REFUSED = "refused"
    """Not carried out: the gateway complained, the counter's library did not take it, or the answer
    carries an error; `code` and `text` say which."""
    NOT_SENT = "not_sent"
    """No byte of it left."""
    TIMED_OUT = "timed_out"
    """Sent, and no acknowledgement or no whole answer in time."""
    LOST = "lost"
    """Sent, and the connection ended first."""


@attrs.frozen(kw_only=True)
class Request:
    """One request.

    Attributes:
        op: the gateway's name of the operation.
        data: its fields.
        rank: who goes first.
        answer: the kind of message that answers it; None when the acknowledgement is all.
        tag: comes back with everything that is told of it.
        order: client order id, where its frame carries an order.
        acknowledged: whether a PERFORMED comes; `get_trading_day` has none.
        answer_timeout_s: from the acknowledgement to the last row; 0 for the settings' query time.
        expires_mono_ns: not sent later than this; 0 for never.
    """

    op: str
    data: Mapping[str, object] = attrs.field(factory=dict)
    rank: Rank = Rank.QUERY
    answer: Kind | None = None
    tag: Any = None
    order: str = ""
    acknowledged: bool = True
    answer_timeout_s: float = 0.0
    expires_mono_ns: int = 0


@attrs.frozen
class Row:
    """One row of an answer; the last one may be empty (`message.is_empty_row`)."""

    request: Request
    message: Message


@attrs.frozen
class Ended:
    """A request came to its end; the rows of its answer were told before.

    Attributes:
        request: which.
        outcome: how.
        code: of a refusal: a CTP ErrorID, -1 to -3 of the acknowledgement, or 0 for a complaint.
        text: of the refusal, shortened.
        req_id: the number that the gateway gave it, 0 if unknown.
        said: the text of the acknowledgement.
        complaint: the gateway itself did not take it.
    """

    request: Request
    outcome: Outcome
    code: int = 0
    text: str = ""
    req_id: int = 0
    said: str = ""
    complaint: bool = False


@attrs.define
class _Job:
    """A request on its way through."""

    request: Request
    text: str
    tries: int = 1
    req_id: int = 0
    said: str = ""
    deadline_ns: int = 0
    early: "Ended | None" = None
    """How its answer ended, where that came before the acknowledgement."""


Happening = Row | Ended | SendFrame | Note | Drop
"""What comes out: events for the owner, and effects to pass on."""


class Turns:
    """The requests of one connection.

    Args:
        settings: pace and patience.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: dict[Rank, deque[_Job]] = {rank: deque() for rank in Rank}
        self._turn: _Job | None = None
        self._awaited: list[_Job] = []
        self._query_from_ns = 0
        self._last_req_id = 0
        self._open = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return self._turn is None and not self._awaited and not any(self._waiting.values())

    def waiting(self, rank: Rank) -> int:
        """How many requests of this rank wait for their turn."""
        return len(self._waiting[rank])

    # --- in -----------------------------------------------------------------------------------

    def opened(self) -> None:
        """The gateway has greeted: requests may go."""
        self._open = True

    def hold_queries(self, until_ns: int) -> None:
        """No query before this time."""
        self._query_from_ns = max(self._query_from_ns, until_ns)

    def push(self, request: Request, now: Now) -> list[Happening]:
        """Take a request; it goes when its turn has come."""
        try:
            text = request_text(request.op, request.data)
        except LocalProtocolError as error:
            return [Ended(request, Outcome.NOT_SENT, text=str(error))]
        most = CANCELS_WAITING_MAX if request.rank <= Rank.CANCEL else WAITING_MAX
        if sum(map(len, self._waiting.values())) >= most:
            return [Ended(request, Outcome.NOT_SENT, text="too many requests wait for the gateway")]
        self._waiting[request.rank].append(_Job(request, text))
        return self._pump(now)

    def withdraw(self, order: str) -> list[Happening]:
        """Take a request that names this order back, if it still waits."""
        for line in self._waiting.values():
            for job in line:
                if job.request.order == order:
                    line.remove(job)
                    return [Ended(job.request, Outcome.NOT_SENT, text="withdrawn")]
        return []

    def complained(self, complaint: Complaint, now: Now) -> list[Happening]:
        """The gateway did not take a request: it can only be the one whose turn it is (T-055)."""
        job, self._turn = self._turn, None
        if job is None:
            detail = f"{complaint.kind}: {complaint.text}"
            return [Note("complaint_unattributed", detail, alert=True)]
        refused = Ended(job.request, Outcome.REFUSED, text=complaint.text, complaint=True)
        return [*self._ended(job, refused, now), *self._pump(now)]

    def performed(self, message: Message, now: Now) -> list[Happening]:
        """An acknowledgement: the turn is over. Raises RemoteProtocolError for one without sense."""
        job = self._turn
        if job is None or not job.request.acknowledged:
            return [Note("acknowledgement_unexpected", f"req_id {message.req_id}")]
        self._turn = None
        job.req_id, job.said = message.req_id or 0, shorten(text(message.info, "msg", 2_000))
        self._last_req_id = max(self._last_req_id, job.req_id)
        code = _code_of(message)
        if code:
            said = _WHY.get(code, "not taken by the counter's library")
            refused = Ended(job.request, Outcome.REFUSED, code, said, job.req_id)
            return [*self._ended(job, refused, now), *self._pump(now)]
        if job.early is not None:
            told = attrs.evolve(job.early, req_id=job.req_id, said=job.said)
            return [*self._ended(job, told, now), *self._pump(now)]
        if job.request.answer is None:
            done = Ended(job.request, Outcome.DONE, req_id=job.req_id, said=job.said)
            return [*self._ended(job, done, now), *self._pump(now)]
        return [*self._await(job, now), *self._pump(now)]

    def _await(self, job: _Job, now: Now) -> list[Happening]:
        patience_s = job.request.answer_timeout_s or self._settings.query_timeout_s
        job.deadline_ns = now.mono_ns + int(patience_s * 1e9)
        if len(self._awaited) >= ANSWERS_AWAITED_MAX:
            return [Ended(job.request, Outcome.TIMED_OUT, text="too many answers are awaited")]
        self._awaited.append(job)
        return []

    def answered(self, kind: Kind, message: Message, now: Now) -> list[Happening] | None:
        """A message that may answer a request; None when it does not.

        `Kind.ERROR` answers whatever request it names.
        """
        job = self._asked_for(kind, message.req_id)
        if job is None:
            return None
        told: list[Happening] = []
        if not message.failed and kind is not Kind.ERROR and not message.is_empty_row:
            told.append(Row(job.request, message))
        if message.failed:
            end = Ended(
                job.request, Outcome.REFUSED, message.error_code, message.error_text, job.req_id
            )
        elif message.is_last or not job.request.acknowledged:
            end = Ended(job.request, Outcome.DONE, req_id=job.req_id, said=job.said)
        else:
            return told
        if job is self._turn:
            if job.request.acknowledged:
                job.early = end
                return told
            self._turn = None
        else:
            self._awaited.remove(job)
        return [*told, *self._ended(job, end, now), *self._pump(now)]

    def _asked_for(self, kind: Kind, req_id: int | None) -> _Job | None:
        fits = [job for job in self._awaited if kind in (job.request.answer, Kind.ERROR)]
        by_id = [job for job in fits if job.req_id == req_id]
        if by_id:
            return by_id[0]
        turn = self._turn
        if turn is not None and turn.early is None and kind in (turn.request.answer, Kind.ERROR):
            # A number that was told already is that of an answer which is not waited for any more.
            return turn if not req_id or req_id > self._last_req_id else None
        # Numbers start anew when the counter does: the only request that it can be, then.
        return fits[0] if len(fits) == 1 and not req_id else None

    def _ended(self, job: _Job, end: Ended, now: Now) -> list[Happening]:
        if job.request.rank is not Rank.QUERY:
            return [end]
        self.hold_queries(now.mono_ns + int(self._settings.query_interval_s * 1e9))
        if end.code in LATER and job.tries < QUERY_TRIES_MAX:
            self.hold_queries(now.mono_ns + int(self._settings.query_retry_s * 1e9))
            again = _Job(job.request, job.text, job.tries + 1)
            self._waiting[Rank.QUERY].appendleft(again)
            return []
        return [end]

    # --- out ----------------------------------------------------------------------------------

    def _pump(self, now: Now) -> list[Happening]:
        told: list[Happening] = []
        while self._open and self._turn is None:
            job = self._next(now)
            if job is None:
                break
            expires_ns = job.request.expires_mono_ns
            if expires_ns and now.mono_ns >= expires_ns:
                told.append(Ended(job.request, Outcome.NOT_SENT, text="too late to be sent"))
                continue
            job.deadline_ns = now.mono_ns + int(self._settings.turn_timeout_s * 1e9)
            self._turn = job
            told.append(SendFrame(job.text, order=job.request.order))
        return told

    def _next(self, now: Now) -> _Job | None:
        for rank, line in self._waiting.items():
            if line and (rank is not Rank.QUERY or self._may_query(now)):
                return line.popleft()
        return None

    def _may_query(self, now: Now) -> bool:
        return not self._querying and now.mono_ns >= self._query_from_ns

    @property
    def _querying(self) -> bool:
        return any(job.request.rank is Rank.QUERY for job in self._awaited)

    def deadline(self) -> int | None:
        """When something is overdue or may go."""
        times = [job.deadline_ns for job in self._awaited]
        if self._turn is not None:
            times.append(self._turn.deadline_ns)
        elif self._open and self._waiting[Rank.QUERY] and not self._querying:
            times.append(self._query_from_ns)
        return min(times, default=None)

    def due(self, now: Now) -> list[Happening]:
        """What is overdue and what may go now."""
        turn = self._turn
        if turn is not None and now.mono_ns >= turn.deadline_ns:
            self._turn = None
            reason = f"no answer to {turn.request.op} within {self._settings.turn_timeout_s:g} s"
            self._open = False
            return [Ended(turn.request, Outcome.TIMED_OUT, text=reason), Drop(PeerSilent(reason))]
        told: list[Happening] = []
        for job in [job for job in self._awaited if now.mono_ns >= job.deadline_ns]:
            self._awaited.remove(job)
            late = f"the answer to {job.request.op} did not end in time"
            told += self._ended(job, Ended(job.request, Outcome.TIMED_OUT, text=late), now)
        return [*told, *self._pump(now)]

    # --- the end ------------------------------------------------------------------------------

    def front_lost(self, reason: str) -> list[Happening]:
        """The counter is gone, the gateway is not: what is awaited is lost, what waits is not sent."""
        return [*self._end_awaited(reason), *self._end_waiting(reason)]

    def unsent(self, order: str) -> list[Happening]:
        """No byte of the frame with this order left."""
        job = self._turn
        if job is None or job.request.order != order:
            return []
        self._turn = None
        return [Ended(job.request, Outcome.NOT_SENT, text="the connection ended first")]

    def lost(self, reason: str) -> list[Happening]:
        """The connection is gone."""
        self._open = False
        job, self._turn = self._turn, None
        under = [] if job is None else [Ended(job.request, Outcome.LOST, text=reason)]
        told = [*under, *self._end_awaited(reason), *self._end_waiting(reason)]
        self._query_from_ns = self._last_req_id = 0
        return told

    def _end_awaited(self, reason: str) -> list[Happening]:
        awaited, self._awaited = self._awaited, []
        return [Ended(job.request, Outcome.LOST, req_id=job.req_id, text=reason) for job in awaited]

    def _end_waiting(self, reason: str) -> list[Happening]:
        told: list[Happening] = []
        for line in self._waiting.values():
            told += [Ended(job.request, Outcome.NOT_SENT, text=reason) for job in line]
            line.clear()
        return told


_WHY: Final[Mapping[int, str]] = {
    NOT_CONNECTED: "the gateway is not connected to the front",
    TOO_MANY_UNANSWERED: "too many requests without an answer",
    TOO_MANY_A_SECOND: "too many requests in this second",
}


def _code_of(message: Message) -> int:
    """0 when the counter's library took it; the older document has the code in `info`."""
    if "code" in message.err:
        return message.error_code
    code = message.info.get("code", 0)
    return code if type(code) is int else malformed("info.code", "a whole number")
