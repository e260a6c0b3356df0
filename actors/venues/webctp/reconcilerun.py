"""The reconciliation under way: one at most, fed with rows and ends, and never longer than its limit."""

from collections import deque
from collections.abc import Callable
from typing import Final

from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.reconcile import Asking, Pause, Step
from actors.venues.webctp.turns import Ended, Request, Row
from engine.messages.venue import ReconcileRequest
from engine.session.contract import Now
from engine.session.findings import failed_part

ROWS_MAX: Final = 5_000
"""Rows of one answer that are kept; those of orders are folded as they come."""


class Reconciliation:
    """Runs one job at a time.

    Args:
        gateway: is asked.
        limit_s: the longest time for the whole.
    """

    def __init__(self, gateway: Gateway, limit_s: float) -> None:
        self._gateway = gateway
        self._limit_s = limit_s
        self._request: ReconcileRequest | None = None
        self._job: Asking | None = None
        self._waits: Request | None = None
        self._resume_ns: int | None = None
        self._end_ns = 0
        self._rows: deque[Row] = deque(maxlen=ROWS_MAX)

    def begin(self, request: ReconcileRequest, job: Asking, now: Now) -> list[object]:
        """Run the job up to its first step; one still under way has to be ended before."""
        self._request, self._job = request, job
        self._end_ns = now.mono_ns + int(self._limit_s * 1e9)
        return self._take(next, now)

    def end(self, why: str) -> list[object]:
        """Give it up: its request is answered with why. Nothing when none is under way."""
        request, job = self._request, self._job
        self._forget()
        if request is None or job is None:
            return []
        job.close()
        return [failed_part(request, why)]

    def mine(self, tag: object) -> bool:
        """Whether it waits for this request."""
        return self._waits is not None and tag is self._waits.tag

    def row(self, row: Row) -> None:
        """A row of the answer that it waits for."""
        self._rows.append(row)

    def ended(self, end: Ended, now: Now) -> list[object]:
        """The request that it waits for is over."""
        rows = tuple(self._rows)
        return self._take(lambda job: job.send((rows, end, now)), now)

    def deadline(self) -> int | None:
        """When its pause ends, or it has taken too long."""
        if self._job is None:
            return None
        return self._end_ns if self._resume_ns is None else min(self._end_ns, self._resume_ns)

    def due(self, now: Now) -> list[object]:
        """Go on after a pause, or fail when it has taken too long."""
        if self._job is None:
            return []
        if now.mono_ns >= self._end_ns:
            return self.end(f"not complete within {self._limit_s:g} s")
        if self._resume_ns is None or now.mono_ns < self._resume_ns:
            return []
        return self._take(lambda job: job.send(((), None, now)), now)

    def _take(self, advance: Callable[[Asking], Step], now: Now) -> list[object]:
        job = self._job
        assert job is not None  # noqa: S101 - only called with one
        self._waits, self._resume_ns = None, None
        self._rows.clear()
        try:
            step = advance(job)
        except StopIteration as end:
            self._forget()
            return list(end.value)
        if isinstance(step, Pause):
            self._resume_ns = now.mono_ns + max(1, int(step.seconds * 1e9))
            return []
        self._waits = step
        return self._gateway.ask(step, now)

    def _forget(self) -> None:
        self._request = self._job = self._waits = self._resume_ns = None
        self._rows.clear()
