"""The reconciliation that a trade session has under way: one at most, and not longer than its limit.

How everything is read is a job of the venue's package. Here stands when that job begins, and that its
request gets an answer whatever ends it.
"""

from typing import Generic

from engine.messages.venue import ReconcileRequest
from engine.session.contract import Now
from engine.session.findings import failed_part
from engine.session.jobs import AnswerT, Job, Jobs, Running


class Reconciling(Generic[AnswerT]):
    """The one reconciliation under way.

    Args:
        jobs: of the session; runs it.
        limit_s: the longest time for the whole.
    """

    def __init__(self, jobs: Jobs[AnswerT], limit_s: float) -> None:
        self._jobs = jobs
        self._limit_s = limit_s
        self._under_way: tuple[ReconcileRequest, Running[AnswerT]] | None = None
        self._end_ns = 0

    def begin(self, request: ReconcileRequest, job: Job, now: Now) -> list[object]:
        """Run the job up to its first calls; one still under way has to be ended before.

        Raises:
            LimitExceeded: too many jobs are under way.
        """
        running, effects = self._jobs.start(job, now)
        self._under_way = (request, running)
        self._end_ns = now.mono_ns + int(self._limit_s * 1e9)
        return effects

    def end(self, why: str) -> list[object]:
        """Give it up: its request is answered with why. Nothing when none is under way."""
        if self._under_way is None:
            return []
        request, running = self._under_way
        self._under_way = None
        if not self._jobs.running(running):
            return []
        self._jobs.stop(running)
        return [failed_part(request, why)]

    def deadline(self) -> int | None:
        """When it has taken too long."""
        if self._under_way is not None and not self._jobs.running(self._under_way[1]):
            self._under_way = None
        return None if self._under_way is None else self._end_ns

    def due(self, now: Now) -> list[object]:
        """Its failure, when it has taken too long."""
        end_ns = self.deadline()
        if end_ns is None or now.mono_ns < end_ns:
            return []
        return self.end(f"not complete within {self._limit_s:g} s")
