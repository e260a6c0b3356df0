from contextlib import asynccontextmanager

import pytest
import trio

from engine.clock import SystemClock
from engine.errors import (
    ConnectFailed,
    ConnectionLost,
    CredentialsRejected,
    LimitExceeded,
    LocalProtocolError,
    PeerSilent,
    RemoteProtocolError,
)
from engine.messages.market import Quote
from engine.model.enums import VenueStateWord
from engine.session.backoff import Backoff
from engine.session.contract import (
    CallKind,
    Connect,
    Drop,
    GiveUp,
    HttpCall,
    Note,
    SendFrame,
    SendPing,
    SetState,
    Target,
    Withdraw,
)
from engine.session.declaration import Budget
from engine.session.driver import DriverOptions, SessionDriver
from engine.session.http import HttpDriver, HttpOptions
from engine.session.stream import StreamEnd
from engine.session.websocket import WebSocketOptions, websocket_opener
from tests.kit.rawserver import PING, PONG, close_frame, frame, raw_server
from tests.kit.waiting import deadline_s, until

BACKOFF = Backoff(first_s=0.5, max_s=8.0, factor=2.0)


class TrioClock:
    """The run's own clock, so that a jumping clock moves everything."""

    def monotonic_ns(self):
        return int(trio.current_time() * 1e9)

    def wall_ns(self):
        return 1_700_000_000_000_000_000 + self.monotonic_ns()


class Half:
    """Always the middle of the jitter."""

    def random(self):
        return 0.5


class Sink:
    """Notes everything the driver says, with the time."""

    def __init__(self):
        self.log = []

    def hold(self):
        pass

    def release(self):
        pass

    def publish(self, message):
        self.log.append(("publish", message))

    def report(self, event):
        self.log.append(("report", event))

    def define(self, instrument):
        self.log.append(("define", instrument))

    def state(self, state, reason):
        self.log.append(("state", state, reason))

    def note(self, note):
        self.log.append(("note", note))

    def states(self):
        return [entry[1].value for entry in self.log if entry[0] == "state"]

    def notes(self, event):
        return [e[1] for e in self.log if e[0] == "note" and e[1].event == event]


class Scripted:
    """A protocol that notes its inputs and answers with what the test laid out."""

    ping_after_s = 10.0
    dead_after_s = 15.0

    def __init__(self, **effects):
        self.effects = effects
        self.calls = []
        self.wants = None

    def target(self):
        return Target("ws://127.0.0.1:1/")

    def _take(self, name, *args):
        self.calls.append((name, *args))
        answer = self.effects.get(name, ())
        return answer(*args) if callable(answer) else answer

    def start(self, _now):
        return self._take("start")

    def opened(self, _now):
        return self._take("opened")

    def received(self, data, _now):
        return self._take("received", data)

    def lost(self, reason, _now):
        return self._take("lost", reason)

    def answered(self, call_id, response, _now):
        return self._take("answered", call_id, response.status)

    def failed(self, call_id, failure, _now):
        return self._take("failed", call_id, failure.not_sent)

    def ping(self, now):
        return self._take("ping", now.mono_ns / 1e9)

    def deadline(self):
        return self.wants

    def due(self, now):
        return self._take("due", now.mono_ns / 1e9)

    def names(self):
        return [call[0] for call in self.calls]


class OrderScripted(Scripted):
    """One that sends orders in frames."""

    def unsent(self, order, _now):
        return self._take("unsent", order)


class Preparing(Scripted):
    """One that needs something before it can connect."""

    def prepare(self, _now):
        return self._take("prepare")


class FakeStream:
    """A connection in memory; the test plays the venue through it."""

    def __init__(self, handler, opens=True, end=None, full=False):
        self.handler, self.opens, self.end, self.full = handler, opens, end, full
        self.sent, self.left, self.pings = [], [], []
        self.closed = trio.Event()
        self.error = None

    async def run(self):
        await trio.lowlevel.checkpoint()
        if not self.opens:
            return StreamEnd(error=self.end or ConnectFailed("nobody"), opened=False)
        self.handler.stream_opened()
        await self.closed.wait()
        return StreamEnd(error=self.error, opened=True)

    def send(self, frame_):
        if self.full:
            raise LimitExceeded("full")
        self.sent.append(frame_)

    def ping(self, payload):
        self.pings.append(payload)

    def close(self, error):
        if not self.closed.is_set():
            self.error = error
            self.closed.set()

    def unsent(self):
        return tuple(self.left)


class Streams:
    """Makes one `FakeStream` per attempt, the way the test says."""

    def __init__(self, **how):
        self.how = how
        self.made = []
        self.times = []

    def __call__(self, _target, handler):
        self.times.append(trio.current_time())
        self.made.append(FakeStream(handler, **self.how))
        return self.made[-1]

    @property
    def last(self):
        return self.made[-1]


def driver_of(protocol, streams, *, http=None, options=None, clock=None):
    sink = Sink()
    driver = SessionDriver(
        protocol,
        open_stream=streams,
        http=http,
        backoff=BACKOFF,
        clock=clock or TrioClock(),
        rng=Half(),
        sink=sink,
        options=options,
    )
    return driver, sink


@asynccontextmanager
async def running(driver):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.testing.wait_all_tasks_blocked()
        yield
        nursery.cancel_scope.cancel()


def quote(bid):
    return Quote("X.V", 0, 0, 1, 2, 3, bid, 1.0, bid + 1, 1.0)


async def test_the_life_of_a_session_in_order(autojump_clock):
    """start, connect, opened, messages, lost, wait, connect again: told in this order."""
    protocol = Scripted(
        opened=[SendFrame("login"), SetState(VenueStateWord.LOGGING_IN)],
        received=lambda data: [quote(float(data)), SetState(VenueStateWord.READY)],
    )
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        assert [f.data for f in streams.last.sent] == ["login"]
        streams.last.handler.stream_received(["1", "2"])
        streams.last.close(ConnectionLost("gone"))
        await trio.sleep(1)
        assert len(streams.made) == 2
    assert protocol.names() == ["start", "opened", "received", "received", "lost", "opened"]
    assert sink.states() == [
        "connecting",
        "logging_in",
        "ready",
        "ready",
        "disconnected",
        "connecting",
        "logging_in",
    ]
    assert [e[1].bid_price for e in sink.log if e[0] == "publish"] == [1.0, 2.0]
    assert driver.reconnects == 1


async def test_waits_grow_and_never_fall_below_the_floor(autojump_clock):
    """Failed attempts wait longer and longer up to the maximum (SUP-1, T-050)."""
    streams = Streams(opens=False)
    driver, _sink = driver_of(Scripted(), streams)
    async with running(driver):
        await trio.sleep(60)
    waits = [b - a for a, b in zip(streams.times, streams.times[1:], strict=False)]
    expected = [BACKOFF.next_delay(n, 0.5) for n in range(len(waits))]
    assert waits == pytest.approx(expected, abs=0.01)
    assert max(waits) <= BACKOFF.max_s
    assert min(waits) >= BACKOFF.floor_s


async def test_a_stable_connection_begins_the_waits_anew(autojump_clock):
    """After a long life the first wait is short again; after short lives it keeps growing."""
    streams = Streams()
    driver, _sink = driver_of(Scripted(), streams)
    async with running(driver):
        for _ in range(4):
            streams.last.close(ConnectionLost("at once"))
            await trio.sleep(5)
        assert len(streams.made) == 5
        await trio.sleep(9)
        streams.last.handler.stream_received([])
        await trio.sleep(2)
        streams.last.close(ConnectionLost("after a long life"))
        lost_at = trio.current_time()
        await trio.sleep(1)
        assert streams.times[-1] - lost_at == pytest.approx(BACKOFF.next_delay(0, 0.5), abs=0.02)


async def test_the_venue_may_ask_for_a_longer_wait(autojump_clock):
    """Retry-After of a refused handshake is a lower bound for the wait."""
    streams = Streams(opens=False)
    ends = [StreamEnd(error=ConnectFailed("503"), opened=False, retry_after_s=20.0)]

    class Refusing(FakeStream):
        async def run(self):
            await trio.lowlevel.checkpoint()
            return ends[0]

    def opener(_target, handler):
        streams.times.append(trio.current_time())
        return Refusing(handler)

    driver, _sink = driver_of(Scripted(), opener)
    async with running(driver):
        await trio.sleep(45)
    assert streams.times[1] - streams.times[0] >= 20


async def test_silence_is_asked_and_then_given_up(autojump_clock):
    """Nothing heard: a ping after its time, the end after its time, then a new connection (T-044)."""
    protocol = Scripted(ping=lambda _t: [SendFrame("ping")])
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        first = streams.last
        await trio.sleep(14.9)
        assert [f.data for f in first.sent] == ["ping"]
        assert [c[1] for c in protocol.calls if c[0] == "ping"] == [pytest.approx(10, abs=0.05)]
        assert not first.closed.is_set()
        await trio.sleep(0.2)
        assert isinstance(first.error, PeerSilent)
        await trio.sleep(1)
        assert len(streams.made) == 2
    assert len(sink.notes("connection_ended")) == 1


async def test_any_sign_of_life_ends_the_silence(autojump_clock):
    """Messages and mere control frames both count as words of the peer."""
    protocol = Scripted(ping=lambda _t: [SendFrame("ping")])
    streams = Streams()
    driver, _sink = driver_of(protocol, streams)
    async with running(driver):
        for _ in range(10):
            await trio.sleep(9)
            streams.last.handler.stream_received([])
        assert streams.last.sent == []
        assert len(streams.made) == 1


async def test_rejected_credentials_end_the_attempts(autojump_clock):
    """GiveUp: one attempt, an alert, state down, and nothing more until a person acts (T-046)."""
    protocol = Scripted(received=lambda _d: [GiveUp(CredentialsRejected("bad key"))])
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        streams.last.handler.stream_received(["no"])
        await trio.sleep(3600)
        assert len(streams.made) == 1
        assert sink.states()[-1] == "down"
        assert [n.alert for n in sink.notes("session_gave_up")] == [True]
        assert protocol.names()[-1] == "lost"
        driver.retry()
        await trio.sleep(0.01)
        assert len(streams.made) == 2
        assert protocol.names()[-2:] == ["start", "opened"]


async def test_a_401_on_the_handshake_is_a_rejected_credential(autojump_clock):
    """A handshake refused with 401 is not repeated."""
    streams = Streams()

    class Refused(FakeStream):
        async def run(self):
            await trio.lowlevel.checkpoint()
            return StreamEnd(error=ConnectFailed("401"), opened=False, refused_status=401)

    def opener(_target, handler):
        streams.made.append(Refused(handler))
        return streams.last

    driver, sink = driver_of(Scripted(), opener)
    async with running(driver):
        await trio.sleep(3600)
    assert len(streams.made) == 1
    assert sink.states()[-1] == "down"


async def test_giving_up_while_waiting_stops_the_wait(autojump_clock):
    """An HTTP answer may end the attempts while the stream waits for its next one."""
    streams = Streams(opens=False)
    driver, sink = driver_of(Scripted(), streams)
    async with running(driver):
        driver.apply([GiveUp(CredentialsRejected("bad key"))])
        await trio.sleep(3600)
    assert len(streams.made) == 1
    assert sink.states()[-1] == "down"


async def test_three_faults_of_the_venue_in_a_row_are_an_alert(autojump_clock):
    """Each broken message reconnects; the third in a row alerts; a stable life forgets them."""
    streams = Streams()
    driver, sink = driver_of(Scripted(), streams)
    async with running(driver):
        for _ in range(3):
            streams.last.close(RemoteProtocolError("nonsense"))
            await trio.sleep(9)
        assert [n.alert for n in sink.notes("venue_protocol_error")] == [False, False, True]
        await trio.sleep(3)
        streams.last.close(RemoteProtocolError("nonsense"))
        await trio.sleep(1)
        assert sink.notes("venue_protocol_error")[-1].alert is False


async def test_drop_reconnects(autojump_clock):
    """A protocol may leave its peer; that is a reconnect like any other."""
    protocol = Scripted(received=lambda _d: [Drop(ConnectionLost("leave"))])
    streams = Streams()
    driver, _sink = driver_of(protocol, streams)
    async with running(driver):
        streams.last.handler.stream_received(["x"])
        await trio.sleep(1)
        assert len(streams.made) == 2
    assert ("lost", "leave") in protocol.calls


async def test_deadlines_fire_on_time_even_when_they_come_nearer(autojump_clock):
    """`due` is called at the deadline, also at one that is set by a command or a message."""
    protocol = Scripted()

    def due(at):
        protocol.wants = None
        return [Note("due", f"{at:.2f}")]

    protocol.effects["due"] = due
    driver, sink = driver_of(protocol, Streams())
    async with running(driver):
        protocol.wants = int(7e9)
        driver.apply(())
        await trio.sleep(1)
        protocol.wants = int(3e9)
        driver.apply(())
        await trio.sleep(9)
    assert [n.detail for n in sink.notes("due")] == ["3.00"]


async def test_a_flood_of_messages_asks_for_the_deadline_rarely(autojump_clock):
    """A message may set a deadline and it is met, yet not every message costs a question."""
    protocol = Scripted()
    asked = 0

    def received(data):
        protocol.wants = (
            int((trio.current_time() + 0.5) * 1e9) if data == "doubt" else protocol.wants
        )
        return ()

    def due(_at):
        protocol.wants = None
        return [Note("due", f"{trio.current_time():.2f}")]

    def deadline():
        nonlocal asked
        asked += 1
        return protocol.wants

    protocol.effects |= {"received": received, "due": due}
    protocol.deadline = deadline
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        before = asked
        for _ in range(1000):
            streams.last.handler.stream_received(["data"])
        streams.last.handler.stream_received(["doubt"])
        await trio.sleep(2)
        assert asked - before < 20
    assert [n.detail for n in sink.notes("due")] == ["0.50"]


async def test_a_deadline_that_stays_in_the_past_does_not_spin(autojump_clock):
    """A protocol that never moves its deadline is asked in steps, not in a tight loop."""
    protocol = Scripted()
    protocol.wants = 0
    driver, _sink = driver_of(protocol, Streams())
    async with running(driver):
        await trio.sleep(0.1)
    assert 50 <= protocol.names().count("due") <= 150


async def test_orders_that_never_left_are_told_before_the_loss(autojump_clock):
    """Frames still queued when the stream is lost name their orders to the protocol first (ORD-5)."""
    protocol = OrderScripted(unsent=lambda order: [Note("unsent", order)])
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        streams.last.left = [SendFrame("a", order="c-1"), SendFrame("ping"), SendFrame("b", "c-2")]
        streams.last.close(ConnectionLost("gone"))
        await trio.sleep(0.01)
        assert protocol.names()[-3:] == ["unsent", "unsent", "lost"]
        driver.apply([SendFrame("late", order="c-3")])
        assert protocol.calls[-1] == ("unsent", "c-3")
    assert [n.detail for n in sink.notes("unsent")] == ["c-1", "c-2", "c-3"]


async def test_a_full_queue_loses_the_connection_and_sends_nothing(autojump_clock):
    """When the venue does not read, the frame that finds no room is told as unsent."""
    protocol = OrderScripted()
    streams = Streams(full=True)
    driver, _sink = driver_of(protocol, streams)
    async with running(driver):
        driver.apply([SendFrame("order", order="c-9")])
        assert ("unsent", "c-9") in protocol.calls
        assert isinstance(streams.last.error, LimitExceeded)


async def test_an_unknown_effect_is_a_bug(autojump_clock):
    """What is no effect is refused loudly, not dropped."""
    driver, _sink = driver_of(Scripted(), Streams())
    with pytest.raises(LocalProtocolError):
        driver.apply(["frame"])
    with pytest.raises(LocalProtocolError):
        driver.apply([HttpCall(call_id=1, method="GET", path="/")])


async def test_stop_ends_the_connection_and_returns(autojump_clock):
    """After `stop` the connection is closed without an error, the loss told, and `run` returns."""
    protocol = Scripted()
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.testing.wait_all_tasks_blocked()
        driver.stop()
    assert streams.last.error is None
    assert protocol.names()[-1] == "lost"
    assert sink.states()[-1] == "disconnected"
    assert len(streams.made) == 1


@pytest.mark.parametrize("down", [True, False])
async def test_stop_needs_no_connection(autojump_clock, down):
    """A session that waits for its next attempt, or is down, stops at once."""
    streams = Streams(opens=False)
    driver, _sink = driver_of(Scripted(), streams)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.testing.wait_all_tasks_blocked()
        if down:
            driver.apply([GiveUp(CredentialsRejected("x"))])
        before = trio.current_time()
        driver.stop()
    assert trio.current_time() == before


# --- with real sockets -------------------------------------------------------------------------


def http_of(port, *budgets):
    return HttpDriver(
        f"http://127.0.0.1:{port}",
        budgets,
        clock=SystemClock(),
        options=HttpOptions(plain_allowed=True),
    )


def get(call_id, **changes):
    return HttpCall(call_id=call_id, method="GET", path="/", **changes)


async def test_answers_and_failures_reach_the_protocol():
    """HTTP effects are carried out; an answer that cannot be read ends as an unknown failure."""

    async def server(peer):
        await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def answered(call_id, _status):
        if call_id == 2:
            raise RemoteProtocolError("cannot be read")
        return [get(2)]

    async with raw_server(server) as port:
        protocol = Scripted(start=[get(1)], answered=answered)
        driver, sink = driver_of(
            protocol, Streams(opens=False), http=http_of(port), clock=SystemClock()
        )
        async with running(driver):
            await until(lambda: ("failed", 2, False) in protocol.calls)
    assert ("answered", 1, 200) in protocol.calls
    assert len(sink.notes("venue_protocol_error")) == 1


async def test_a_session_that_is_down_sends_nothing():
    """After giving up, HTTP calls end as not sent: rejected credentials are not tried again."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())

    async with raw_server(server) as port:
        protocol = Scripted()
        driver, _sink = driver_of(
            protocol, Streams(opens=False), http=http_of(port), clock=SystemClock()
        )
        async with running(driver):
            driver.apply([GiveUp(CredentialsRejected("x")), get(7, kind=CallKind.CANCEL)])
            await until(lambda: ("failed", 7, True) in protocol.calls)
    assert requests == []


async def test_a_withdrawn_call_fails_as_not_sent_and_is_never_made():
    """The effect reaches the queue: the protocol hears the end of the call, the venue nothing."""
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(server) as port:
        protocol = Scripted()
        http = http_of(port, Budget(name="a", count=1, window_s=60.0))
        driver, _sink = driver_of(protocol, Streams(opens=False), http=http, clock=SystemClock())
        async with running(driver):
            driver.apply([get(1, budget="a"), get(2, budget="a"), Withdraw(2), Withdraw(3)])
            await until(lambda: ("failed", 2, True) in protocol.calls)
            await until(lambda: ("answered", 1, 200) in protocol.calls)
    assert protocol.names().count("failed") == len(requests) == 1


async def test_withdrawing_without_http_does_nothing(autojump_clock):
    """A venue without HTTP has no call that could wait."""
    protocol = Scripted()
    driver, _sink = driver_of(protocol, Streams())
    async with running(driver):
        driver.apply([Withdraw(1)])
    assert "failed" not in protocol.names()


async def test_stop_lets_calls_under_way_finish():
    """An order that is at the venue when we stop still gets its answer told."""
    asked, go = trio.Event(), trio.Event()

    async def server(peer):
        await peer.read_request()
        asked.set()
        await go.wait()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(server) as port:
        protocol = Scripted(start=[get(1)])
        options = DriverOptions(stop_grace_s=deadline_s(5))
        driver, _sink = driver_of(
            protocol,
            Streams(opens=False),
            http=http_of(port),
            options=options,
            clock=SystemClock(),
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(driver.run)
            await asked.wait()
            driver.stop()
            go.set()
    assert ("answered", 1, 200) in protocol.calls


async def test_over_a_real_websocket_every_reconnect_subscribes_again():
    """Connections that end in every way are followed by new ones with the complete login."""
    turn = 0
    hellos, pongs = [], []

    async def server(peer):
        nonlocal turn
        turn += 1
        await peer.open()
        hellos.append((await peer.read_frame())[1])
        await peer.send(frame(b"?", PING) + frame("data"))
        pongs.append(await peer.read_frame())
        if turn % 3 == 0:
            await peer.send(close_frame())
        elif turn % 3 == 1:
            await peer.send(b"\xff\x00")
            await peer.read_frame()

    async with raw_server(server) as port:
        protocol = Scripted(opened=[SendFrame("subscribe")])
        protocol.target = lambda: Target(f"ws://127.0.0.1:{port}/")
        sink = Sink()
        driver = SessionDriver(
            protocol,
            open_stream=websocket_opener(WebSocketOptions(plain_allowed=True)),
            http=None,
            backoff=Backoff(first_s=0.002, max_s=0.004, factor=2.0, floor_s=0.001),
            clock=SystemClock(),
            rng=Half(),
            sink=sink,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(driver.run)
            await until(lambda: turn >= 30, within_s=20)
            driver.stop()
    assert set(hellos[:29]) == {b"subscribe"}
    assert pongs.count((PONG, b"?")) >= 29
    # The last attempt may have been stopped before it was open.
    assert protocol.names().count("lost") - protocol.names().count("opened") in (0, 1)
    assert protocol.names().count("received") >= 29


async def test_a_connection_waits_until_the_protocol_is_ready(autojump_clock):
    """`prepare` comes before each attempt, `target` only after `Connect`, in whatever answer it is."""
    protocol = Preparing(due=lambda _t: [Connect()])
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        await trio.sleep(5)
        assert protocol.names() == ["start", "prepare"]
        assert streams.made == []
        driver.apply([Connect()])
        await trio.testing.wait_all_tasks_blocked()
        assert len(streams.made) == 1
        driver.apply([Connect()])  # nothing is waited for: no news
        streams.last.close(ConnectionLost("gone"))
        await trio.sleep(1)
        assert protocol.names() == ["start", "prepare", "opened", "lost", "prepare"]
    assert sink.states() == ["connecting", "disconnected", "connecting"]


async def test_a_protocol_may_be_ready_at_once(autojump_clock):
    """`Connect` may be among what `prepare` itself returns."""
    streams = Streams()
    driver, _sink = driver_of(Preparing(prepare=[Connect()]), streams)
    async with running(driver):
        assert len(streams.made) == 1


async def test_a_failed_preparation_is_a_failed_attempt(autojump_clock):
    """Back-off grows as with refused connections, and `lost` is told each time."""
    protocol = Preparing(prepare=[Drop(ConnectFailed("no password"))])
    streams = Streams()
    driver, sink = driver_of(protocol, streams)
    async with running(driver):
        await trio.sleep(20)
    attempts = protocol.names().count("prepare")
    assert 3 <= attempts <= 12
    assert protocol.names().count("lost") == attempts
    assert ("lost", "no password") in protocol.calls
    assert streams.made == []
    assert len(sink.notes("connection_ended")) == attempts


async def test_a_preparation_that_never_ends_is_ended(autojump_clock):
    """A protocol that forgot itself does not keep the session away for ever."""
    protocol = Preparing()
    driver, _sink = driver_of(protocol, Streams(), options=DriverOptions(prepare_timeout_s=5.0))
    async with running(driver):
        await trio.sleep(12)
    assert protocol.names().count("prepare") == 3


@pytest.mark.parametrize("way", ["stop", "give_up"])
async def test_a_preparation_ends_with_the_session(autojump_clock, way):
    """Stopping ends it at once, and so does giving up; neither connects any more."""
    protocol, streams = Preparing(), Streams()
    driver, sink = driver_of(protocol, streams)
    with trio.fail_after(5):
        async with running(driver):
            if way == "stop":
                driver.stop()
            else:
                driver.apply([GiveUp(CredentialsRejected("no"))])
            await trio.sleep(2)
            driver.apply([Connect()])
            await trio.sleep(2)
    assert streams.made == []
    assert ("down" in sink.states()) == (way == "give_up")
    assert protocol.names() == ["start", "prepare", "lost"]


async def test_pings_go_to_an_open_stream_only(autojump_clock):
    """The transport's ping with its payload; without a connection it is nothing."""
    streams = Streams()
    driver, _sink = driver_of(Scripted(), streams)
    driver.apply([SendPing(b"early")])
    async with running(driver):
        driver.apply([SendPing(b"payload")])
        assert streams.last.pings == [b"payload"]
