"""One connection as the venue sees it: messages in, answers to its outbox, no I/O and no clock.

The owner (`peer.py`, or a test) hands in every message with the time, tells `sent` when it sent
something, and asks `due` when `next_deadline_ns` has passed. Login, heartbeats and the faults that meet
requests are here; what messages of a logged-in client do is in the handlers of `routes.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from actors.venues.t4.simulator import logins, messages
from actors.venues.t4.simulator.calls import Call, Handler
from actors.venues.t4.simulator.codes import LoginResult
from actors.venues.t4.simulator.faults import REQUEST, FaultKind, enumerated
from actors.venues.t4.simulator.listings import EXCHANGES
from actors.venues.t4.simulator.sessions import Session, Sink
from actors.venues.t4.simulator.venue import Venue, frame
from engine.simulator.moment import NS, Moment
from engine.simulator.protobuf import ONEOF, NotMessage, parse

BEFORE_LOGIN_CLOSE: Final = 1008
MALFORMED_CLOSE: Final = 1007
NORMAL_CLOSE: Final = 1000
ENDPOINT: Final = "ws"
"""Where connections come in, as faults name it."""
PATIENCE_S: Final = 2.0
"""How long a client whose login was refused may take to close by itself."""


class Outbox(Sink, Protocol):
    """What a connection needs of its owner."""

    def farewell(self, code: int, reason: str, *, after_s: float = 0.0) -> None:
        """Send what is queued, then close (so much later)."""

    def cut(self, why: str) -> None:
        """End the connection with a reset."""

    def later(self, after_s: float, do: Callable[[], None]) -> None:
        """Do something so much later, if the connection is still there."""


class Connection:
    """Protocol state of one connection after its handshake.

    Args:
        venue: what the messages work on.
        outbox: of the connection.
        handlers: by the name of the message.
        clock: asked by what happens later.
        opened: time of the handshake.
    """

    def __init__(
        self,
        venue: Venue,
        outbox: Outbox,
        *,
        handlers: Mapping[str, Handler],
        clock: Callable[[], Moment],
        opened: Moment,
    ) -> None:
        self.session: Session | None = None
        self.ended = False
        self._late: list[tuple[str, Any]] = []
        self._venue = venue
        self._outbox = outbox
        self._handlers = handlers
        self._clock = clock
        self._opened_ns = self._heard_ns = self._sent_ns = opened.mono_ns
        settings = venue.settings
        self._login_ns = int(settings.login_s * NS)
        self._silence_ns = int(settings.silence_s * NS)
        self._heartbeat_ns = int(settings.heartbeat_s * NS)

    # --- time -----------------------------------------------------------------------------

    def sent(self, now_ns: int) -> None:
        """Something was sent."""
        self._sent_ns = now_ns

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `due` has to be asked again."""
        silent = self._heard_ns + self._silence_ns
        if self.session is None:
            return min(silent, self._opened_ns + self._login_ns)
        return min(silent, self._sent_ns + self._heartbeat_ns)

    def due(self, now: Moment) -> None:
        """Send a heartbeat, or close for silence, where it is time for that."""
        if self.ended:
            return
        if self.session is None and now.mono_ns >= self._opened_ns + self._login_ns:
            self._close(BEFORE_LOGIN_CLOSE, "no login")
        elif now.mono_ns >= self._heard_ns + self._silence_ns:
            self._close(self._venue.settings.silence_close, "silence")
        elif self.session is not None and now.mono_ns >= self._sent_ns + self._heartbeat_ns:
            self._outbox.push(frame("heartbeat", messages.Heartbeat(timestamp=now.wall_ms)))
            self._sent_ns = now.mono_ns

    def heard(self, now_ns: int) -> None:
        """A message of any kind came in."""
        self._heard_ns = now_ns

    def gone(self) -> None:
        """The connection is closed: give back what it held."""
        self.ended = True
        late, self._late = self._late, []
        for name, body in late:
            self._venue.desk.turned_away(name, body, self._clock(), "the connection has ended")
        if self.session is not None:
            self._venue.drop(self.session)

    def _close(self, code: int, reason: str, *, after_s: float = 0.0) -> None:
        self.ended = True
        self._outbox.farewell(code, reason, after_s=after_s)

    # --- messages -------------------------------------------------------------------------

    def receive(self, data: bytes, now: Moment) -> None:
        """Carry out what one message asks for."""
        self.heard(now.mono_ns)
        if self.ended:
            return
        try:
            message = parse(messages.ClientMessage, data)
        except NotMessage as error:
            self._close(MALFORMED_CLOSE, f"not a message: {error}")
            return
        name = message.WhichOneof(ONEOF)
        if name is None:
            return  # a payload of a later version
        if name != "heartbeat":
            self._meet(name, getattr(message, name), now)

    def _meet(self, name: str, body: Any, now: Moment) -> None:
        """A request, unless a fault comes between."""
        venue = self._venue
        fault = venue.faults.take(REQUEST, name) if venue.faults else None
        kind = None if fault is None else fault.kind
        self._note(name, body, now, fault="" if kind is None else kind.value)
        venue.desk.arrived(self.session, name, body, now)
        if fault is None or kind is FaultKind.REQUEST_RESET:
            self._process(name, body, now)
        elif kind is FaultKind.REQUEST_DELAY:
            delay_s = max(0.0, fault.number_value(1.0))
            self._late.append((name, body))
            self._outbox.later(delay_s, lambda: self._process_late(name, body))
        else:
            venue.desk.turned_away(name, body, now, kind.value if kind else "")
        if kind in (FaultKind.REQUEST_RESET, FaultKind.REQUEST_RESET_BEFORE):
            self._outbox.cut("reset by fault")

    def _note(self, name: str, body: Any, now: Moment, **details: object) -> None:
        about = {} if name == "login_request" else {"body": str(body).replace("\n", " ")[:2_000]}
        connection = self._outbox.number
        self._venue.log.append("message", now, connection=connection, name=name, **details, **about)

    def _process_late(self, name: str, body: Any) -> None:
        """Carry out what a fault held back; what the connection's end took with it is gone."""
        if (name, body) in self._late:
            self._late.remove((name, body))
            self._process(name, body, self._clock())

    def _process(self, name: str, body: Any, now: Moment) -> None:
        if self.ended:
            self._venue.desk.turned_away(name, body, now, "the connection has ended")
            return
        if name == "login_request" and self.session is None:
            self._log_in(body, now)
            return
        if self.session is None or name == "login_request":
            self._venue.desk.turned_away(name, body, now, "out of turn")
            self._close(BEFORE_LOGIN_CLOSE, f"{name} out of turn")
            return
        handler = self._handlers.get(name)
        if handler is not None:
            handler(Call(self._venue, self.session, now), body)

    # --- login ----------------------------------------------------------------------------

    def _log_in(self, request: Any, now: Moment) -> None:
        venue = self._venue
        users = venue.settings.users
        name = logins.user_named(request, users)
        if venue.faults.take((FaultKind.NO_LOGIN_ANSWER,), name):
            return
        faults = venue.faults
        rejects = (FaultKind.REJECT_LOGIN,)
        fault = faults.take(rejects, name) or faults.take(rejects, ENDPOINT)
        if fault is not None:
            result = LoginResult(enumerated(fault, LoginResult.FAILED))
            text = result.name.lower().replace("_", " ")
            verdict = logins.Verdict(result, text)
        else:
            verdict = logins.judged(request, users)
        facts = {"connection": self._outbox.number, "user": name}
        venue.log.append("login", now, result=verdict.result.name, **facts)
        if verdict.user is None:
            refusal = logins.refusal(verdict.result, verdict.text)
            self._outbox.push(frame("login_response", refusal))
            self._close(NORMAL_CLOSE, "login refused", after_s=PATIENCE_S)
            return
        self._welcome(verdict.user, request, now)

    def _welcome(self, user: Any, request: Any, now: Moment) -> None:
        venue = self._venue
        session = Session(
            sink=self._outbox,
            session_id=logins.session_id(f"{venue.born_ns}/{self._outbox.number}"),
            user=user,
            price_format=request.price_format,
            app_name=request.app_name or logins.DEFAULT_APP,
        )
        self.session = session
        without = venue.faults.take((FaultKind.NO_TOKEN,), user.username)
        token = None if without else venue.token_message(session, now)
        allowed = {each: venue.allowed(each) for each in EXCHANGES}
        welcome = logins.welcome(user, session.session_id, allowed, token)
        self._outbox.push(frame("login_response", welcome))
        self._sent_ns = now.mono_ns
        venue.sessions.open(session)
