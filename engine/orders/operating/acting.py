"""How a verb is carried out: found out first, then done once, and written down.

A request carries an id. One that comes again, because its answer was lost, is answered again and not
done again, also by another boot of the router: the journal knows it.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

import attrs

from engine.errors import JournalError
from engine.messages.operator import OperatorRequest
from engine.orders.kernel import Kernel
from engine.orders.operating.arguments import Arguments, Refused, flag_of
from engine.orders.plausible import NAME_CHARS_MAX, TEXT_CHARS_MAX
from engine.orders.records import OUTCOME_CHARS_MAX, OperatorAct

DRY_RUN = "dry_run"


@attrs.frozen(kw_only=True)
class Act:
    """Who does something, under which request, and why."""

    request_id: str
    by: str
    reason: str


@attrs.frozen
class Plan:
    """What a verb would do.

    Attributes:
        shown: for the person who asked, in plain values.
        carry_out: does it and says what came of it; called at most once.
    """

    shown: Mapping[str, object]
    carry_out: Callable[[Act], object]


REASONS = {"cancel-all": "by hand"}
"""Reasons of verbs that must not wait for one."""

Planner = Callable[[Arguments], Plan]
"""Finds out what a verb would do, changing nothing; raises Refused."""


class Acting:
    """Carries verbs out."""

    def __init__(self, kernel: Kernel, planners: Mapping[str, Planner]) -> None:
        self._k = kernel
        self._planners = planners

    @property
    def verbs(self) -> list[str]:
        """What can be done."""
        return list(self._planners)

    def answer(self, request: OperatorRequest, arguments: Arguments, role: str) -> object:
        """Do it, or with the argument `dry_run` only say what would be done."""
        planner = self._planners[request.verb]
        if flag_of(arguments, DRY_RUN):
            return {DRY_RUN: True, "verb": request.verb, "would": planner(arguments).shown}
        known = self._k.book.acts.get(request.request_id)
        if known is not None:
            return self._again(known, request)
        reason = request.reason.strip() or REASONS.get(request.verb, "")
        if not reason:
            raise Refused(f"say why (--reason): {request.verb} goes into the journal")
        if len(request.request_id) > NAME_CHARS_MAX:
            raise Refused(f"a request id has at most {NAME_CHARS_MAX} characters")
        act = Act(request_id=request.request_id, by=role, reason=reason[:TEXT_CHARS_MAX])
        answer = planner(arguments).carry_out(act)
        self._note(act, request, answer)
        return answer

    def _again(self, known: OperatorAct, request: OperatorRequest) -> object:
        if (known.verb, known.arguments) != (request.verb, _cut(request.arguments)):
            raise Refused(f"request {request.request_id} was {known.verb} {known.arguments}")
        self._k.counters["repeated_request"] += 1
        return json.loads(known.outcome)

    def _note(self, act: Act, request: OperatorRequest, answer: object) -> None:
        """Write it down; what was done stays done when that is not possible."""
        outcome = json.dumps(answer)
        if len(outcome) > OUTCOME_CHARS_MAX:
            outcome = json.dumps({"done": True, "answer": "too long to be kept"})
        record = OperatorAct(
            request_id=act.request_id,
            role=act.by,
            verb=request.verb,
            arguments=_cut(request.arguments),
            reason=act.reason,
            outcome=outcome,
            ts_ns=self._k.now.wall_ns,
        )
        with suppress(JournalError):
            self._k.record(record)


def _cut(text: str) -> str:
    return text[:OUTCOME_CHARS_MAX]
