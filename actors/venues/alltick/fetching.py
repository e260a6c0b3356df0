"""Queries over HTTP: which codes are still to be asked for where, one call per endpoint at a time.

How often an endpoint is asked is the driver's affair (`Venue.budgets`); here calls are made as large as
the plan allows, a refused list is halved until single codes are left, and an endpoint that was asked
too often rests.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.alltick.calls import Answer, Calls, Endpoint
from actors.venues.alltick.rets import Action
from actors.venues.alltick.settings import Settings
from engine.errors import LocalProtocolError
from engine.session.contract import Now

RETRY_S: Final = 60.0
"""After a failure an endpoint rests at least so long, unless it was a refused list."""


@attrs.frozen
class Job:
    """One call under way, or over."""

    endpoint: Endpoint
    codes: tuple[str, ...]


@attrs.define
class _Line:
    """One endpoint: what waits for it, what is under way, and until when it rests."""

    codes_max: int
    waiting: dict[str, int] = attrs.field(factory=dict)
    pieces: deque[tuple[str, ...]] = attrs.field(factory=deque)
    job: Job | None = None
    call_id: int = 0
    rest_ns: int = 0


class Fetcher:
    """All queries of one session.

    Each endpoint holds every code at most once, so the bound of what waits is the number of codes.
    """

    def __init__(self, settings: Settings, calls: Calls) -> None:
        plan = settings.bought
        self._calls = calls
        self._pause_ns = int(settings.pause_s * 1e9)
        self._lines = {endpoint: _Line(plan.codes_per_get) for endpoint in Endpoint}
        self._lines[Endpoint.KLINE].codes_max = 1
        self._lines[Endpoint.BATCH_KLINE].codes_max = plan.groups_per_batch

    def ask(self, endpoint: Endpoint, codes: Mapping[str, int]) -> None:
        """These codes are to be asked for, with so many bars; those that wait already once only."""
        self._lines[endpoint].waiting.update(codes)

    def drop(self, *endpoints: Endpoint) -> None:
        """What waits there is not wanted any more; calls under way go on."""
        for endpoint in endpoints:
            self._lines[endpoint].waiting.clear()
            self._lines[endpoint].pieces.clear()

    def busy(self, endpoint: Endpoint) -> bool:
        """Whether something waits or is under way there."""
        line = self._lines[endpoint]
        return bool(line.waiting or line.pieces or line.job)

    def holds(self, endpoint: Endpoint, code: str) -> bool:
        """Whether this code waits or is under way there."""
        line = self._lines[endpoint]
        return (
            code in line.waiting
            or (line.job is not None and code in line.job.codes)
            or any(code in piece for piece in line.pieces)
        )

    def pump(self, now: Now) -> list[object]:
        """The calls that may be made now."""
        effects: list[object] = []
        for endpoint, line in self._lines.items():
            if line.job is None and (line.waiting or line.pieces) and now.mono_ns >= line.rest_ns:
                effects.append(self._call(endpoint, line, now))
        return effects

    def _call(self, endpoint: Endpoint, line: _Line, now: Now) -> object:
        if line.pieces:
            codes, count = line.pieces.popleft(), 1
        else:
            codes = tuple(line.waiting)[: line.codes_max]
            count = max(line.waiting.pop(code) for code in codes)
        call = self._calls.of(endpoint, codes, count, now)
        line.job, line.call_id = Job(endpoint, codes), call.call_id
        return call

    def deadline(self) -> int | None:
        """When an endpoint with something to ask has rested enough."""
        return min(
            (
                line.rest_ns
                for line in self._lines.values()
                if line.job is None and (line.waiting or line.pieces)
            ),
            default=None,
        )

    def job_of(self, call_id: int) -> Job:
        """The job of a call under way. LocalProtocolError for a call that was never made."""
        for line in self._lines.values():
            if line.job is not None and line.call_id == call_id:
                return line.job
        raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def ended(self, call_id: int, answer: Answer, now: Now) -> tuple[Job, tuple[str, ...]]:
        """The job of a call that is over, and which of its codes are refused for good."""
        line = self._lines[self.job_of(call_id).endpoint]
        job, line.job = self.job_of(call_id), None
        if answer.ok:
            return job, ()
        if answer.action in (Action.CODES, Action.FEWER):
            if len(job.codes) == 1:
                return job, job.codes
            middle = len(job.codes) // 2
            line.pieces.extend((job.codes[:middle], job.codes[middle:]))
            return job, ()
        rest_ns = self._pause_ns if answer.action is Action.LATER else 0
        line.rest_ns = now.mono_ns + max(rest_ns, int(RETRY_S * 1e9) if not rest_ns else 0)
        return job, ()
