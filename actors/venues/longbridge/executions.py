"""Asking for the trades of orders whose pushes claim more than was told.

A push says how much was filled in all and tells no trade, so each one that claims more leads to the
question for today's executions: of the one order, or of all when several wait, and never two at a time,
so that a burst of fills costs one question and not a hundred. The venue may know a push before the
trade: what is missing is asked for again with growing pauses, then in the history, then left to the
router's reconciliation.
"""

from typing import Final

import attrs

from actors.venues.longbridge.following import Followed, Following
from actors.venues.longbridge.records import executions_in
from actors.venues.longbridge.rest import Answer, Path, Rest
from engine.errors import LimitExceeded, RemoteProtocolError
from engine.session.contract import HttpCall, Note, Now
from engine.session.jobs import Job, Jobs

PAUSE_S: Final = 0.2
"""First pause before asking again; doubles."""
TRIES_MAX: Final = 6
"""Questions for the trades of one claim: about six seconds in all."""
HISTORY_FROM_TRY: Final = 4
"""From this one on the history is asked: the day may have changed at the venue."""
HISTORY_S: Final = 2 * 86_400
WANTED_MAX: Final = 1_000
"""Orders whose trades are asked for; of more the reconciliation tells."""


@attrs.define
class _Wanted:
    due_ns: int
    tries: int = 0


class Executions:
    """The questions for executions of one session.

    Args:
        rest: builds the calls.
        jobs: runs them.
        following: knows who owes fills, and takes them.
    """

    def __init__(self, rest: Rest, jobs: Jobs[Answer], following: Following) -> None:
        self._rest = rest
        self._jobs = jobs
        self._following = following
        self._wanted: dict[str, _Wanted] = {}
        self._asking = False

    def want(self, order: Followed | None, now: Now) -> None:
        """Ask for this order's trades, if it owes any. A new claim begins the tries anew."""
        if order is None or not order.owes_fills:
            return
        if order.venue_order_id in self._wanted or len(self._wanted) < WANTED_MAX:
            self._wanted[order.venue_order_id] = _Wanted(now.mono_ns)

    def deadline(self) -> int | None:
        """When to ask next; the end of a question that is under way comes by itself."""
        if self._asking:
            return None
        return min((wanted.due_ns for wanted in self._wanted.values()), default=None)

    def due(self, now: Now) -> list[object]:
        """Ask, if it is time and no question is under way."""
        if self._asking:
            return []
        for name in [n for n in self._wanted if not self._owes(n)]:
            del self._wanted[name]
        names = [name for name, each in self._wanted.items() if now.mono_ns >= each.due_ns]
        if not names:
            return []
        self._asking = True
        try:
            _, effects = self._jobs.start(self._ask(names, now), now)
        except LimitExceeded as error:
            self._asking = False
            return [*self._again(names, now), Note("trades_not_asked", str(error), alert=True)]
        return effects

    def _ask(self, names: list[str], now: Now) -> Job:
        try:
            asked = {name: self._wanted[name] for name in names}
            (answer,), now = yield (self._call(names, now),)
        finally:
            self._asking = False
        effects: list[object] = []
        if answer.ok:
            try:
                effects += self._following.traded(executions_in(answer.data))
            except RemoteProtocolError as error:
                effects.append(Note("executions_unreadable", str(error), alert=True))
        # What was claimed meanwhile is another question.
        same = [name for name in names if self._wanted.get(name) is asked[name]]
        return [*effects, *self._again(same, now)]

    def _call(self, names: list[str], now: Now) -> HttpCall:
        late = any(self._wanted[name].tries >= HISTORY_FROM_TRY for name in names)
        if late:
            end_s = now.wall_ns // 1_000_000_000
            span = (("start_at", str(end_s - HISTORY_S)), ("end_at", str(end_s + 60)))
            return self._rest.get(Path.EXECUTION_HISTORY, now, span)
        query = (("order_id", names[0]),) if len(names) == 1 else ()
        return self._rest.get(Path.TODAY_EXECUTIONS, now, query)

    def _again(self, names: list[str], now: Now) -> list[object]:
        """Plan the next question for those that still owe, and give up on the patient ones."""
        effects: list[object] = []
        for name in names:
            wanted = self._wanted[name]
            wanted.tries += 1
            wanted.due_ns = now.mono_ns + int(PAUSE_S * 2**wanted.tries * 1e9)
            if not self._owes(name):
                del self._wanted[name]
            elif wanted.tries >= TRIES_MAX:
                del self._wanted[name]
                effects += self._given_up(name)
        return effects

    def _given_up(self, name: str) -> list[object]:
        order = self._following.get(name)
        if order is None or order.seen is None:
            return []
        detail = f"order {name}: {order.seen.executed} executed, trades of {order.filled} shown"
        return [
            Note("executions_missing", detail, alert=True),
            *self._following.released(order),
        ]

    def _owes(self, name: str) -> bool:
        order = self._following.get(name)
        return order is not None and order.owes_fills
