"""Work that takes several REST calls, written as generators and driven here without I/O.

A job yields a tuple of calls and is sent the tuple of their answers, or yields `Pause` and is resumed
after it; what it returns are effects. So a reconciliation reads from top to bottom like a blocking
program and is still a pure object that a test can answer by hand.
"""

from collections.abc import Generator
from typing import Any, Final, Generic, TypeVar

import attrs

from engine.errors import LimitExceeded
from engine.session.contract import HttpCall, Now

JOBS_MAX: Final = 256
"""Jobs at once. Look-ups are the only numerous ones, and the router asks again for what it lacks."""


@attrs.frozen
class Pause:
    """Go on after so many seconds."""

    seconds: float


Step = tuple[HttpCall, ...] | Pause
Job = Generator[Step, Any, list[object]]
"""Is sent `(answers, now)` for calls and `((), now)` after a pause; returns effects."""

AnswerT = TypeVar("AnswerT")
"""What the venue's package reads an answer into."""

Reply = tuple[tuple[AnswerT, ...], Now]


@attrs.define(eq=False)
class Running(Generic[AnswerT]):
    """A job under way."""

    job: Job
    waiting: dict[int, AnswerT | None] = attrs.field(factory=dict)
    due_ns: int | None = None


class Jobs(Generic[AnswerT]):
    """All jobs of one session."""

    def __init__(self) -> None:
        self._running: list[Running[AnswerT]] = []
        self._by_call: dict[int, Running[AnswerT]] = {}

    def start(self, job: Job, now: Now) -> tuple[Running[AnswerT], list[object]]:
        """Run a job up to its first calls. Raises LimitExceeded when there are too many."""
        if len(self._running) >= JOBS_MAX:
            raise LimitExceeded(f"{JOBS_MAX} queries are under way already")
        running: Running[AnswerT] = Running(job)
        self._running.append(running)
        return running, self._advance(running, None, now)

    def mine(self, call_id: int) -> bool:
        """Whether a job waits for this call."""
        return call_id in self._by_call

    def answered(self, call_id: int, answer: AnswerT, now: Now) -> list[object]:
        """One call came to an end; the job goes on when all of its step did."""
        running = self._by_call.pop(call_id)
        running.waiting[call_id] = answer
        answers = tuple(answer for answer in running.waiting.values() if answer is not None)
        if len(answers) < len(running.waiting):
            return []
        return self._advance(running, (answers, now), now)

    def running(self, running: Running[AnswerT]) -> bool:
        """Whether this job is still under way."""
        return running in self._running

    def stop(self, running: Running[AnswerT]) -> None:
        """End a job; answers to its calls are dropped when they come."""
        if running in self._running:
            running.job.close()
            self._running.remove(running)
            running.due_ns = None

    def deadline(self) -> int | None:
        """When the next pause ends."""
        times = (running.due_ns for running in self._running)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Go on with every job whose pause has ended."""
        effects: list[object] = []
        for running in list(self._running):
            if running.due_ns is not None and now.mono_ns >= running.due_ns:
                effects += self._advance(running, ((), now), now)
        return effects

    def _advance(
        self, running: Running[AnswerT], reply: Reply[AnswerT] | None, now: Now
    ) -> list[object]:
        if running not in self._running:
            return []
        running.due_ns = None
        try:
            given = next(running.job) if reply is None else running.job.send(reply)
        except StopIteration as end:
            self._running.remove(running)
            return list(end.value)
        if isinstance(given, Pause):
            running.due_ns = now.mono_ns + int(given.seconds * 1e9)
            return []
        running.waiting = {call.call_id: None for call in given}
        self._by_call.update((call.call_id, running) for call in given)
        return list(given)
