import contextlib
import gzip
import logging
import struct
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest
import trio
import trio.testing

from engine.clock import SystemClock
from engine.errors import ConfigError
from engine.session import http
from engine.session.contract import CallKind, HttpCall
from engine.session.declaration import Budget
from engine.session.http import HttpDriver, HttpOptions
from tests.kit.rawserver import raw_server
from tests.kit.waiting import deadline_s, until

CLOCK = SystemClock()


class Outcomes:
    """Notes how calls ended."""

    def __init__(self):
        self.answers = {}
        self.failures = {}
        self.order = []

    def call_answered(self, call_id, response):
        assert call_id not in self.order
        self.answers[call_id] = response
        self.order.append(call_id)

    def call_failed(self, call_id, failure):
        assert call_id not in self.order
        self.failures[call_id] = failure
        self.order.append(call_id)


def call(call_id=1, **changes):
    given = {"method": "GET", "path": "/x", "timeout_s": deadline_s(5)} | changes
    return HttpCall(call_id=call_id, **given)


def ok(body=b"{}", head=b""):
    return b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def driver_for(port, budgets=(), **options):
    driver = HttpDriver(
        f"http://127.0.0.1:{port}",
        budgets,
        clock=CLOCK,
        options=HttpOptions(plain_allowed=True, **options),
    )
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run, outcomes)
        yield driver, outcomes
        nursery.cancel_scope.cancel()


async def outcome_of(server, request=None, **options):
    """What the handler hears of one call against this server."""
    async with raw_server(server) as port, driver_for(port, **options) as (driver, outcomes):
        driver.start(request or call())
        await until(lambda: outcomes.order)
        return outcomes.answers.get(1) or outcomes.failures[1]


async def settled(outcomes, count):
    await until(lambda: len(outcomes.order) == count)


async def free_port():
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    return port


async def test_a_call_is_sent_byte_for_byte_and_answered():
    """Method, path, query order, headers and body arrive as given; status, headers, body come back."""
    requests = []

    async def server(peer):
        head = await peer.read_request()
        requests.append((head, await peer._take(9)))
        await peer.send(b"HTTP/1.1 201 Made\r\nX-Trace: t1\r\nContent-Length: 3\r\n\r\nyes")

    answer = await outcome_of(
        server,
        call(
            method="POST",
            path="/contract/private/submit-order",
            query={"z": "1", "a": "x y"},
            headers={"X-API-KEY": "k"},
            body=b'{"a": 1}\n',
        ),
    )
    head, body = requests[0]
    assert head.startswith(b"POST /contract/private/submit-order?z=1&a=x")
    assert b"\r\nX-API-KEY: k\r\n" in head
    assert b"accept-encoding: identity" in head
    assert body == b'{"a": 1}\n'
    assert (answer.status, answer.headers["x-trace"], answer.body) == (201, "t1", b"yes")


async def test_refused_connection_is_not_sent():
    """Where nobody listens, provably no byte was sent."""
    async with driver_for(await free_port()) as (driver, outcomes):
        driver.start(call())
        await until(lambda: outcomes.order)
    assert outcomes.failures[1].not_sent


async def test_timeout_while_connecting_is_not_sent():
    """A connection that does not come about in time has carried nothing."""
    plug = trio.socket.socket()
    await plug.bind(("127.0.0.1", 0))
    plug.listen(0)
    port = plug.getsockname()[1]
    fillers = [trio.socket.socket() for _ in range(4)]
    with plug, contextlib.ExitStack() as stack:
        for filler in map(stack.enter_context, fillers):
            with trio.move_on_after(0.05):
                await filler.connect(("127.0.0.1", port))
        async with driver_for(port) as (driver, outcomes):
            driver.start(call(timeout_s=0.2))
            await until(lambda: outcomes.order)
    assert outcomes.failures[1].not_sent


async def answer_nothing(peer):
    await peer.read_request()


async def reset_after_request(peer):
    await peer.read_request()
    linger = struct.pack("ii", 1, 0)
    peer.stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, linger)


async def reset_at_once(peer):
    linger = struct.pack("ii", 1, 0)
    peer.stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, linger)


async def half_an_answer(peer):
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


async def no_http(peer):
    await peer.read_request()
    await peer.send(b"\x00\x01\x02\r\n\r\n")


@pytest.mark.parametrize(
    "server", [answer_nothing, reset_after_request, reset_at_once, half_an_answer, no_http]
)
async def test_whatever_goes_wrong_after_the_connection_is_unknown(server):
    """Once connected nothing may be claimed: close, reset, half an answer, nonsense (ORD-5)."""
    failure = await outcome_of(server, call(method="POST", body=b"order", kind=CallKind.ORDER))
    assert not failure.not_sent


async def test_no_answer_in_time_is_unknown_even_when_bytes_trickle():
    """The timeout is for the whole call; a venue that drips bytes does not prolong it."""

    async def server(peer):
        await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await peer.send(b"x")
            await trio.sleep(0.02)

    failure = await outcome_of(server, call(timeout_s=0.3))
    assert not failure.not_sent
    assert "no complete answer within" in failure.reason


async def test_a_kept_connection_that_breaks_is_unknown():
    """A connection kept from an earlier call that is closed under the next one proves nothing."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())
        await peer.send(ok())
        requests.append(await peer.read_request())

    async with raw_server(server) as port, driver_for(port) as (driver, outcomes):
        driver.start(call(1))
        await until(lambda: 1 in outcomes.answers)
        driver.start(call(2))
        await until(lambda: 2 in outcomes.failures)
    assert len(requests) == 2
    assert not outcomes.failures[2].not_sent


async def test_nothing_is_ever_sent_twice():
    """A failed call is one request at the venue: no retry by us or by the library."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())

    await outcome_of(server, call(method="POST", body=b"order", kind=CallKind.ORDER))
    await trio.sleep(0.05)
    assert len(requests) == 1


async def test_redirects_are_answers():
    """A redirect is handed over, not followed: signatures do not travel."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())
        await peer.send(b"HTTP/1.1 302 Go\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n")

    answer = await outcome_of(server)
    assert answer.status == 302
    assert len(requests) == 1


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
async def test_bodies_are_bounded(head):
    """An answer without end is cut off at the limit."""

    async def server(peer):
        await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        while True:
            await peer.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")

    failure = await outcome_of(server, body_bytes_max=50_000)
    assert "exceeds 50000 bytes" in failure.reason
    assert not failure.not_sent


async def test_compressed_answers_are_refused():
    """We never inflate, so there is no bomb; the venue was asked for identity."""
    bomb = gzip.compress(b"0" * 1_000_000)

    async def server(peer):
        await peer.read_request()
        await peer.send(ok(bomb, b"Content-Encoding: gzip\r\n"))

    failure = await outcome_of(server)
    assert "compressed" in failure.reason


async def test_429_rests_the_budget_for_as_long_as_it_says():
    """After 429 with Retry-After calls of that budget wait, those of another do not."""
    budgets = [Budget(name=name, count=50, window_s=1.0) for name in "ab"]
    status = b"429 Slow down\r\nRetry-After: 300"

    async def server(peer):
        while True:
            await peer.read_request()
            await peer.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(server) as port, driver_for(port, budgets) as (driver, outcomes):
        driver.start(call(1, budget="a"))
        await until(lambda: 1 in outcomes.answers)
        assert outcomes.answers[1].status == 429
        status = b"200 OK"
        soon = CLOCK.monotonic_ns() + 200_000_000
        driver.start(call(2, budget="a", kind=CallKind.CANCEL, expires_mono_ns=soon))
        driver.start(call(3, budget="b"))
        await until(lambda: len(outcomes.order) == 3)
    assert outcomes.answers[3].status == 200
    assert outcomes.failures[2].not_sent
    assert "expired" in outcomes.failures[2].reason


async def test_the_budget_paces_and_late_orders_are_not_sent():
    """Beyond the budget calls wait; an order that waits past its expiry is provably not sent."""
    seen = []

    async def server(peer):
        while True:
            seen.append(await peer.read_request())
            await peer.send(ok())

    budgets = [Budget(name="a", count=5, window_s=60.0)]
    expiry = CLOCK.monotonic_ns() + 150_000_000
    async with raw_server(server) as port, driver_for(port, budgets) as (driver, outcomes):
        for number in range(1, 9):
            driver.start(call(number, kind=CallKind.ORDER, budget="a", expires_mono_ns=expiry))
        driver.start(call(9, kind=CallKind.CANCEL, budget="a"))
        await until(lambda: len(outcomes.order) == 9)
    assert sorted(outcomes.answers) == [1, 2, 3, 9]
    assert all(failure.not_sent for failure in outcomes.failures.values())
    assert len(seen) == 4


async def test_an_order_that_expires_while_connecting_is_not_sent():
    """Expiry is asked once more just before the first byte."""
    seen = []

    async def server(peer):
        seen.append(await peer.read_request())

    late = CLOCK.monotonic_ns() - 1
    async with raw_server(server) as port, driver_for(port) as (driver, outcomes):
        driver._queue.expired = lambda _now: []
        driver.start(call(1, kind=CallKind.ORDER, expires_mono_ns=late))
        await until(lambda: outcomes.order)
    assert outcomes.failures[1].not_sent
    assert seen == []


async def test_slots_are_bounded_and_some_are_for_cancels():
    """Slow queries cannot take every connection; a cancel still gets one at once."""
    open_now = 0
    most = 0
    cancels = []

    async def server(peer):
        nonlocal open_now, most
        head = await peer.read_request()
        if b"/cancel" in head:
            cancels.append(head)
            await peer.send(ok())
            return
        open_now += 1
        most = max(most, open_now)
        await trio.sleep_forever()

    limits = {"under_way_max": 5, "cancels_under_way_min": 2}
    async with raw_server(server) as port, driver_for(port, **limits) as (driver, outcomes):
        for number in range(10):
            driver.start(call(number))
        await until(lambda: open_now == 3)
        driver.start(call(50, path="/cancel", kind=CallKind.CANCEL))
        await until(lambda: 50 in outcomes.answers)
        assert driver.under_way == 3
    assert most == 3
    assert len(cancels) == 1


async def test_close_drops_what_waits_and_lets_the_rest_finish():
    """Stopping: waiting calls are not sent, those under way still get their answer."""
    asked = trio.Event()
    go = trio.Event()

    async def server(peer):
        await peer.read_request()
        asked.set()
        await go.wait()
        await peer.send(ok())

    budgets = [Budget(name="a", count=1, window_s=60.0)]
    async with raw_server(server) as port, driver_for(port, budgets) as (driver, outcomes):
        driver.start(call(1, budget="a"))
        driver.start(call(2, budget="a"))
        await asked.wait()
        driver.close("stopping")
        driver.start(call(3, budget="a"))
        await until(lambda: len(outcomes.failures) == 2)
        go.set()
        await until(lambda: 1 in outcomes.answers)
    assert outcomes.failures[2].not_sent
    assert outcomes.failures[3].not_sent


async def test_a_waiting_call_is_withdrawn_and_one_under_way_goes_on():
    """Not sent, told once; the venue sees only the call that had left."""
    seen = []
    go = trio.Event()

    async def server(peer):
        seen.append(await peer.read_request())
        await go.wait()
        await peer.send(ok())

    budgets = [Budget(name="a", count=1, window_s=60.0)]
    async with raw_server(server) as port, driver_for(port, budgets) as (driver, outcomes):
        driver.start(call(1, budget="a"))
        driver.start(call(2, budget="a"))
        await until(lambda: seen)
        for call_id in (1, 2, 2, 99):
            driver.withdraw(call_id)
        await until(lambda: outcomes.order == [2])
        go.set()
        await until(lambda: outcomes.order == [2, 1])
    assert outcomes.failures[2].not_sent
    assert "withdrawn" in outcomes.failures[2].reason
    assert outcomes.answers[1].status == 200
    assert len(seen) == 1


async def test_cancellation_tells_the_end_of_every_call():
    """When the driver is cancelled, calls under way are unknown and waiting ones not sent."""
    asked = trio.Event()

    async def server(peer):
        await peer.read_request()
        asked.set()
        await trio.sleep_forever()

    budgets = [Budget(name="a", count=1, window_s=60.0)]
    async with raw_server(server) as port:
        async with driver_for(port, budgets) as (driver, outcomes):
            driver.start(call(1, budget="a"))
            driver.start(call(2, budget="a"))
            await asked.wait()
        assert not outcomes.failures[1].not_sent
        assert outcomes.failures[2].not_sent


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "http://10.1.2.3"])
def test_plain_text_elsewhere_is_a_configuration_error(url):
    """A key never leaves this host unencrypted."""
    with pytest.raises(ConfigError):
        HttpDriver(url, [], clock=CLOCK, options=HttpOptions(plain_allowed=True))


async def test_secrets_do_not_reach_log_or_reason(caplog):
    """Neither the libraries' debug logs nor reasons show headers, query or body."""
    caplog.set_level(logging.DEBUG)

    async def server(peer):
        await peer.read_request()
        await peer.send(ok())

    secrets = {"headers": {"X-KEY": "hunter2"}, "query": {"t": "hunter3"}, "body": b"hunter4"}
    await outcome_of(server, call(method="POST", **secrets))
    failure = await outcome_of(server, call(headers={"X-KEY": "hunter2\n"}))
    assert "hunter" not in caplog.text + failure.reason


async def test_a_hundred_calls_leave_no_descriptor():
    """Calls that end in every way give their descriptors back."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())
        if len(requests) % 3 == 0:
            await peer.send(ok(head=b"Connection: close\r\n"))
        elif len(requests) % 3 == 1:
            await peer.send(b"nonsense\r\n\r\n")

    async with raw_server(server) as port, driver_for(port) as (driver, outcomes):
        before = psutil.Process().num_fds()
        for number in range(100):
            driver.start(call(number))
            await settled(outcomes, number + 1)
        assert len(requests) == 100
        await until(lambda: psutil.Process().num_fds() <= before + 2)


async def test_what_is_asked_after_a_cancel_leaves_after_it(monkeypatch):
    """T-083: neither the order in which tasks run nor which connection is ready first turns them round."""
    began = []
    connecting = trio.Event()

    class Transport:
        """Has one connection for whoever comes first; the cancel needs a new one, which takes its time."""

        async def handle_async_request(self, request):
            name = request.url.path.strip("/")
            if name == "cancel":
                await connecting.wait()
            await request.extensions["trace"]("http11.send_request_headers.started", {})
            began.append(name)
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

        async def aclose(self):
            pass

    monkeypatch.setattr(http, "_transport", lambda *_: Transport())
    async with driver_for(1) as (driver, outcomes):
        driver.start(call(1, path="/cancel", kind=CallKind.CANCEL))
        for number, kind in enumerate((CallKind.ORDER, CallKind.QUERY, CallKind.LOOKUP), 2):
            driver.start(call(number, path=f"/{kind.value}", kind=kind))
        await trio.testing.wait_all_tasks_blocked()
        assert began == []
        connecting.set()
        await settled(outcomes, 4)
    assert began[0] == "cancel"
    assert len(outcomes.answers) == 4


async def test_a_cancel_that_cannot_leave_holds_nothing_up_for_good(monkeypatch):
    """When it has failed, what was asked after it goes; what was asked before it never waited."""
    began = []

    class Transport:
        """Where cancels never get a connection."""

        async def handle_async_request(self, request):
            if request.url.path == "/cancel":
                raise httpx.ConnectError("refused")
            began.append(request.url.path)
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

        async def aclose(self):
            pass

    monkeypatch.setattr(http, "_transport", lambda *_: Transport())
    async with driver_for(1) as (driver, outcomes):
        driver.start(call(1, path="/before", kind=CallKind.QUERY))
        driver.start(call(2, path="/cancel", kind=CallKind.CANCEL))
        driver.start(call(3, path="/after", kind=CallKind.QUERY))
        await settled(outcomes, 3)
    assert sorted(began) == ["/after", "/before"]
    assert list(outcomes.failures) == [2]
