"""The trade side's HTTP dialect: which routes there are, what they count against, what an answer means.

A call is made once by the driver; what it answers is read here into an `Answer`, which never raises: an
answer that cannot be read is an answer with unknown outcome, and only the caller knows what that means
for its request.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from actors.venues.longbridge.calls import Calls, read_envelope
from actors.venues.longbridge.errors import Verdict, explain, judge
from actors.venues.longbridge.settings import Settings
from engine.session.contract import CallFailure, CallKind, HttpCall, HttpResponse, Now
from engine.session.values import shorten

STAMPS_MAX: Final = 512
"""Requests remembered with the second they carry; far more than the rate limits allow in one."""

Query = Iterable[tuple[str, str]]


class Path(StrEnum):
    """The routes we use."""

    ORDER = "/v1/trade/order"
    TODAY_ORDERS = "/v1/trade/order/today"
    ORDER_HISTORY = "/v1/trade/order/history"
    TODAY_EXECUTIONS = "/v1/trade/execution/today"
    EXECUTION_HISTORY = "/v1/trade/execution/history"
    BALANCES = "/v1/asset/account"
    POSITIONS = "/v1/asset/stock"
    MARGIN_RATIO = "/v1/risk/margin-ratio"
    MAX_QUANTITY = "/v1/trade/estimate/buy_limit"
    ORDER_INFO = "/v1/orders/info"


BUDGETS: Final[Mapping[tuple[str, Path], str]] = {
    ("POST", Path.ORDER): "submit",
    ("PUT", Path.ORDER): "replace",
    ("DELETE", Path.ORDER): "cancel",
    ("GET", Path.ORDER): "order",
    ("GET", Path.TODAY_ORDERS): "today_orders",
    ("GET", Path.ORDER_HISTORY): "order_history",
    ("GET", Path.TODAY_EXECUTIONS): "today_executions",
    ("GET", Path.EXECUTION_HISTORY): "execution_history",
    ("GET", Path.BALANCES): "balances",
    ("GET", Path.POSITIONS): "positions",
    ("GET", Path.MARGIN_RATIO): "margin_ratio",
    ("GET", Path.MAX_QUANTITY): "max_quantity",
    ("GET", Path.ORDER_INFO): "order_info",
}
"""The rate budget of each interface; counts stand in `capabilities.BUDGETS`."""


class Fate(StrEnum):
    """How far a call came."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    LOST = "lost"


@attrs.frozen(kw_only=True)
class Answer:
    """What became of a call.

    Attributes:
        fate: whether there is an answer at all.
        verdict: what it means; UNKNOWN for a lost call, REFUSED for one that was not sent.
        status: HTTP status, 0 without an answer.
        code: the venue's code, None where it could not be read.
        text: why, for logs and reports; the venue's own words where there are any.
        data: the payload of a success.
    """

    fate: Fate
    verdict: Verdict
    status: int = 0
    code: int | None = None
    text: str = ""
    data: Any = None

    @property
    def ok(self) -> bool:
        """Success."""
        return self.verdict is Verdict.OK

    @property
    def code_text(self) -> str:
        """The code for reports: the venue's, else the HTTP status, else what happened to the call."""
        if self.code is not None:
            return str(self.code)
        return f"http-{self.status}" if self.status else str(self.fate)

    @property
    def words(self) -> str:
        """Code and text."""
        return f"{self.code_text} {self.text}"


def read_answer(response: HttpResponse) -> Answer:
    """The meaning of a response; never raises."""
    envelope = read_envelope(response)
    verdict = judge(envelope.status, envelope.code)
    said = envelope.text
    if ours := explain(envelope.code) if verdict is not Verdict.OK else "":
        said = f"{said} ({ours})"
    if envelope.trace_id and verdict is not Verdict.OK:
        said = f"{said} [trace {envelope.trace_id}]"
    return Answer(
        fate=Fate.ANSWERED,
        verdict=verdict,
        status=envelope.status,
        code=envelope.code,
        text=said,
        data=envelope.data,
    )


def read_failure(failure: CallFailure) -> Answer:
    """A call without an answer: known to be not sent, or lost."""
    text = shorten(failure.reason)
    if failure.not_sent:
        return Answer(fate=Fate.NOT_SENT, verdict=Verdict.REFUSED, text=text)
    return Answer(fate=Fate.LOST, verdict=Verdict.UNKNOWN, text=text)


class Rest:
    """Builds the calls of the trade side. No two of them are equal to the venue.

    The venue refuses a request that it has seen with the same timestamp (403202), and timestamps are
    whole seconds: a request that repeats another one within its second carries the next second.

    Args:
        settings: how long answers are waited for.
        calls: signs and numbers.
    """

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings = settings
        self._calls = calls
        self._stamps: OrderedDict[tuple[str, str, tuple[tuple[str, str], ...], bytes], int]
        self._stamps = OrderedDict()

    def get(
        self, path: Path, now: Now, query: Query = (), *, kind: CallKind = CallKind.QUERY
    ) -> HttpCall:
        """A query. Look-ups of single orders say so and give way to the others."""
        return self._make("GET", path, now, query=query, kind=kind)

    def submit(self, body: Mapping[str, object], now: Now, order: str, expires: int) -> HttpCall:
        """A new order."""
        return self._make("POST", Path.ORDER, now, body=body, order=order, expires=expires)

    def replace(self, body: Mapping[str, object], now: Now, order: str, expires: int) -> HttpCall:
        """A change of an order."""
        return self._make("PUT", Path.ORDER, now, body=body, order=order, expires=expires)

    def cancel(self, venue_order_id: str, now: Now, order: str = "", expires: int = 0) -> HttpCall:
        """The cancel of an order; it is named in the query."""
        query = (("order_id", venue_order_id),)
        kind = CallKind.CANCEL
        return self._make(
            "DELETE", Path.ORDER, now, query=query, kind=kind, order=order, expires=expires
        )

    def _make(
        self,
        method: str,
        path: Path,
        now: Now,
        *,
        query: Query = (),
        body: Mapping[str, object] | None = None,
        kind: CallKind = CallKind.ORDER,
        order: str = "",
        expires: int = 0,
    ) -> HttpCall:
        raw = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        given = tuple(query)
        settings, query_only = self._settings, method == "GET"
        limit_s = settings.query_timeout_s if query_only else settings.order_timeout_s
        return self._calls.make(
            method,
            str(path),
            self._stamped((method, str(path), given, raw), now),
            query=given,
            body=raw,
            kind=kind,
            budget=BUDGETS[(method, path)],
            timeout_s=limit_s,
            order=order,
            expires_mono_ns=expires,
        )

    def _stamped(
        self, request: tuple[str, str, tuple[tuple[str, str], ...], bytes], now: Now
    ) -> Now:
        """The time that this request carries: its second is none that an equal one has carried."""
        second = now.wall_ns // 1_000_000_000
        used = self._stamps.pop(request, None)
        if used is not None and second <= used:
            second = used + 1
            now = attrs.evolve(now, wall_ns=second * 1_000_000_000)
        self._stamps[request] = second
        if len(self._stamps) > STAMPS_MAX:
            self._stamps.popitem(last=False)
        return now
