"""One WebSocket of the gateway and the CTP API object it owns; what both kinds have in common.

Frames come in with their time, messages go out through the outlet. Pure: sockets and clocks are the
owner's, who hands in frames, and lets `advance` send what is due.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Final

from actors.venues.webctp.simulator import codes, tradingdays
from actors.venues.webctp.simulator.envelope import (
    NotJson,
    envelope,
    greeting,
    parse,
    problem,
)
from actors.venues.webctp.simulator.faults import REQUEST, Fault, FaultKind
from actors.venues.webctp.simulator.fields import Fields, Refused, unprocessable
from actors.venues.webctp.simulator.outlet import Outlet, Sink
from actors.venues.webctp.simulator.pace import Pace
from engine.simulator.moment import MS, NS, Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.venue import Venue

BEFORE_LOGIN: Final = "19800100"
"""What GetTradingDay says before the login."""
WARNED_S: Final = 61
"""Seconds of silence that HEARTBEAT_TIMEOUT tells of."""
LATE_MS: Final = 5
"""How much later than its answer a PERFORMED comes, where answers come first."""


class Api:
    """A client's connection; subclasses say what it may ask for.

    Args:
        venue: everything behind the gateway.
        sink: the client's socket.
        number: of the connection, for the log and for faults.
    """

    endpoint: ClassVar[str]
    messages: ClassVar[type[codes.Md] | type[codes.Td]]

    def __init__(self, venue: "Venue", sink: Sink, number: int) -> None:
        self.venue = venue
        self.sink = sink
        self.number = number
        settings = venue.settings
        self.outlet = Outlet(
            self.endpoint, sink, venue.faults, venue.agenda, binary=settings.frames == "binary"
        )
        self.registered = False
        self.up = False
        self.logged_in = False
        self.gone = False
        self.user = ""
        self.session_id = 0
        self.packets = Pace(settings.packets_per_s if settings.rate_limits else 0)
        self._req_ids = count(1)
        self._fault: Fault | None = None
        self._old = settings.greeting == "status"

    # --- what goes out --------------------------------------------------------------------

    def greet(self, now: Moment) -> None:
        """The first message."""
        self.outlet.blurt("ready", greeting(old=self._old), now)

    def say(
        self, message: codes.Md | codes.Td, err: object, info: object, due_ns: int, topic: str = ""
    ) -> None:
        """Queue one message; all but PERFORMED are CTP's."""
        number = self.code(message)
        if number is not None:
            subject = f"{message.name}/{topic}" if topic else message.name
            text = envelope(number, err, info)
            self.outlet.say(subject, text, due_ns, of_ctp=bool(number))

    def code(self, message: codes.Md | codes.Td) -> int | None:
        """The message's number in this generation of the gateway, None when it knows none."""
        return int(message)

    def answer_ns(self, now: Moment) -> int:
        """When an answer to a request of now comes; later when there are too many requests."""
        wait_ns = self.packets.wait_ns(now.mono_ns)
        return now.mono_ns + wait_ns + int(self.venue.settings.answer_ms * MS)

    def performed(self, now: Moment, code: int = 0, *, req_id: int, text: str = "") -> None:
        """Tell what became of a call of CTP."""
        fault = self._fault
        if fault is not None and fault.kind is FaultKind.NO_ANSWER:
            return
        info = self.performed_info(req_id, text)
        late_ns = 0
        if fault is not None and fault.kind is FaultKind.REQUEST_DELAY:
            late_ns = int(max(0.0, fault.number_value(1.0)) * NS)
        elif self.venue.settings.answer_first:
            late_ns = int((self.venue.settings.answer_ms + LATE_MS) * MS)
        message = self.messages.PERFORMED
        self.venue.agenda.after(
            late_ns, now, lambda then: self.say(message, {"code": code}, info, then.mono_ns)
        )

    def performed_info(self, req_id: int, text: str) -> dict[str, object]:
        """The `info` of PERFORMED."""
        del text
        return {"req_id": req_id}

    # --- what comes in --------------------------------------------------------------------

    def receive(self, frame: str | bytes, now: Moment) -> None:
        """Carry out what one frame asks for."""
        try:
            self._take(parse(frame), now)
        except NotJson:
            self._refuse(Refused("Invalid JSON payload", "parse_error"), now)
        except Refused as refused:
            self._refuse(refused, now)
        finally:
            self._fault = None

    def _refuse(self, refused: Refused, now: Moment) -> None:
        text = problem(refused.kind, refused.text, old=self._old)
        self.venue.log.append("refused", now, connection=self.number, text=refused.text)
        self.outlet.blurt(refused.kind, text, now)

    def _take(self, request: Any, now: Moment) -> None:
        if not isinstance(request, dict) or "op" not in request:
            raise Refused("Error: Field `op` not found.")
        name = request["op"]
        if not isinstance(name, str):
            raise unprocessable()
        do, data = self.checked(name, request)
        self._note(name, data, now)
        faults = self.venue.faults
        fault = faults.take(REQUEST, f"{self.endpoint}/{name}") if faults else None
        self.arriving(name, data, now, turned_away=fault is not None and fault.kind in _UNPROCESSED)
        if fault is None:
            do(Fields(data), now)
        else:
            self._misdo(fault, do, data, now)

    def _note(self, name: str, data: Mapping[str, Any], now: Moment) -> None:
        shown = {key: value for key, value in data.items() if key not in _SECRET}
        self.venue.log.append(
            "request", now, connection=self.number, endpoint=self.endpoint, op=name, data=shown
        )

    def _misdo(
        self, fault: Fault, do: Callable[[Fields, Moment], None], data: Any, now: Moment
    ) -> None:
        """A request that a fault has struck."""
        match fault.kind:
            case FaultKind.LOST:
                pass
            case FaultKind.RESET_BEFORE:
                self.sink.cut("reset by fault")
            case FaultKind.UNRELATED_ERROR:
                raise unprocessable()
            case FaultKind.PERFORMED:
                code = int(fault.number_value(codes.TOO_MANY_PER_SECOND))
                self.performed(now, code, req_id=next(self._req_ids))
            case FaultKind.ANSWER_ERROR:
                req_id = next(self._req_ids)
                self.performed(now, req_id=req_id)
                self.fail(int(fault.number_value(90)), req_id, now)
            case _:
                self._fault = fault
                do(Fields(data), now)
                if fault.kind is FaultKind.REQUEST_RESET:
                    self.sink.cut("reset by fault")

    def fail(self, code: int, req_id: int, now: Moment) -> None:
        """CTP's own ERROR (OnRspError)."""
        info = {"req_id": req_id, "is_last": True}
        self.say(self.messages.ERROR, codes.error(code), info, self.answer_ns(now))

    def checked(
        self, name: str, request: Mapping[str, Any]
    ) -> tuple[Callable[[Fields, Moment], None], dict[str, Any]]:
        """The operation and its data, or Refused in the endpoint's own order of checks."""
        raise NotImplementedError

    def arriving(self, name: str, data: Any, now: Moment, *, turned_away: bool) -> None:
        """A request is at the door; for whoever keeps a record of orders."""

    def call(self, now: Moment, text: str = "") -> int | None:
        """Consume a request id, and tell PERFORMED for a call of CTP; the id, None when it has no link."""
        req_id = next(self._req_ids)
        if not self.up:
            self.performed(now, codes.NOT_CONNECTED, req_id=req_id, text=text)
            return None
        self.performed(now, req_id=req_id, text=text)
        return req_id

    def next_req_id(self) -> int:
        """Consume a request id."""
        return next(self._req_ids)

    # --- the front ------------------------------------------------------------------------

    def connect(self, fields: Fields, now: Moment) -> None:
        """`connect`: RegisterFront and Init, once in the life of a socket."""
        fields.text("addr")
        fields.text("port")
        settings = self.venue.settings
        if self.registered:
            self.venue.log.append("connected_twice", now, connection=self.number)
            if settings.crash_on_second_connect:
                self.venue.crash("connect on a connected socket", now)
            return
        self.registered = True
        self.performed(now, req_id=0)
        fault = self.venue.faults.take((FaultKind.SILENT_CONNECT,), self.endpoint)
        if settings.silent_connect or fault is not None:
            return
        self.venue.agenda.after(int(settings.connect_ms * MS), now, self._on_front)

    def _on_front(self, now: Moment) -> None:
        """The front answers, unless it has too many of us."""
        if self.gone:
            return
        if self.venue.may_connect(now):
            self.up = True
            self.say(self.messages.CONNECTED, None, None, now.mono_ns)
        else:
            self.front_down(codes.READING_FAILED, 0.0, now)

    def front_down(self, reason: int, seconds: float, now: Moment) -> None:
        """The link to the front is lost; CTP comes back by itself."""
        if not self.registered or self.gone:
            return
        self.up = False
        self.forget_login()
        self.tell_disconnected(reason, now)
        back_s = max(seconds, self.venue.settings.reconnect_s)
        self.venue.agenda.after(int(back_s * NS), now, self._on_front)

    def tell_disconnected(self, reason: int, now: Moment) -> None:
        """Say DISCONNECTED."""
        raise NotImplementedError

    def heartbeat_lost(self, now: Moment) -> None:
        """The front fell silent for two minutes."""
        self.front_down(codes.HEARTBEAT_LOST, 0.0, now)

    def forget_login(self) -> None:
        """CTP knows this session no more."""
        self.logged_in = False
        self.session_id = 0

    def close(self) -> None:
        """The socket is gone, and its API object with it."""
        self.gone = True
        self.up = False
        self.forget_login()

    # --- common operations ----------------------------------------------------------------

    def get_trading_day(self, fields: Fields, now: Moment) -> None:
        """`get_trading_day`."""
        del fields
        day = tradingdays.text(self.venue.day) if self.logged_in else BEFORE_LOGIN
        self.say_trading_day(day, now)

    def say_trading_day(self, day: str, now: Moment) -> None:
        """Say TRADING_DAY."""
        raise NotImplementedError

    def login_row(self, user: str, code: int, req_id: int, now: Moment) -> dict[str, object]:
        """The `info` of LOGIN that both kinds have in common."""
        here = tradingdays.at(self.venue.time_ns(now)).strftime("%H:%M:%S")
        well = not code
        return {
            "req_id": req_id,
            "is_last": True,
            "trading_day": tradingdays.text(self.venue.day) if well else "",
            "login_time": here if well else "",
            "broker_id": self.broker(),
            "user_id": user,
            "system_name": "TradingHosting" if well else "",
            "front_id": 1 if well else 0,
            "session_id": self.session_id if well else 0,
            "max_order_ref": "1" if well else "",
            **dict.fromkeys(
                ("shfe_time", "dce_time", "czce_time", "ffex_time", "ine_time", "gfex_time"),
                here if well else "",
            ),
            "sys_version": "v6.7.11_20250714 14:30:16.6.9" if well else "",
            "login_dr_identity_id": 1 if well else 0,
            "user_dr_identity_id": 1 if well else 0,
            "last_login_time": "",
        }

    def broker(self) -> str:
        """The broker id of this session."""
        raise NotImplementedError


_SECRET: Final = frozenset({"password", "auth_code"})
_UNPROCESSED: Final = frozenset(
    {
        FaultKind.LOST,
        FaultKind.RESET_BEFORE,
        FaultKind.PERFORMED,
        FaultKind.ANSWER_ERROR,
        FaultKind.UNRELATED_ERROR,
    }
)


def data_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of a request."""
    if "data" not in request:
        raise Refused("Error: Field `data` not found.")
    data = request["data"]
    if not isinstance(data, dict):
        raise Refused("Error: Field `data` type error (expected object).")
    return data
