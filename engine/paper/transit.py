"""Requests on their way to the paper venue: each takes effect after its latency, in a fair order.

Requests for one order keep their order, so a cancel never overtakes what it cancels. A question, and
a cancel of everything, is answered after all that arrived before it took effect; what comes later
does not overtake it.
"""

import heapq
from itertools import count

from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.paper.rules import PaperRules

Request = SubmitOrder | CancelOrder | ReplaceOrder | QueryOrder | CancelAllOrders | ReconcileRequest

REQUESTS_MAX = 10_000
"""On their way at once; beyond, the oldest arrive early, because nothing may be lost here."""


class Transit:
    """A queue by time of effect (monotonic ns)."""

    def __init__(self, rules: PaperRules) -> None:
        self._rules = rules
        self._queue: list[tuple[int, int, Request]] = []
        self._numbers = count()
        self._last: dict[str, tuple[int, int]] = {}
        self._latest_ns = 0
        self._barrier_ns = 0

    def __len__(self) -> int:
        return len(self._queue)

    def send(self, request: Request, mono_ns: int) -> None:
        """A request arrives at `mono_ns`."""
        number = next(self._numbers)
        at_ns = max(mono_ns + self._rules.delay_ns(_key(request)), self._barrier_ns)
        if isinstance(request, CancelAllOrders | ReconcileRequest):
            at_ns = self._barrier_ns = max(at_ns, self._latest_ns)
        else:
            before_ns, _ = self._last.get(request.client_order_id, (0, 0))
            at_ns = max(at_ns, before_ns)
            self._last[request.client_order_id] = (at_ns, number)
        self._latest_ns = max(self._latest_ns, at_ns)
        heapq.heappush(self._queue, (at_ns, number, request))

    def deadline(self) -> int | None:
        """When the next request takes effect."""
        return self._queue[0][0] if self._queue else None

    def take(self, mono_ns: int) -> Request | None:
        """The next request that takes effect by `mono_ns`, if any."""
        queue = self._queue
        if not queue or (queue[0][0] > mono_ns and len(queue) <= REQUESTS_MAX):
            return None
        at_ns, number, request = heapq.heappop(queue)
        if isinstance(request, CancelAllOrders | ReconcileRequest):
            return request
        if self._last.get(request.client_order_id) == (at_ns, number):
            del self._last[request.client_order_id]
        return request


def _key(request: Request) -> str:
    """Names the request for the jitter."""
    match request:
        case SubmitOrder():
            return request.client_order_id
        case CancelAllOrders() | ReconcileRequest():
            return type(request).__name__
        case _:
            return f"{type(request).__name__}:{request.client_order_id}"
