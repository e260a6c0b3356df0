"""One connection to a gateway: password, login or resumption, heartbeats, requests with their answers.

The quote and the trade session each own a `Gateway` and leave to it whatever both gateways have in
common. It returns effects, which the owner passes on, mixed with three events that are meant for the
owner: `LoggedIn`, `Answered` and `Pushed`. The table of its life stands in `stages`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.commands import Control
from actors.venues.longbridge.packets import (
    COMPRESS_FROM_BYTES,
    HANDSHAKE,
    TIMEOUT_MS_MAX,
    Kind,
    Packet,
    PacketReader,
    Status,
    decode,
    encode,
    next_request_id,
)
from actors.venues.longbridge.passwords import Password, Passwords
from actors.venues.longbridge.proto import control_pb2
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.stages import Input, Stage, step
from actors.venues.longbridge.tokens import Resumption
from engine.errors import (
    ConnectFailed,
    ConnectionLost,
    CredentialsRejected,
    LocalProtocolError,
    PeerSilent,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    CallFailure,
    Connect,
    Drop,
    GiveUp,
    HttpResponse,
    Note,
    Now,
    SendFrame,
    SendPing,
    SetState,
    Target,
)
from engine.session.values import shorten

REQUESTS_UNDER_WAY_MAX: Final = 64
"""Requests without an answer on one connection; the sessions' own limits are far below."""
LOGIN_REFUSALS_MAX: Final = 2
"""Fresh one-time passwords refused in a row; one may have run out on the way, two did not."""
DISPLACED_MAX: Final = 2
DISPLACED_WITHIN_NS: Final = 60_000_000_000
"""Times in a row that another connection may take our place before we stop fighting it."""


@attrs.frozen
class LoggedIn:
    """The gateway takes requests. Subscriptions are gone, whether or not the session was resumed."""

    resumed: bool


@attrs.frozen(kw_only=True)
class Answered:
    """A request came to its end: an answer, a refusal, or `timed_out`.

    Attributes:
        tag: as given to `ask`.
        body: of an answer, for `bodies.parse`.
        code: of a refusal, the venue's own; 0 without one.
        text: of a refusal, shortened.
    """

    command: int
    tag: Any
    status: int
    body: bytes = b""
    code: int = 0
    text: str = ""
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Success."""
        return self.status == Status.SUCCESS and not self.timed_out

    @property
    def reason(self) -> str:
        """Why not, in one line."""
        return "no answer in time" if self.timed_out else f"{self.status}/{self.code}: {self.text}"


@attrs.frozen
class Pushed:
    """The gateway said something by itself."""

    command: int
    body: bytes


@attrs.frozen
class _Asked:
    command: int
    tag: Any
    deadline_ns: int


class Gateway:
    """The common half of both sessions.

    Args:
        settings: transport, patience and language.
        calls: makes the signed call for the one-time password.
        metadata: goes with the login; the trade gateway gets none.
    """

    def __init__(self, settings: Settings, calls: Calls, metadata: Mapping[str, str]) -> None:
        self.stage = Stage.CLOSED
        self._settings = settings
        self.passwords = Passwords(settings, calls)
        self._metadata = dict(metadata)
        self._resumption = Resumption()
        self._otp = ""
        self._reader: PacketReader | None = None
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0
        self._ping_ns: int | None = None
        self._refusals = 0
        self._displaced: list[int] = []

    @property
    def in_service(self) -> bool:
        """Whether requests may be made."""
        return self.stage is Stage.IN_SERVICE

    @property
    def under_way(self) -> int:
        """Requests without an answer, heartbeats among them."""
        return len(self._asked)

    def target(self, url: str) -> Target:
        """Where to connect."""
        settings = self._settings
        if settings.is_tcp:
            return Target(url, plain_accepted=settings.tcp_unencrypted_accepted)
        return Target(url, headers=(("accept-language", settings.language),))

    # --- before the connection --------------------------------------------------------------------

    def prepare(self, now: Now) -> list[object]:
        """Connect at once to resume a session, else get a one-time password first."""
        self.stage = step(self.stage, Input.PREPARE)
        if self._resumption.usable(now.wall_ns):
            self.stage = step(self.stage, Input.EQUIPPED)
            return [Connect()]
        self._resumption.forget()
        return [self.passwords.ask(now)]

    def mine(self, call_id: int) -> bool:
        """Whether this call is the gateway's: for a password, or for another access token."""
        return self.passwords.mine(call_id)

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> list[object]:
        """A call of the gateway was answered; with a password the connection can be opened."""
        wanted = self.stage is Stage.PREPARING
        out: list[object] = []
        for item in self.passwords.answered(call_id, response, now, wanted=wanted):
            if isinstance(item, Password):
                self._otp = item.text
                self.stage = step(self.stage, Input.EQUIPPED)
                out.append(Connect())
            else:
                out.append(item)
        return out

    def failed(self, call_id: int, failure: CallFailure) -> list[object]:
        """A call of the gateway came to nothing."""
        wanted = self.stage is Stage.PREPARING
        return self.passwords.failed(call_id, failure, wanted=wanted)

    # --- the connection ---------------------------------------------------------------------------

    def opened(self, now: Now) -> list[object]:
        """Shake hands and log in, with the session if there is one, else with the password."""
        self._asked.clear()
        self._last_id = 0
        self._reader = PacketReader() if self._settings.is_tcp else None
        effects: list[object] = [SetState(VenueStateWord.LOGGING_IN)]
        if self._settings.is_tcp:
            effects.append(SendFrame(HANDSHAKE))
        if self._otp:
            token, self._otp = self._otp, ""
            login = control_pb2.AuthRequest(token=token, metadata=self._metadata)
            self.stage, command = step(self.stage, Input.LOGIN), Control.AUTH
        else:
            session_id = self._resumption.session_id
            login = control_pb2.ReconnectRequest(session_id=session_id, metadata=self._metadata)
            self.stage, command = step(self.stage, Input.RESUME), Control.RECONNECT
        timeout_s = self._settings.login_timeout_s
        return effects + self._ask(
            command, login.SerializeToString(deterministic=True), None, now, timeout_s
        )

    def lost(self) -> None:
        """The connection is gone: so are its requests, and a password that was not used."""
        self.stage = step(self.stage, Input.LOST)
        self._asked.clear()
        self._reader = None
        self._otp = ""
        self._ping_ns = None

    def received(self, data: str | bytes, now: Now) -> list[object]:
        """What one WebSocket message or one piece of a TCP stream brings.

        Raises:
            RemoteProtocolError: bytes that are no packets, or packets that the protocol does not allow.
        """
        packets: Iterable[Packet]
        packets = (decode(data),) if self._reader is None else self._reader.feed(data)
        out: list[object] = []
        for packet in packets:
            out += self._packet(packet, now)
        return out

    def _packet(self, packet: Packet, now: Now) -> list[object]:
        if packet.kind is Kind.PUSH:
            if packet.command == Control.CLOSE:
                return self._closed(parse(control_pb2.Close, packet.body), now)
            return [Pushed(packet.command, packet.body)]
        if packet.kind is Kind.RESPONSE:
            return self._response(packet, now)
        if packet.command != Control.HEARTBEAT:
            raise RemoteProtocolError(f"the venue asked us for command {packet.command}")
        answer = attrs.evolve(packet, kind=Kind.RESPONSE, timeout_ms=0, nonce=None, signature=b"")
        return [SendFrame(encode(answer))]

    def _response(self, packet: Packet, now: Now) -> list[object]:
        asked = self._asked.get(packet.request_id)
        if asked is None:
            return []  # an answer that came too late
        if packet.command != asked.command:
            raise RemoteProtocolError(
                f"the venue answered command {asked.command} with command {packet.command}"
            )
        del self._asked[packet.request_id]
        answer = _answer(packet, asked)
        if asked.command == Control.HEARTBEAT:
            return []
        if asked.command in (Control.AUTH, Control.RECONNECT):
            return self._login_answered(answer, now)
        return [answer]

    # --- login ------------------------------------------------------------------------------------

    def _login_answered(self, answer: Answered, now: Now) -> list[object]:
        resumed = self.stage is Stage.RESUME_SENT
        if not answer.ok:
            return self._login_refused(answer, resumed=resumed)
        kind: Any = control_pb2.ReconnectResponse if resumed else control_pb2.AuthResponse
        granted: Any = parse(kind, answer.body)
        self._resumption.granted(granted.session_id, granted.expires)
        self.stage = step(self.stage, Input.GRANTED)
        self._refusals = 0
        self.passwords.granted()
        self._plan_ping(now)
        return [LoggedIn(resumed)]

    def _login_refused(self, answer: Answered, *, resumed: bool) -> list[object]:
        self._resumption.forget()
        self.stage = step(self.stage, Input.REFUSED)
        if answer.status == Status.PERMISSION_DENIED:
            text = f"login refused: {answer.reason}"
            return [*self.passwords.full(text), Drop(ConnectFailed(text))]
        if resumed:
            return [Drop(ConnectionLost(f"the session was not resumed: {answer.reason}"))]
        if answer.status == Status.UNAUTHENTICATED:
            self._refusals += 1
            if self._refusals >= LOGIN_REFUSALS_MAX:
                return [GiveUp(CredentialsRejected(f"login refused: {answer.reason}"))]
        return [Drop(ConnectionLost(f"login refused: {answer.reason}"))]

    def _closed(self, close: Any, now: Now) -> list[object]:
        """The gateway says why it will end the connection."""
        codes = control_pb2.Close
        name = codes.Code.Name(close.code) if close.code in codes.Code.values() else close.code
        text = f"the gateway closed: {name} {shorten(close.reason)}".rstrip()
        if close.code in (codes.SESSION_EXPIRED, codes.AUTH_ERROR, codes.CONNECT_DUPLICATE):
            self._resumption.forget()
        if close.code == codes.UNPACK_ERROR:
            return [Note("packet_not_understood", text, alert=True), Drop(ConnectionLost(text))]
        if close.code == codes.CONNECT_DUPLICATE:
            return self._displaced_by_another(text, now)
        return [Drop(ConnectionLost(text))]

    def _displaced_by_another(self, text: str, now: Now) -> list[object]:
        since_ns = now.mono_ns - DISPLACED_WITHIN_NS
        self._displaced = [at_ns for at_ns in self._displaced if at_ns > since_ns]
        self._displaced.append(now.mono_ns)
        if len(self._displaced) >= DISPLACED_MAX:
            self._displaced.clear()
            return [GiveUp(PermissionMissing(f"{text}: another program uses this account"))]
        return [Note("connection_displaced", text, alert=True), Drop(ConnectionLost(text))]

    # --- requests ---------------------------------------------------------------------------------

    def ask(self, command: int, body: bytes, tag: Any, now: Now) -> list[object]:
        """Send a request; `Answered` with this tag ends it, unless the connection ends before.

        Raises:
            LocalProtocolError: not logged in, or more requests under way than is sane.
        """
        if not self.in_service:
            raise LocalProtocolError(f"command {command} before the login")
        return self._ask(command, body, tag, now, self._settings.request_timeout_s)

    def _ask(self, command: int, body: bytes, tag: Any, now: Now, timeout_s: float) -> list[object]:
        if len(self._asked) >= REQUESTS_UNDER_WAY_MAX:
            raise LocalProtocolError(f"{len(self._asked)} requests are under way already")
        request_id = next_request_id(self._last_id)
        while request_id in self._asked:
            request_id = next_request_id(request_id)
        self._last_id = request_id
        deadline_ns = now.mono_ns + int(timeout_s * 1e9)
        self._asked[request_id] = _Asked(int(command), tag, deadline_ns)
        packet = Packet(
            kind=Kind.REQUEST,
            command=int(command),
            request_id=request_id,
            timeout_ms=min(int(timeout_s * 1_000), TIMEOUT_MS_MAX),
            body=body,
        )
        return [SendFrame(encode(packet, compress=len(body) >= COMPRESS_FROM_BYTES))]

    # --- time -------------------------------------------------------------------------------------

    def ping(self, now: Now) -> list[object]:
        """A heartbeat as the transport has it: a ping frame, or a request of its own over TCP."""
        if not self.in_service:
            return []
        self._plan_ping(now)
        body = control_pb2.Heartbeat(timestamp=now.wall_ns // 1_000_000).SerializeToString()
        if not self._settings.is_tcp:
            return [SendPing(body)]
        if any(asked.command == Control.HEARTBEAT for asked in self._asked.values()):
            return []  # the last one is not answered yet; silence is judged by the driver
        return self._ask(Control.HEARTBEAT, body, None, now, self._settings.request_timeout_s)

    def deadline(self) -> int | None:
        """When an answer is overdue or a heartbeat due."""
        times = [asked.deadline_ns for asked in self._asked.values()]
        if self._ping_ns is not None:
            times.append(self._ping_ns)
        return min(times, default=None)

    def due(self, now: Now) -> list[object]:
        """What is overdue, as `Answered`; a login without an answer ends the connection."""
        out: list[object] = []
        late = [key for key, asked in self._asked.items() if now.mono_ns >= asked.deadline_ns]
        for request_id in late:
            asked = self._asked.pop(request_id)
            if asked.command in (Control.AUTH, Control.RECONNECT):
                return [self._login_unanswered()]
            if asked.command != Control.HEARTBEAT:
                timed_out = Answered(
                    command=asked.command,
                    tag=asked.tag,
                    status=Status.CLIENT_TIMEOUT,
                    timed_out=True,
                )
                out.append(timed_out)
        if self._ping_ns is not None and now.mono_ns >= self._ping_ns:
            out += self.ping(now)
        return out

    def _login_unanswered(self) -> Drop:
        self.stage = step(self.stage, Input.REFUSED)
        self._resumption.forget()
        return Drop(PeerSilent(f"no answer to the login in {self._settings.login_timeout_s:g} s"))

    def _plan_ping(self, now: Now) -> None:
        self._ping_ns = now.mono_ns + int(self._settings.heartbeat_interval_s * 1e9)


def _answer(packet: Packet, asked: _Asked) -> Answered:
    if packet.status == Status.SUCCESS:
        return Answered(
            command=asked.command, tag=asked.tag, status=packet.status, body=packet.body
        )
    error = parse(control_pb2.Error, packet.body)
    return Answered(
        command=asked.command,
        tag=asked.tag,
        status=packet.status,
        code=error.code,
        text=shorten(error.msg),
    )
