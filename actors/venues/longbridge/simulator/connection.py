"""One connection of either gateway as the venue sees it: packets in, outcomes out, no I/O and no clock.

The owner (`peer.py`, or a test) hands in every packet with the time, carries out the returned
outcomes in order, tells `activity` when bytes came in, and asks `expired` when `next_deadline_ns`
has passed. Login, sessions and timing rules live here; what commands answer is in `queries.py` and
`subscriptions.py`.
"""

from typing import Any, Final, Literal, TypeAlias

import attrs

from actors.venues.longbridge.simulator import bodies, errors
from actors.venues.longbridge.simulator.calls import Call, Handler
from actors.venues.longbridge.simulator.errors import Refusal
from actors.venues.longbridge.simulator.faults import FaultKind, error_value
from actors.venues.longbridge.simulator.hub import Sink, SubType
from actors.venues.longbridge.simulator.otps import Session
from actors.venues.longbridge.simulator.packets import CloseCode, Command, Kind, Packet, Status
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator.moment import NS, Moment
from engine.simulator.protobuf import NotMessage, parse

Gateway = Literal["quote", "trade"]
OVERNIGHT_KEY: Final = "need_over_night_quote"
COUNTED: Final = range(10, 28)
"""Commands of the quote gateway that the limits on calls are for: what SDKs send by themselves at
their start (profile, subscriptions, calendar) is not counted."""


@attrs.frozen
class Answer:
    """Send this response; `counted_for` is the account whose call ends with it, "" for none."""

    command: int
    request_id: int
    status: int
    body: bytes
    counted_for: str = ""


@attrs.frozen
class First:
    """Push the present state of these types of a symbol to this connection."""

    symbol: str
    kinds: tuple[SubType, ...]


@attrs.frozen
class Resumed:
    """The session went over to this connection; whoever had it before is disconnected."""

    session_id: str


@attrs.frozen
class Goodbye:
    """Push this reason and disconnect."""

    code: CloseCode
    reason: str


Outcome: TypeAlias = Answer | First | Resumed | Goodbye


class Connection:
    """Protocol state of one connection after its handshake.

    Args:
        gateway: which commands there are.
        endpoint: where it came in, for faults and the log.
        venue: what the commands work on.
        sink: its outbox, under which it is subscribed.
        handlers: the commands of the gateway.
        opened_ns: monotonic time of the handshake.
    """

    def __init__(
        self,
        gateway: Gateway,
        endpoint: str,
        venue: Venue,
        *,
        sink: Sink,
        handlers: dict[int, Handler],
        opened_ns: int,
    ) -> None:
        self.gateway = gateway
        self.account: str | None = None
        self.session: Session | None = None
        self._overnight = False
        self._endpoint = endpoint
        self._venue = venue
        self._sink = sink
        self._handlers = handlers
        self._opened_ns = opened_ns
        self._last_ns = opened_ns
        self._idle_ns = int(venue.settings.idle_s * NS)
        self._login_ns = int(venue.settings.login_s * NS)

    # --- time -----------------------------------------------------------------------------

    def activity(self, now_ns: int) -> None:
        """Bytes of any kind came in."""
        self._last_ns = now_ns

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `expired` has to be asked again."""
        idle = self._last_ns + self._idle_ns
        return idle if self.account is not None else min(idle, self._opened_ns + self._login_ns)

    def expired(self, now_ns: int) -> Goodbye | None:
        """Why the venue closes this connection now, None when it does not."""
        if self.account is None and now_ns >= self._opened_ns + self._login_ns:
            return Goodbye(CloseCode.AUTH_ERROR, "no login")
        if now_ns >= self._last_ns + self._idle_ns:
            return Goodbye(CloseCode.HEARTBEAT_TIMEOUT, "heartbeat timeout")
        return None

    def gone(self) -> None:
        """The connection is closed: give back what it held."""
        if self.account is not None:
            self._venue.sessions.leave(self.account)
            self.account = None

    # --- packets --------------------------------------------------------------------------

    def receive(self, packet: Packet, now: Moment) -> list[Outcome]:
        """What one packet of the client makes the venue do, in order."""
        self.activity(now.mono_ns)
        if packet.kind is not Kind.REQUEST:
            return []  # an answer to a heartbeat; a push of a client means nothing
        try:
            return self._dispatch(packet, now)
        except Refusal as refusal:
            return [refused(packet, refusal)]
        except NotMessage:
            return [refused(packet, errors.INVALID)]

    def _dispatch(self, packet: Packet, now: Moment) -> list[Outcome]:
        match packet.command:
            case Command.HEARTBEAT:
                return [answered(packet, packet.body)]
            case Command.AUTH:
                return self._auth(packet, now)
            case Command.RECONNECT:
                return self._reconnect(packet, now)
        if self.account is None:
            raise errors.UNAUTHENTICATED
        handler = self._handlers.get(packet.command)
        if handler is None:
            raise errors.INVALID
        return self._call(packet, handler, self.account, now)

    def _call(self, packet: Packet, handler: Handler, account: str, now: Moment) -> list[Outcome]:
        counted = ""
        if self.gateway == "quote" and packet.command in COUNTED:
            self._venue.limits.enter(account, now)
            counted = account
        try:
            request = parse(handler.request, packet.body)
            call = Call(self._venue, self._sink, account, now, self._overnight)
            body = handler.answer(call, request).SerializeToString()
        except Refusal as refusal:
            return [attrs.evolve(refused(packet, refusal), counted_for=counted)]
        except NotMessage:
            return [attrs.evolve(refused(packet, errors.INVALID), counted_for=counted)]
        outcomes: list[Outcome] = [attrs.evolve(answered(packet, body), counted_for=counted)]
        outcomes.extend(First(symbol, kinds) for symbol, kinds in call.first.items())
        return outcomes

    # --- login ----------------------------------------------------------------------------

    def _auth(self, packet: Packet, now: Moment) -> list[Outcome]:
        request = parse(bodies.AuthRequest, packet.body)
        self._refuse_by_fault(FaultKind.REJECT_LOGIN, errors.BAD_OTP)
        account = self._venue.otps.redeem(request.token, now)
        if account is None:
            self._note(now, "", accepted=False)
            raise errors.BAD_OTP
        self._log_in(account, now)
        self._overnight = request.metadata.get(OVERNIGHT_KEY) == "true"
        self.session = self._venue.sessions.open(account, self.gateway, now)
        return [answered(packet, self._greeting("AuthResponse"))]

    def _reconnect(self, packet: Packet, now: Moment) -> list[Outcome]:
        request = parse(bodies.ReconnectRequest, packet.body)
        self._refuse_by_fault(FaultKind.REFUSE_RESUME, errors.BAD_SESSION)
        session = self._venue.sessions.resume(request.session_id, self.gateway, now)
        if session is None:
            self._note(now, "", accepted=False, resumed=True)
            raise errors.BAD_SESSION
        self._log_in(session.account, now, resumed=True)
        self._overnight = request.metadata.get(OVERNIGHT_KEY) == "true"
        self.session = session
        return [
            Resumed(session.session_id),
            answered(packet, self._greeting("ReconnectResponse")),
        ]

    def _refuse_by_fault(self, kind: FaultKind, usual: Refusal) -> None:
        fault = self._venue.faults.take((kind,), self._endpoint)
        if fault is not None:
            raise Refusal(*error_value(fault, usual.status, usual.code), usual.text)

    def _log_in(self, account: str, now: Moment, *, resumed: bool = False) -> None:
        sessions = self._venue.sessions
        if account != self.account:
            # the connection that a resumed session comes from may still count, it is about to go
            if sessions.full(account) and not resumed:
                self._note(now, account, accepted=False)
                raise errors.CONNECTION_LIMIT
            self.gone()
            sessions.enter(account)
        self.account = account
        self._note(now, account, accepted=True, resumed=resumed)

    def _greeting(self, kind: str) -> bytes:
        session, sessions = self.session, self._venue.sessions
        if session is None:
            raise errors.UNAUTHENTICATED
        body: bytes = getattr(bodies, kind)(
            session_id=session.session_id,
            expires=session.expires_ms,
            limit=sessions.limit,
            online=sessions.online(session.account),
        ).SerializeToString()
        return body

    def _note(self, now: Moment, account: str, **details: Any) -> None:
        self._venue.log.append("login", now, endpoint=self._endpoint, account=account, **details)


def answered(packet: Packet, body: bytes) -> Answer:
    """The good answer to a request."""
    return Answer(packet.command, packet.request_id, Status.SUCCESS, body)


def refused(packet: Packet, refusal: Refusal) -> Answer:
    """The answer to a request that is not carried out."""
    body = bodies.Error(code=refusal.code, msg=refusal.text).SerializeToString()
    return Answer(packet.command, packet.request_id, refusal.status, body)
