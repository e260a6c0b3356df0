"""The HTTP driver of a session: makes each call once and says what is known of its outcome.

No retries, no redirects, no proxies from the environment, no cookies, no compressed answers (a bomb
needs a decompressor), a bounded body, a bounded number of calls under way, and a queue paced by the
venue's declared budgets. Headers and bodies are never logged: they carry keys and signatures.

When is a call *provably not sent*? When it was dropped here before it was handed to the transport, or
while the transport was still connecting. The transport announces that it connects and, before the
first byte of a request, that it sends; only a failure between these two announcements counts. A call
on a connection that was kept open from an earlier call never counts: such a connection may be closed
by the venue at any moment, and a failure to write or to read does not tell whether the request was
read before. After the announcement everything is unknown, errors of writing included.

What is asked for after a cancel leaves after it. Calls go over connections of their own, and neither their
tasks nor their connections keep an order by themselves; so a call that is no cancel waits, for as long as
they may take, until the cancels handed over before it have begun to leave or have failed.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from math import inf
from typing import Protocol

import attrs
import trio

from engine.clock import Clock
from engine.errors import RemoteProtocolError
from engine.lean import without
from engine.session.address import address_of
from engine.session.callqueue import CALLS_QUEUED_MAX, CallQueue
from engine.session.contract import CallFailure, CallKind, HttpCall, HttpResponse
from engine.session.declaration import Budget
from engine.session.retryafter import retry_after_s
from engine.session.tls import verifying_context
from engine.watermark import Levels, Watermark

with without("click"):  # a command line
    import httpx

CLOSE_TIMEOUT_S = 0.5
"""Closing idle connections is a matter of milliseconds; the end of a session never waits for it."""

_STAY_AWAY = frozenset({418, 429})
_CONNECTING = "connection.connect_tcp.started"
_SENDING = "http11.send_request_headers.started"
_POINTS = {
    _SENDING: "before_send",
    "http11.send_request_body.started": "mid_frame",
    "http11.send_request_body.complete": "after_send",
}


@attrs.frozen(kw_only=True)
class HttpOptions:
    """Limits of the HTTP side of one session.

    Attributes:
        under_way_max: calls at the venue at one time, one connection each.
        cancels_under_way_min: how many of these only cancels may use.
        queued_max: calls waiting per budget and kind.
        body_bytes_max: longest answer; lists of instruments are the longest there are.
        keepalive_s: how long an unused connection is kept. Shorter than venues do (60 s and more),
            so that it is mostly we who close, and no request races with their close.
        pause_s: how long a budget rests after 429 or 418 that does not say.
        plain_allowed: permits `http://` to loopback.
        ssl_context: None for the system's authorities with verification.
        passing: told `before_send`, `mid_frame` and `after_send` of each order, for drills.
    """

    under_way_max: int = 16
    cancels_under_way_min: int = 4
    queued_max: int = CALLS_QUEUED_MAX
    body_bytes_max: int = 8 << 20
    keepalive_s: float = 45.0
    pause_s: float = 2.0
    plain_allowed: bool = False
    ssl_context: ssl.SSLContext | None = None
    passing: Callable[[str], None] | None = None


class CallHandler(Protocol):
    """Who is told how a call ended: exactly one of these for each call, from within `run`."""

    def call_answered(self, call_id: int, response: HttpResponse) -> None:
        """A complete answer, whatever its status."""
        ...

    def call_failed(self, call_id: int, failure: CallFailure) -> None:
        """No complete answer."""
        ...


class HttpDriver:
    """Carries out `HttpCall`s against one base URL.

    Raises ConfigError for a base URL that is not allowed.
    """

    def __init__(
        self,
        base_url: str,
        budgets: Iterable[Budget],
        *,
        clock: Clock,
        options: HttpOptions | None = None,
    ) -> None:
        self._options = options or HttpOptions()
        self._base_url = base_url.rstrip("/")
        address = address_of(base_url, plain_allowed=self._options.plain_allowed)
        self._host = address.host_header
        self._clock = clock
        self._queue = CallQueue(budgets, queued_max=self._options.queued_max)
        self._refused: list[tuple[HttpCall, str]] = []
        self._under_way = 0
        self._most_under_way = Watermark(self._options.under_way_max)
        self._closed_because = ""
        self._work = trio.Event()
        self._settled = trio.Event()
        self._leaving: dict[int, trio.Event] = {}
        """Cancels handed to the transport that have not begun to leave, by call id."""
        self._nursery: trio.Nursery | None = None
        self._handler: CallHandler | None = None
        self._transport = _transport(address.encrypted, self._options)

    def start(self, call: HttpCall) -> None:
        """Make this call as soon as its budget allows. Plain; the handler hears of it later."""
        reason = self._closed_because or self._queue.add(call)
        if reason:
            self._refused.append((call, reason))
        self._launch()
        if self._refused or len(self._queue):
            self._work.set()

    def withdraw(self, call_id: int) -> None:
        """Drop a call that still waits; its handler hears that it was not sent."""
        call = self._queue.withdraw(call_id)
        if call is not None:
            self._refused.append((call, "withdrawn before it was sent"))
            self._work.set()

    def close(self, reason: str) -> None:
        """Drop what waits and refuse what comes (both not sent); calls under way go on."""
        self._closed_because = reason
        self._refused += [(call, reason) for call in self._queue.clear()]
        self._work.set()

    def reopen(self) -> None:
        """Take calls again after `close`."""
        self._closed_because = ""

    async def wait_settled(self) -> None:
        """Wait until some call under way has ended."""
        self._settled = trio.Event()
        await self._settled.wait()

    @property
    def under_way(self) -> int:
        """Calls that the venue may be working on."""
        return self._under_way

    @property
    def busy(self) -> bool:
        """Whether calls wait for their turn or are under way."""
        return bool(self._under_way or len(self._queue))

    def gauges(self) -> Mapping[str, object]:
        """Calls under way and waiting, and how full each budget is."""
        return {
            "http_under_way": self._under_way,
            "http_waiting": len(self._queue),
            "http_budgets": self._queue.used(self._clock.monotonic_ns()),
        }

    def queues(self) -> Levels:
        """The longest queue of calls, and the most calls under way."""
        return {
            "http.waiting": self._queue.longest.level,
            "http.under_way": self._most_under_way.level,
        }

    async def run(self, handler: CallHandler) -> None:
        """Carry calls out until cancelled; calls under way then fail, and the handler is told."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery, self._handler = nursery, handler
                while True:
                    self._work = trio.Event()
                    self._drop(handler)
                    self._launch()
                    with trio.move_on_after(self._pause_s()):
                        await self._work.wait()
        finally:
            self._nursery = None
            self.close("the session has ended")
            self._drop(handler)
            with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSE_TIMEOUT_S):
                await self._transport.aclose()

    def _drop(self, handler: CallHandler) -> None:
        late = self._queue.expired(self._clock.monotonic_ns())
        dropped = self._refused + [(call, "expired while it waited for its turn") for call in late]
        self._refused = []
        for call, reason in dropped:
            handler.call_failed(call.call_id, CallFailure(not_sent=True, reason=reason))

    def _launch(self) -> None:
        """Hand to the transport what may go; needs `run`, which calls this first of all."""
        if self._nursery is None or self._handler is None:
            return
        while call := self._queue.next(self._clock.monotonic_ns(), self._kinds()):
            self._under_way += 1
            self._most_under_way.note(self._under_way)
            before = tuple(self._leaving.values())
            if call.kind is CallKind.CANCEL:
                self._leaving[call.call_id], before = trio.Event(), ()
            self._nursery.start_soon(self._perform, call, before, self._handler)

    def _kinds(self) -> Collection[CallKind]:
        """The kinds for which there is a free connection."""
        free = self._options.under_way_max - self._under_way
        if free > self._options.cancels_under_way_min:
            return frozenset(CallKind)
        return frozenset({CallKind.CANCEL}) if free else frozenset()

    def _pause_s(self) -> float:
        if self._refused:
            return 0.0
        now_ns = self._clock.monotonic_ns()
        wake_ns = self._queue.wake_ns(now_ns, self._kinds())
        return inf if wake_ns is None else max(0.0, (wake_ns - now_ns) / 1e9)

    def _left(self, call: HttpCall) -> None:
        """The call's first byte follows, or it has ended: what waits for it may go."""
        event = self._leaving.pop(call.call_id, None)
        if event is not None:
            event.set()

    async def _perform(
        self, call: HttpCall, before: tuple[trio.Event, ...], handler: CallHandler
    ) -> None:
        progress = _Progress(call, self._clock, self._options.passing, left=self._left)
        outcome: HttpResponse | CallFailure
        waited = False
        try:
            for cancel_left in before:
                await cancel_left.wait()
            waited = True
            outcome = await self._outcome(call, progress)
        except trio.Cancelled:
            self._under_way -= 1
            reason = "the session is stopping"
            stopped = (
                progress.failure(reason) if waited else CallFailure(not_sent=True, reason=reason)
            )
            handler.call_failed(call.call_id, stopped)
            raise
        finally:
            self._left(call)
        self._under_way -= 1
        self._work.set()
        self._settled.set()
        if isinstance(outcome, CallFailure):
            handler.call_failed(call.call_id, outcome)
        else:
            self._heed(call, outcome)
            handler.call_answered(call.call_id, outcome)

    async def _outcome(self, call: HttpCall, progress: "_Progress") -> HttpResponse | CallFailure:
        try:
            with trio.move_on_after(call.timeout_s) as scope:
                response = await self._exchange(call, progress, scope)
                if not progress.fault:
                    return response
            return progress.failure(
                progress.fault or f"no complete answer within {call.timeout_s:g} s"
            )
        except _TooLateError:
            return CallFailure(not_sent=True, reason="expired while connecting")
        except httpx.LocalProtocolError:
            # Its text shows the header that was refused, which may be a key.
            return progress.failure("the request is no legal HTTP")
        except (httpx.TransportError, RemoteProtocolError) as error:
            return progress.failure(f"{type(error).__name__}: {error}")

    async def _exchange(
        self, call: HttpCall, progress: "_Progress", scope: trio.CancelScope
    ) -> HttpResponse:
        request = httpx.Request(
            call.method,
            self._base_url + call.path,
            params=dict(call.query) or None,
            headers=_headers(call, self._host),
            stream=_Body(call.body),
            extensions={"trace": progress.trace},
        )
        response = await self._transport.handle_async_request(request)
        try:
            return HttpResponse(
                status=response.status_code,
                headers=dict(response.headers.items()),
                body=await self._body(response, progress, scope),
            )
        finally:
            await response.aclose()

    async def _body(
        self, response: httpx.Response, progress: "_Progress", scope: trio.CancelScope
    ) -> bytes:
        coding = response.headers.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise RemoteProtocolError(f"the answer is compressed ({coding[:20]}), not asked for")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._options.body_bytes_max:
                # Leaving the loop would leave the library's nested generators to the garbage
                # collector; a cancellation unwinds them from the inside.
                progress.fault = f"the answer exceeds {self._options.body_bytes_max} bytes"
                scope.cancel()
        return bytes(body)

    def _heed(self, call: HttpCall, response: HttpResponse) -> None:
        """Leave the budget alone for as long as the venue asks."""
        pause_s = retry_after_s(response.headers.get("retry-after", ""))
        if response.status in _STAY_AWAY:
            pause_s = pause_s or self._options.pause_s
        elif response.status != 503:
            return
        if pause_s:
            self._queue.block(call.budget, pause_s, self._clock.monotonic_ns())


class _TooLateError(Exception):
    """The connection took so long that the call expired; raised before its first byte."""


class _Body(httpx.AsyncByteStream):
    """A request's body in one part. The library's own is a generator, left behind when a write fails."""

    def __init__(self, body: bytes) -> None:
        self._parts = iter((body,) if body else ())

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for part in self._parts:
            return part
        raise StopAsyncIteration


def _headers(call: HttpCall, host: str) -> dict[str, str]:
    headers = {"host": host, "user-agent": "pitboss", "accept-encoding": "identity", **call.headers}
    if call.body or call.method != "GET":
        headers["content-length"] = str(len(call.body))
    return headers


class _Progress:
    """How far one call has come, as the transport announces it."""

    __slots__ = ("_call", "_clock", "_connecting", "_left", "_passing", "fault")

    def __init__(
        self,
        call: HttpCall,
        clock: Clock,
        passing: Callable[[str], None] | None = None,
        *,
        left: Callable[[HttpCall], None],
    ) -> None:
        self._call = call
        self._left = left
        self._passing = passing if call.kind is CallKind.ORDER else None
        self._clock = clock
        self._connecting = False
        self.fault = ""

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        """The transport's announcements (httpcore's trace extension)."""
        if event == _SENDING:
            expires_ns = self._call.expires_mono_ns
            if expires_ns and self._clock.monotonic_ns() >= expires_ns:
                raise _TooLateError
            self._connecting = False
            self._left(self._call)
        elif event == _CONNECTING:
            self._connecting = True
        if self._passing is not None and event in _POINTS:
            self._passing(_POINTS[event])

    def failure(self, reason: str) -> CallFailure:
        """Not sent only if the connection was still being made; see the module's text."""
        return CallFailure(not_sent=self._connecting, reason=reason)


def _transport(encrypted: bool, options: HttpOptions) -> httpx.AsyncHTTPTransport:  # noqa: FBT001
    # At debug level the library underneath would log headers, keys and signatures included.
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    context = options.ssl_context or (
        verifying_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    return httpx.AsyncHTTPTransport(
        verify=context,
        trust_env=False,
        retries=0,
        limits=httpx.Limits(
            max_connections=options.under_way_max,
            max_keepalive_connections=options.under_way_max,
            keepalive_expiry=options.keepalive_s,
        ),
    )
