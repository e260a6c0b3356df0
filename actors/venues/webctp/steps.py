"""The steps that the counter demands, taken for both sockets: from the greeting to being in service.

`set` (trade), `connect` once per socket, and after every CONNECTED: authentication (trade), login, a rest,
the confirmation of the settlement once per trading day (trade). The tables stand in `stages`. A step
that is refused with a number that must not be tried again ends the session; any other costs the connection.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.webctp.codes import Endpoint, Kind
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.errors import INVALID_LOGIN, disconnect_reason, login_error
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.stages import (
    MARKET_TRANSITIONS,
    TRADE_TRANSITIONS,
    Input,
    Stage,
    market_step,
    trade_step,
)
from actors.venues.webctp.turns import Ended, Outcome, Rank, Request, Row
from actors.venues.webctp.wire import Message, integer, stripped, text
from engine.errors import AuthError, ConnectFailed, ConnectionLost, PeerSilent, RemoteProtocolError
from engine.session.contract import Drop, GiveUp, Note, Now

MARKET_LOGINS_MAX: Final = 3
"""Market data logins refused as not verified: below the number that locks an account."""
FRONT_REFUSALS_ALERT: Final = 3
"""Fronts lost in a row before a login: more than a passing trouble."""
EXCHANGE_TIMES: Final = {
    "SHFE": "shfe_time",
    "DCE": "dce_time",
    "CZCE": "czce_time",
    "CFFEX": "ffex_time",
    "INE": "ine_time",
    "GFEX": "gfex_time",
}


@attrs.frozen(kw_only=True)
class Login:
    """What the counter says at a login.

    Attributes:
        trading_day: `YYYYMMDD`; at night the next day's.
        front_id: with `session_id` and a ref the counter's name of an order.
        session_id: another one after each login.
        max_order_ref: as it came, a number as text.
        exchange_times: `HH:MM:SS` of each exchange that told its time.
    """

    trading_day: str
    front_id: int
    session_id: int
    max_order_ref: str
    exchange_times: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, message: Message) -> "Login":
        """Of a LOGIN message. Raises RemoteProtocolError."""
        info = message.info
        day = text(info, "trading_day", 8)
        if len(day) != 8 or not (day.isascii() and day.isdigit()):
            raise RemoteProtocolError("the venue sent trading_day that is not a day")
        times = {name: stripped(info, field) for name, field in EXCHANGE_TIMES.items()}
        return cls(
            trading_day=day,
            front_id=integer(info, "front_id"),
            session_id=integer(info, "session_id"),
            max_order_ref=stripped(info, "max_order_ref"),
            exchange_times={name: time for name, time in times.items() if time},
        )


@attrs.frozen
class LoggedIn:
    """The counter took the login; the trade front now replays the whole day's orders and trades."""

    login: Login
    again: bool
    """Whether this socket was logged in before."""


@attrs.frozen
class InService:
    """Whatever may be asked may be asked now. Subscriptions are gone."""

    login: Login


@attrs.frozen
class FrontLost:
    """The gateway has lost the front: nothing can be asked until `InService` comes again."""

    reason: str


@attrs.frozen(eq=False)
class Step:
    """Tag of the requests that are steps; `given` is what their success means."""

    given: Input | None
    name: str


Taken = Request | LoggedIn | InService | FrontLost | Drop | GiveUp | Note
"""What comes out: requests to push, events for the owner, effects."""


class Steps:
    """The steps of one socket.

    Args:
        settings: fronts and patience.
        endpoint: which socket.
        credentials: what is shown.
    """

    def __init__(self, settings: Settings, endpoint: Endpoint, credentials: Credentials) -> None:
        self.stage = Stage.CLOSED
        self.login: Login | None = None
        self._settings = settings
        self._credentials = credentials
        self._is_trade = endpoint is Endpoint.TRADE
        self._step = trade_step if self._is_trade else market_step
        self._table = TRADE_TRANSITIONS if self._is_trade else MARKET_TRANSITIONS
        self._due_ns: int | None = None
        self._attempt: Step | None = None
        self._logged_in_here = False
        self._confirmed_day = ""
        self._front_refusals = 0
        self._market_refusals = 0

    # --- moves --------------------------------------------------------------------------------

    def _move(self, given: Input) -> None:
        self.stage = self._step(self.stage, given)
        self._due_ns = None
        self._attempt = None

    def _told(self, given: Input) -> bool:
        """The peer says so: whether it matters. Raises RemoteProtocolError where it cannot be."""
        if self.stage is Stage.LEAVING:
            return False
        if (self.stage, given) not in self._table:
            raise RemoteProtocolError(f"{given.value} while the connection is {self.stage.value}")
        self._move(given)
        return True

    def _wait(self, seconds: float, now: Now) -> None:
        self._due_ns = now.mono_ns + int(seconds * 1e9)

    def opened(self, now: Now) -> None:
        """The socket is open."""
        self._move(Input.OPENED)
        self._logged_in_here = False
        self._wait(self._settings.greeting_timeout_s, now)

    def lost(self) -> None:
        """The socket is gone."""
        self._move(Input.LOST)

    def greeted(self, now: Now) -> list[Taken]:
        """The gateway takes requests."""
        if not self._told(Input.GREETED):
            return []
        return self._name("broker_id") if self._is_trade else self._call(now)

    # --- requests -----------------------------------------------------------------------------

    def _ask(
        self, op: str, data: Mapping[str, object], given: Input | None, answer: Kind | None = None
    ) -> list[Taken]:
        self._attempt = Step(given, op)
        request = Request(
            op=op,
            data=data,
            rank=Rank.STEP,
            answer=answer,
            tag=self._attempt,
            answer_timeout_s=self._settings.login_timeout_s,
        )
        return [request]

    @property
    def investor_id(self) -> str:
        """Whose account it is."""
        return self._settings.investor_id or self._credentials.user_id

    def _name(self, field: str) -> list[Taken]:
        """One field per message: each is acknowledged by itself."""
        value = self._credentials.broker_id if field == "broker_id" else self.investor_id
        return self._ask("set", {field: value}, Input.NAMED)

    def _call(self, now: Now) -> list[Taken]:
        settings = self._settings
        front = settings.td_front if self._is_trade else settings.md_front
        host, _, port = front.rpartition(":")
        self._wait(settings.front_timeout_s, now)
        return self._ask("connect", {"addr": host, "port": port}, None)

    def _authenticate(self) -> list[Taken]:
        own = self._credentials
        data = {"user_id": own.user_id, "app_id": own.app_id, "auth_code": own.auth_code}
        return self._ask("auth", data, Input.AUTHENTICATED, Kind.AUTHENTICATE)

    def _log_in(self) -> list[Taken]:
        own = self._credentials
        data = {"user_id": own.user_id, "password": own.password}
        if not self._is_trade:
            data = {"broker_id": own.broker_id, **data}
        return self._ask("login", data, Input.LOGGED_IN, Kind.LOGIN)

    # --- what the front does ------------------------------------------------------------------

    def connected(self) -> list[Taken]:
        """CONNECTED: all over again from authentication or login."""
        if not self._told(Input.CONNECTED):
            return []
        return self._authenticate() if self._is_trade else self._log_in()

    def disconnected(self, message: Message, now: Now) -> list[Taken]:
        """DISCONNECTED: the gateway comes back by itself. Raises RemoteProtocolError."""
        if self._is_trade:
            source = message.err if "code" in message.err else message.info
            reason = disconnect_reason(integer(source, "code"), stripped(source, "msg")[:80])
        else:
            reason = disconnect_reason(integer(message.info, "reason"))
        if not self._told(Input.FRONT_LOST):
            return []
        self._wait(self._settings.front_return_s, now)
        self._front_refusals += 1
        taken: list[Taken] = [FrontLost(reason)]
        if self._front_refusals == FRONT_REFUSALS_ALERT:
            hint = (
                "lost again and again before a login: a gateway built for other fronts (test or "
                "production), or too many connections"
            )
            taken.append(Note("front_refuses", f"{reason}; {hint}", alert=True))
        return taken

    # --- ends of steps ------------------------------------------------------------------------

    def row(self, row: Row) -> list[Taken]:
        """A record of an answer; only that of the login is of interest. Raises RemoteProtocolError."""
        if row.request.tag is self._attempt and row.request.answer is Kind.LOGIN:
            self.login = Login.of(row.message)
        return []

    def ended(self, end: Ended, now: Now) -> list[Taken]:
        """A step came to its end."""
        step = self._attempt
        if step is None or step is not end.request.tag:
            return []  # of an attempt that the front has made void
        if end.outcome is Outcome.DONE:
            return self._done(step, now)
        if end.outcome is Outcome.REFUSED:
            return self._refused(step, end, now)
        if end.outcome is Outcome.TIMED_OUT:
            self._move(Input.REFUSED)
            return [Drop(PeerSilent(f"no answer to {step.name} in time"))]
        return []

    def _done(self, step: Step, now: Now) -> list[Taken]:
        if step.given is None:
            return []  # `connect`: it is the front that we wait for
        if step.given is Input.LOGGED_IN and self.login is None:
            raise RemoteProtocolError("the venue answered a login without a record")
        self._move(step.given)
        if self.stage is Stage.NAMING_INVESTOR:
            return self._name("investor_id")
        if self.stage is Stage.CALLING:
            return self._call(now)
        if self.stage is Stage.LOGGING_IN:
            return self._log_in()
        return self._served(now)

    def _served(self, now: Now) -> list[Taken]:
        """Logged in, or the settlement confirmed."""
        login = self.login
        if login is None:
            raise RemoteProtocolError("the venue confirmed before it took a login")
        if self.stage is Stage.IN_SERVICE and self._is_trade:
            self._confirmed_day = login.trading_day
            return [InService(login)]
        again, self._logged_in_here = self._logged_in_here, True
        self._front_refusals = self._market_refusals = 0
        if self.stage is Stage.RESTING:
            self._wait(self._settings.login_pause_s, now)
            return [LoggedIn(login, again)]
        return [LoggedIn(login, again), InService(login)]

    def _refused(self, step: Step, end: Ended, now: Now) -> list[Taken]:
        is_login = step.given is Input.LOGGED_IN
        unverified = not self._is_trade and is_login and end.code == INVALID_LOGIN
        if unverified and self._market_refusals + 1 < MARKET_LOGINS_MAX:
            self._market_refusals += 1
            self._move(Input.LATER)
            self._wait(self._settings.md_login_retry_s, now)
            return [
                Note("market_login_later", "is the trade session logged in? it has to be first")
            ]
        self._move(Input.REFUSED)
        error = login_error(end.code, end.text, step.name)
        return [GiveUp(error) if isinstance(error, AuthError) else Drop(error)]

    # --- time ---------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When `due` wants to be called."""
        return self._due_ns

    def due(self, now: Now) -> list[Taken]:
        """What waiting has come to."""
        if self._due_ns is None or now.mono_ns < self._due_ns:
            return []
        self._due_ns = None
        if self.stage is Stage.RESTING:
            return self._rested()
        if self.stage is Stage.PAUSED:
            self._move(Input.AGAIN)
            return self._log_in()
        error: Exception = PeerSilent("the gateway did not greet")
        if self.stage is Stage.CALLING:
            seconds = self._settings.front_timeout_s
            error = ConnectFailed(f"the front did not answer the gateway within {seconds:g} s")
        elif self.stage is Stage.FRONT_AWAY:
            error = ConnectionLost("the front stayed away")
        self._move(Input.REFUSED)
        return [Drop(error)]

    def _rested(self) -> list[Taken]:
        login = self.login
        if login is None:
            raise RemoteProtocolError("there is no login")
        if self._settings.confirm_settlement and login.trading_day != self._confirmed_day:
            self._move(Input.RESTED)
            kind = Kind.SETTLEMENT_INFO_CONFIRM
            return self._ask("confirm_settlement_info", {}, Input.CONFIRMED, kind)
        self._move(Input.CONFIRMED)
        return [InService(login)]
