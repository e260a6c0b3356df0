"""Finding out what became of one order: by its id, or by our id in the remarks of the account's orders.

The venue knows no client order ids, so an order of which only ours is known is looked for by its remark
among today's orders, and in the history of the last days for the change of the day. Nothing found is no
news: absence in these queries is not evidence that an order never arrived.
"""

from collections.abc import Callable, Generator
from typing import Any, Final

from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.fields import rows
from actors.venues.longbridge.records import Seen, seen_in_row
from actors.venues.longbridge.rest import Answer, Fate, Path, Rest
from engine.errors import LimitExceeded, RemoteProtocolError
from engine.session.contract import CallKind, HttpCall, Note, Now
from engine.session.jobs import Job, Jobs, Reply, Step
from engine.session.values import Object, obj

HISTORY_S: Final = 3 * 86_400
"""How far back an order is looked for: over a weekend's change of the day."""
LOOKUPS_MAX: Final = 4
"""At once, one call each: fewer than the driver's connections, so that orders always find one."""
JOINED_MAX: Final = 16
"""Who else may wait for the answer of one look-up."""

Asking = Generator[Step, Reply[Answer], tuple[Seen | None, Now]]
Found = Callable[[Seen | None, Now], list[object]]
"""What follows from the order that was found, or from finding none."""


def find(rest: Rest, symbol: str, client_order_id: str, venue_order_id: str, now: Now) -> Asking:
    """The order, None when it was not found or the venue cannot be asked now; and the time then.

    Raises:
        RemoteProtocolError: the venue's answer cannot be read.
    """
    for make, single in _ways(rest, symbol, venue_order_id):
        (answer,), now = yield (make(now),)
        if answer.ok:
            seen = _among(_listed(answer.data, single=single), client_order_id, venue_order_id)
            if seen is not None:
                return seen, now
        elif answer.fate is Fate.NOT_SENT or answer.verdict not in (Verdict.REFUSED, Verdict.OURS):
            return None, now  # whoever waits for the answer asks again
    return None, now


def _ways(
    rest: Rest, symbol: str, venue_order_id: str
) -> Generator[tuple[Callable[[Now], HttpCall], bool], None, None]:
    """One question after the other, quickest first."""
    kind = CallKind.LOOKUP
    if venue_order_id:
        named = (("order_id", venue_order_id),)
        yield lambda now: rest.get(Path.ORDER, now, named, kind=kind), True
    of_symbol = (("symbol", symbol),) if symbol else ()
    yield lambda now: rest.get(Path.TODAY_ORDERS, now, of_symbol, kind=kind), False

    def history(now: Now) -> HttpCall:
        end_s = now.wall_ns // 1_000_000_000
        span = (("start_at", str(end_s - HISTORY_S)), ("end_at", str(end_s + 60)))
        return rest.get(Path.ORDER_HISTORY, now, (*of_symbol, *span), kind=kind)

    yield history, False


def _listed(data: Any, *, single: bool) -> list[Object]:
    return [obj(data, "an order")] if single else rows(obj(data, "orders").get("orders"), "orders")


def _among(listed: list[Object], client_order_id: str, venue_order_id: str) -> Seen | None:
    for row in listed:
        seen = seen_in_row(row)
        if venue_order_id and seen.venue_order_id == venue_order_id:
            return seen
        if not venue_order_id and client_order_id and seen.client_order_id == client_order_id:
            return seen
    return None


class Lookups:
    """The look-ups under way: one per order, a few at once. What finds no room is asked again.

    Args:
        rest: builds the calls.
        jobs: runs them.
    """

    def __init__(self, rest: Rest, jobs: Jobs[Answer]) -> None:
        self._rest = rest
        self._jobs = jobs
        self._running: dict[str, list[Found]] = {}

    @property
    def are_full(self) -> bool:
        """Whether another one must wait."""
        return len(self._running) >= LOOKUPS_MAX

    def has(self, client_order_id: str) -> bool:
        """Whether this order is being looked up."""
        return client_order_id in self._running

    def joined(self, client_order_id: str, then: Found) -> bool:
        """Whether the order is being looked up, and `then` follows from what that finds."""
        waiting = self._running.get(client_order_id)
        if waiting is None or len(waiting) >= JOINED_MAX:
            return False
        waiting.append(then)
        return True

    def start(
        self, symbol: str, client_order_id: str, venue_order_id: str, now: Now, then: Found
    ) -> list[object]:
        """Look an order up, unless that is under way: its news serve all who ask.

        `then` follows in any case but that one, with None where nothing could be found out.
        """
        key = client_order_id or venue_order_id
        if key in self._running:
            return []
        if self.are_full:
            why = f"{key}: {LOOKUPS_MAX} are looked up already"
            return [Note("order_not_looked_up", why), *then(None, now)]
        self._running[key] = [then]
        job = self._job(symbol, client_order_id, venue_order_id, now)
        try:
            _, effects = self._jobs.start(job, now)
        except LimitExceeded as error:
            del self._running[key]
            return [Note("order_not_looked_up", str(error), alert=True), *then(None, now)]
        return effects

    def _job(self, symbol: str, client_order_id: str, venue_order_id: str, now: Now) -> Job:
        effects: list[object] = []
        seen: Seen | None = None
        try:
            seen, now = yield from find(self._rest, symbol, client_order_id, venue_order_id, now)
        except RemoteProtocolError as error:
            effects.append(Note("order_lookup_unreadable", str(error), alert=True))
        finally:
            waiting = self._running.pop(client_order_id or venue_order_id, [])
        for then in waiting:
            effects += then(seen, now)
        return effects
