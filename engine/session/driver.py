"""Keeps one venue session alive: connects, carries a protocol's effects out, reconnects.

The loop of every venue: `start` → connect → `opened` → messages and deadlines → `lost` → wait → again.
Losing a connection, a silent or misbehaving peer and a refusal to connect are normal life here and
cost no restart of the process (SUP-1). Rejected credentials end the attempts until a person acts.
Everything the protocol decides is plain calls; the only tasks are the connection, the HTTP calls and
one that waits for the next deadline.
"""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Protocol, get_args

import attrs
import trio

from engine.clock import Clock
from engine.errors import (
    CredentialsRejected,
    LimitExceeded,
    LocalProtocolError,
    PeerSilent,
    RemoteProtocolError,
)
from engine.messages.market import Bar, Book, FundingRate, MarketStale, Quote, Ticker, Trade
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument
from engine.session.backoff import Backoff
from engine.session.contract import (
    CallFailure,
    CarriesOrders,
    Connect,
    Define,
    Drop,
    Effects,
    GiveUp,
    HttpCall,
    HttpResponse,
    Keep,
    Note,
    Now,
    OrderNews,
    PreparesConnection,
    SendFrame,
    SendPing,
    SessionProtocol,
    SetState,
    Withdraw,
)
from engine.session.http import HttpDriver
from engine.session.keeping import KeepsTexts
from engine.session.preparing import Preparation
from engine.session.silence import Due, SilenceLadder
from engine.session.stream import OpenStream, StreamEnd, VenueStream
from engine.watermark import Levels

MARKET_KINDS = (Quote, Trade, Book, Bar, Ticker, FundingRate, MarketStale)
"""The market messages a protocol may return as effects."""

TIMER_STEP_MIN_S = 0.001
"""A protocol whose deadline stays in the past is asked again this much later, not in a tight loop."""

LOOK_AGAIN_S = 0.01
"""Received messages may bring a deadline nearer. Asking for it costs a protocol with hundreds of
topics more than reading a message, so it is asked once for all messages of this time."""


class SessionSink(Protocol):
    """Where a session's news go. Plain functions, called in the order of the effects."""

    def publish(self, message: Any) -> None:
        """A market message, without boot and sequence."""
        ...

    def hold(self) -> None:
        """More may be published until `release`: what belongs together may travel together."""
        ...

    def release(self) -> None:
        """Nothing more for now: all that was published has to be on its way."""
        ...

    def report(self, event: OrderNews) -> None:
        """News of orders, without session, boot and sequence."""
        ...

    def define(self, instrument: Instrument) -> None:
        """An instrument was loaded or changed."""
        ...

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far the session has come."""
        ...

    def note(self, note: Note) -> None:
        """Something for the operator."""
        ...


class Random(Protocol):
    """The one random number the driver needs."""

    def random(self) -> float:
        """Evenly from [0, 1)."""
        ...


@attrs.frozen(kw_only=True)
class DriverOptions:
    """Limits of the loop.

    Attributes:
        stable_after_s: a connection that lived this long makes the back-off begin anew.
        faults_alert: so many connections in a row ended by the venue's own faults are an alert.
        prepare_timeout_s: longest wait for what a protocol needs before it can connect.
        stop_grace_s: how long calls under way may finish when the session stops; with the close
            timeout of the stream it stays below the grace that a session has (3 s).
    """

    stable_after_s: float = 10.0
    faults_alert: int = 3
    prepare_timeout_s: float = 60.0
    stop_grace_s: float = 1.5


class SessionDriver:
    """Drives one protocol over one stream connection and HTTP beside it."""

    def __init__(
        self,
        protocol: SessionProtocol,
        *,
        open_stream: OpenStream,
        http: HttpDriver | None,
        backoff: Backoff,
        clock: Clock,
        rng: Random,
        sink: SessionSink,
        options: DriverOptions | None = None,
    ) -> None:
        self._protocol = protocol
        self._open_stream = open_stream
        self._http = http
        self._backoff = backoff
        self._clock = clock
        self._rng = rng
        self._sink = sink
        self._options = options or DriverOptions()
        self._stream: VenueStream | None = None
        self._preparation: Preparation | None = None
        self._ladder: SilenceLadder | None = None
        self._opened_ns = 0
        self._opened_before = False
        self._failures = 0
        self._faults = self._http_faults = 0
        self._unsent: list[SendFrame] = []
        self._down = ""
        self._stopping = False
        self._retry = trio.Event()
        self._waiting = trio.CancelScope()
        self._timer = trio.CancelScope()
        self._armed_s = inf
        self.reconnects = 0
        """Connections opened after the first one."""
        self._dispatch: dict[type, Callable[[Any], None]] = {
            **dict.fromkeys(MARKET_KINDS, sink.publish),
            **dict.fromkeys(get_args(OrderNews), sink.report),
            SendFrame: self._send,
            SendPing: self._send_ping,
            Connect: self._connect_now,
            HttpCall: self._call,
            Withdraw: self._withdraw,
            SetState: self._set_state,
            Define: lambda effect: sink.define(effect.instrument),
            Drop: lambda effect: self._close(effect.error),
            GiveUp: lambda effect: self._give_up(effect.error),
            Note: sink.note,
            Keep: self._keep,
        }

    # --- what the actor calls ------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the session alive; returns some time after `stop`, bounded by the options."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_time)
            if self._http is not None:
                nursery.start_soon(self._http.run, self)
            while not self._stopping:
                self.apply(self._protocol.start(self.now()))
                await self._connect_again_and_again()
                await self._retry.wait()
                self._retry = trio.Event()
            with trio.move_on_after(self._options.stop_grace_s):
                while self._http is not None and self._http.under_way:
                    await self._http.wait_settled()
            nursery.cancel_scope.cancel()

    def stop(self) -> None:
        """End in an orderly way: nothing new is sent, calls under way may finish, `run` returns."""
        self._stopping = True
        if self._http is not None:
            self._http.close("the session is stopping")
        self._close(None)
        self._retry.set()

    def retry(self) -> None:
        """A person acted: a session that gave up begins its life anew, with `start`."""
        if self._down and not self._stopping:
            self._down = ""
            self._failures = self._faults = 0
            if self._http is not None:
                self._http.reopen()
            self._retry.set()

    @property
    def busy(self) -> bool:
        """Whether HTTP calls wait or are under way."""
        return self._http is not None and self._http.busy

    def now(self) -> Now:
        """This moment, for calls to the protocol."""
        return Now(self._clock.monotonic_ns(), self._clock.wall_ns())

    def apply(self, effects: Effects) -> None:
        """Carry out what the protocol returned, in order.

        Raises:
            LocalProtocolError: an effect of an unknown kind, or an HTTP call without HTTP.
        """
        self._sink.hold()
        try:
            self._apply(effects)
            while self._unsent and isinstance(self._protocol, CarriesOrders):
                self._apply(self._protocol.unsent(self._unsent.pop(0).order, self.now()))
        finally:
            self._sink.release()
        self._unsent.clear()
        self._rearm()

    def gauges(self) -> Mapping[str, object]:
        """Reconnects, time since the peer was heard, and the HTTP figures."""
        silence_s = self._ladder.silent_for(self._now_s()) if self._ladder is not None else None
        http = self._http.gauges() if self._http is not None else {}
        return {"reconnects": self.reconnects, "silence_s": silence_s, **http}

    def queues(self) -> Levels:
        """High-water marks of the calls."""
        return {} if self._http is None else self._http.queues()

    # --- what the connections call -------------------------------------------------------------

    def stream_opened(self) -> None:
        """`StreamHandler`: the connection is open."""
        now = self.now()
        self.reconnects += self._opened_before
        self._opened_before = True
        self._opened_ns = now.mono_ns
        self._ladder = SilenceLadder(self._protocol.ping_after_s, self._protocol.dead_after_s)
        self._arm(self._ladder.deadline(now.mono_ns / 1e9))
        self.apply(self._protocol.opened(now))

    def stream_received(self, messages: list[str | bytes]) -> None:
        """`StreamHandler`: one wake-up's worth of messages."""
        now = self.now()
        if self._ladder is not None:
            self._ladder.heard(now.mono_ns / 1e9)
        received, apply = self._protocol.received, self._apply
        self._sink.hold()
        try:
            for message in messages:
                apply(received(message, now))
        finally:
            self._sink.release()
        if self._unsent:
            self.apply(())
        self._arm(now.mono_ns / 1e9 + LOOK_AGAIN_S)

    def call_answered(self, call_id: int, response: HttpResponse) -> None:
        """`CallHandler`: an answer. One that cannot be read leaves the outcome unknown."""
        try:
            effects = self._protocol.answered(call_id, response, self.now())
        except RemoteProtocolError as error:
            self._http_faults += 1
            self._note_fault(error, self._http_faults)
            self.call_failed(call_id, CallFailure(not_sent=False, reason=str(error)))
        else:
            self._http_faults = 0
            self.apply(effects)

    def call_failed(self, call_id: int, failure: CallFailure) -> None:
        """`CallHandler`: no answer."""
        self.apply(self._protocol.failed(call_id, failure, self.now()))

    # --- effects -------------------------------------------------------------------------------

    def _apply(self, effects: Effects) -> None:
        dispatch = self._dispatch
        for effect in effects:
            handler = dispatch.get(type(effect))
            if handler is None:
                raise LocalProtocolError(f"a protocol returned {type(effect).__name__}: no effect")
            handler(effect)

    def _send(self, frame: SendFrame) -> None:
        if self._stream is not None and self._ladder is not None:
            try:
                self._stream.send(frame)
            except LimitExceeded as error:
                self._stream.close(error)
            else:
                return
        if frame.order:
            self._unsent.append(frame)

    def _send_ping(self, ping: SendPing) -> None:
        if self._stream is not None and self._ladder is not None:
            self._stream.ping(ping.payload)

    def _connect_now(self, _effect: Connect) -> None:
        if self._preparation is not None:
            self._preparation.ready()

    def _call(self, call: HttpCall) -> None:
        if self._http is None:
            raise LocalProtocolError("an HTTP call of a venue that declares no HTTP base URL")
        self._http.start(call)

    def _withdraw(self, effect: Withdraw) -> None:
        if self._http is not None:
            self._http.withdraw(effect.call_id)

    def _keep(self, effect: Keep) -> None:
        if isinstance(self._sink, KeepsTexts):
            self._sink.keep(effect.text)

    def _set_state(self, effect: SetState) -> None:
        if not self._down:
            self._sink.state(effect.state, effect.reason)

    def _close(self, error: Exception | None) -> None:
        """End the connection, or the wait for the next one if we are stopping."""
        if self._preparation is not None:
            self._preparation.close(error)
        if self._stream is not None:
            self._stream.close(error)
        if self._ended():
            self._waiting.cancel()

    def _give_up(self, error: Exception) -> None:
        self._down = f"{type(error).__name__}: {error}"
        self._sink.state(VenueStateWord.DOWN, self._down)
        self._sink.note(Note("session_gave_up", self._down, alert=True))
        if self._http is not None:
            self._http.close(f"the session is down: {error}")
        self._close(error)

    # --- connections ---------------------------------------------------------------------------

    async def _connect_again_and_again(self) -> None:
        """Until we stop or give up."""
        while not self._ended():
            delay_s = self._judge(await self._connect())
            if not self._ended():
                with trio.CancelScope() as self._waiting:
                    await trio.sleep(delay_s)

    def _ended(self) -> bool:
        return self._stopping or bool(self._down)

    async def _connect(self) -> StreamEnd:
        """One connection from the attempt to its end, told to the protocol."""
        self._sink.state(VenueStateWord.CONNECTING, "")
        end = await self._prepare() or await self._carry()
        reason = str(end.error or "the session is stopping")
        if end.refused_status == 401:
            self._give_up(CredentialsRejected(reason))
        if not self._down:
            self._sink.state(VenueStateWord.DISCONNECTED, reason)
        self.apply(())
        self.apply(self._protocol.lost(reason, self.now()))
        return end

    async def _prepare(self) -> StreamEnd | None:
        """Have the protocol get what a connection needs; None when it may be opened."""
        if not isinstance(self._protocol, PreparesConnection):
            return None
        self._preparation = preparation = Preparation(self._options.prepare_timeout_s)
        self.apply(self._protocol.prepare(self.now()))
        end = await preparation.run()
        self._preparation = None
        return end

    async def _carry(self) -> StreamEnd:
        self._stream = stream = self._open_stream(self._protocol.target(), self)
        end = await stream.run()
        self._stream = self._ladder = None
        self._unsent += [frame for frame in stream.unsent() if frame.order]
        return end

    def _judge(self, end: StreamEnd) -> float:
        """Count how the connection ended; seconds to wait before the next."""
        lived_s = (self._clock.monotonic_ns() - self._opened_ns) / 1e9 if end.opened else 0.0
        if end.opened and lived_s >= self._options.stable_after_s:
            self._failures = self._faults = 0
        if isinstance(end.error, RemoteProtocolError | LimitExceeded):
            self._faults += 1
            self._note_fault(end.error, self._faults)
        elif end.error is not None:
            self._sink.note(Note("connection_ended", f"{type(end.error).__name__}: {end.error}"))
        delay_s = self._backoff.next_delay(
            self._failures, self._rng.random(), retry_after_s=end.retry_after_s
        )
        self._failures += 1
        return delay_s

    def _note_fault(self, error: Exception, in_a_row: int) -> None:
        alert = in_a_row >= self._options.faults_alert
        self._sink.note(Note("venue_protocol_error", str(error), alert=alert))

    # --- time ----------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        """Call `due` and climb the silence ladder when their time comes; sleeps until then."""
        while True:
            self._armed_s = self._next_s()
            with trio.CancelScope(deadline=self._trio_deadline()) as self._timer:
                await trio.sleep_forever()
            self._fire()

    def _fire(self) -> None:
        now = self.now()
        deadline_ns = self._protocol.deadline()
        if deadline_ns is not None and now.mono_ns >= deadline_ns:
            self.apply(self._protocol.due(now))
        if self._ladder is None or self._stream is None:
            return
        due = self._ladder.due(now.mono_ns / 1e9)
        if due is Due.PING:
            self.apply(self._protocol.ping(now))
        elif due is Due.DEAD:
            limit_s = self._protocol.dead_after_s
            self._stream.close(PeerSilent(f"the venue has said nothing for {limit_s:g} s"))
            self._ladder = None

    def _next_s(self) -> float:
        deadline_ns = self._protocol.deadline()
        moment_s = inf if deadline_ns is None else deadline_ns / 1e9
        if self._ladder is None:
            return moment_s
        return min(moment_s, self._ladder.deadline(self._now_s()))

    def _rearm(self) -> None:
        """Bring the timer forward if the protocol's deadline has; later ones are seen when it fires."""
        deadline_ns = self._protocol.deadline()
        if deadline_ns is not None:
            self._arm(deadline_ns / 1e9)

    def _arm(self, moment_s: float) -> None:
        if moment_s < self._armed_s:
            self._armed_s = moment_s
            self._timer.deadline = self._trio_deadline()

    def _trio_deadline(self) -> float:
        return trio.current_time() + max(self._armed_s - self._now_s(), TIMER_STEP_MIN_S)

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9
