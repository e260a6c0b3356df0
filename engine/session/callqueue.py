"""HTTP calls that wait for their turn: bounded, paced per budget, cancels first, never sent late.

Pure: calls and times go in, calls that may go out now come out, and those that may not go at all with
the reason. A call that is dropped here was provably not sent.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from engine.errors import InvariantViolation, LocalProtocolError
from engine.session.contract import CallKind, HttpCall
from engine.session.declaration import Budget
from engine.session.pacing import Pacer
from engine.watermark import Watermark

CALLS_QUEUED_MAX = 64
"""Calls waiting per budget and kind: more would wait longer than an order's expiry anyway."""

_RANK = (CallKind.CANCEL, CallKind.ORDER, CallKind.QUERY, CallKind.LOOKUP)


class CallQueue:
    """Waiting calls of one venue session. Times are monotonic nanoseconds."""

    def __init__(self, budgets: Iterable[Budget], *, queued_max: int = CALLS_QUEUED_MAX) -> None:
        limits: dict[str, list[tuple[int, float]]] = {"": []}
        within: dict[str, set[str]] = {}
        for budget in budgets:
            limits.setdefault(budget.name, []).append((budget.count, budget.window_s))
            within.setdefault(budget.name, set()).update({budget.within} - {""})
        self._pacers: Mapping[str, Pacer] = {name: Pacer(given) for name, given in limits.items()}
        self._counted: Mapping[str, tuple[Pacer, ...]] = {
            name: tuple(self._pacers[each] for each in (name, *_outer(name, within)))
            for name in limits
        }
        self._waiting: Mapping[tuple[CallKind, str], deque[HttpCall]] = {
            (kind, name): deque() for kind in _RANK for name in limits
        }
        self._queued_max = queued_max
        self.longest = Watermark(queued_max)
        """Of all kinds and budgets the longest queue there was."""

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, call: HttpCall) -> str:
        """Queue a call; answers why it is refused, or "" when it waits now.

        Raises:
            LocalProtocolError: the call names a budget that its venue does not declare.
        """
        waiting = self._waiting.get((call.kind, call.budget))
        if waiting is None:
            raise LocalProtocolError(f"unknown rate budget {call.budget!r}: declare it in VENUE")
        if len(waiting) >= self._queued_max:
            return f"{len(waiting)} calls wait already for the budget {call.budget!r}"
        waiting.append(call)
        self.longest.note(len(waiting))
        return ""

    def expired(self, now_ns: int) -> list[HttpCall]:
        """Remove and return the calls whose time has passed while they waited."""
        late: list[HttpCall] = []
        for waiting in self._waiting.values():
            gone = [call for call in waiting if _is_late(call, now_ns)]
            for call in gone:
                waiting.remove(call)
            late += gone
        return late

    def next(self, now_ns: int, kinds: Collection[CallKind]) -> HttpCall | None:
        """Take the next call of these kinds that may be sent now: the most urgent kind first."""
        for (kind, name), waiting in self._waiting.items():
            if waiting and kind in kinds and self._delay_s(name, kind, now_ns) == 0.0:
                for pacer in self._counted[name]:
                    pacer.permit(now_ns / 1e9, kind)
                return waiting.popleft()
        return None

    def _delay_s(self, name: str, kind: CallKind, now_ns: int) -> float:
        return max(pacer.delay(now_ns / 1e9, kind) for pacer in self._counted[name])

    def wake_ns(self, now_ns: int, kinds: Collection[CallKind]) -> int | None:
        """When to look again, if nothing else happens: a permit comes free or a call expires."""
        moments: list[float] = []
        for (kind, name), waiting in self._waiting.items():
            if waiting and kind in kinds:
                # A microsecond more than the pacer says: rounding must not wake us too early.
                moments.append(now_ns + self._delay_s(name, kind, now_ns) * 1e9 + 1000)
            moments += [call.expires_mono_ns for call in waiting if call.expires_mono_ns]
        return int(min(moments)) if moments else None

    def block(self, budget: str, for_s: float, now_ns: int) -> None:
        """The venue said to stay away: nothing of this budget for so long, cancels included."""
        self._pacers[budget].block(now_ns / 1e9, for_s)

    def withdraw(self, call_id: int) -> HttpCall | None:
        """Remove and return one waiting call; None when it does not wait here."""
        for waiting in self._waiting.values():
            for call in waiting:
                if call.call_id == call_id:
                    waiting.remove(call)
                    return call
        return None

    def clear(self) -> list[HttpCall]:
        """Remove and return everything that waits."""
        calls = [call for waiting in self._waiting.values() for call in waiting]
        for waiting in self._waiting.values():
            waiting.clear()
        return calls

    def used(self, now_ns: int) -> dict[str, float]:
        """How full each budget is, 0 to 1, for gauges."""
        return {name: pacer.used(now_ns / 1e9) for name, pacer in self._pacers.items() if name}


def _outer(name: str, within: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The budgets against which this one's calls count as well; one level, so that none is a circle."""
    found = tuple(sorted(within.get(name, ())))
    for each in found:
        if each not in within or within[each]:
            raise InvariantViolation(
                f"budget {name!r} is within {each!r}, which is none of its own"
            )
    return found


def _is_late(call: HttpCall, now_ns: int) -> bool:
    return bool(call.expires_mono_ns) and now_ns >= call.expires_mono_ns
