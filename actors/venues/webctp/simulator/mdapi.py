"""`/market_data`: login, subscriptions and snapshots of one client."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from actors.venues.webctp.simulator import codes
from actors.venues.webctp.simulator.api import WARNED_S, Api, data_of
from actors.venues.webctp.simulator.codes import Md
from actors.venues.webctp.simulator.faults import FaultKind
from actors.venues.webctp.simulator.fields import Fields, Refused
from actors.venues.webctp.simulator.outlet import Sink
from actors.venues.webctp.simulator.pace import Pace
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.venue import Venue


class MdApi(Api):
    """A market data connection."""

    endpoint: ClassVar[str] = "market_data"
    messages = Md

    def __init__(self, venue: "Venue", sink: Sink, number: int) -> None:
        super().__init__(venue, sink, number)
        self._broker = ""
        self._subscribed: dict[str, None] = {}
        settings = venue.settings
        self._logins = Pace(settings.md_logins_per_s if settings.rate_limits else 0)
        self._operations: dict[str, Callable[[Fields, Moment], None]] = {
            "connect": self.connect,
            "login": self._login,
            "logout": self._logout,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "get_trading_day": self.get_trading_day,
        }

    def checked(
        self, name: str, request: Mapping[str, Any]
    ) -> tuple[Callable[[Fields, Moment], None], dict[str, Any]]:
        """See Api: the operation comes before the data."""
        do = self._operations.get(name)
        if do is None:
            raise Refused(f"Error: Unknown op `{name}`.")
        return do, data_of(request)

    def broker(self) -> str:
        """See Api."""
        return self._broker

    @property
    def subscribed(self) -> tuple[str, ...]:
        """The contracts of this session."""
        return tuple(self._subscribed)

    # --- operations -----------------------------------------------------------------------

    def _login(self, fields: Fields, now: Moment) -> None:
        broker, user, password = (
            fields.text(name) for name in ("broker_id", "user_id", "password")
        )
        if self.up and not self._logins.allows(now.mono_ns):
            self.performed(now, codes.TOO_MANY_PER_SECOND, req_id=self.next_req_id())
            return
        req_id = self.call(now)
        if req_id is None:
            return
        self._broker, self.user = broker, user
        code = self._refusal(broker, user, password)
        if not code:
            self.logged_in = True
            self.session_id = self.venue.next_session_id()
        self.venue.log.append(
            "login", now, connection=self.number, endpoint=self.endpoint, user=user, code=code
        )
        info = self.login_row(user, code, req_id, now) | {
            "reserve_info": "",
            "msg": "Login success",
            "code": 5,
        }
        self.say(Md.LOGIN, codes.error(code), info, self.answer_ns(now))

    def _refusal(self, broker: str, user: str, password: str) -> int:
        """Error code of a login; the front does not look at the password unless it is to verify it."""
        fault = self.venue.faults.take((FaultKind.REJECT_LOGIN,), self.endpoint)
        if fault is not None:
            return int(fault.number_value(3))
        if self.logged_in:
            return 5
        return 0 if self.venue.md_login_allowed(broker, user, password) else 3

    def _logout(self, fields: Fields, now: Moment) -> None:
        del fields, now
        raise Refused("Unsupported method")

    def _subscribe(self, fields: Fields, now: Moment) -> None:
        for name, code, info in self._rows(fields, now):
            due_ns = self.answer_ns(now) if info["is_last"] else now.mono_ns
            full = name not in self._subscribed and len(self._subscribed) >= self._most
            refusal = code or (6000 if full else 0)
            self.say(Md.SUBSCRIBE, codes.error(refusal), info, due_ns)
            if not refusal:
                self._subscribed[name] = None
                self.venue.board.join(self, name, now)

    @property
    def _most(self) -> int:
        return self.venue.settings.subscriptions_max

    def _unsubscribe(self, fields: Fields, now: Moment) -> None:
        for name, code, info in self._rows(fields, now):
            self._subscribed.pop(name, None)
            self.venue.board.leave(self, name)
            self.say(Md.UNSUBSCRIBE, codes.error(code), info, now.mono_ns)

    def _rows(self, fields: Fields, now: Moment) -> list[tuple[str, int, dict[str, object]]]:
        """The contracts that reach CTP, with the answer to each; none when there is no link."""
        names = fields.names("instruments")
        if self.venue.settings.subscribe == "last":
            names = names[-1:] * len(names)
        if self.call(now) is None:
            return []
        code = 0 if self.logged_in else 6
        last = len(names) - 1
        return [
            (name, code, {"instrument_id": name, "is_last": place == last, "req_id": 0})
            for place, name in enumerate(names)
        ]

    # --- what CTP tells -------------------------------------------------------------------

    def say_trading_day(self, day: str, now: Moment) -> None:
        """See Api."""
        self.say(Md.TRADING_DAY, {"code": 0, "msg": ""}, {"trading_day": day}, now.mono_ns)

    def tell_disconnected(self, reason: int, now: Moment) -> None:
        """See Api."""
        self.say(Md.DISCONNECTED, None, {"reason": reason}, now.mono_ns)

    def heartbeat_lost(self, now: Moment) -> None:
        """See Api: market data sessions are warned."""
        if self.up:
            self.say(Md.HEARTBEAT_TIMEOUT, None, {"time": WARNED_S}, now.mono_ns)
        super().heartbeat_lost(now)

    def forget_login(self) -> None:
        """See Api: subscriptions go with the session."""
        super().forget_login()
        for name in self._subscribed:
            self.venue.board.leave(self, name)
        self._subscribed.clear()
