"""`/trade`: authentication, login, orders and queries of one client."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import attrs

from actors.venues.webctp.simulator import codes, inquiries, tradingdays
from actors.venues.webctp.simulator.api import Api, data_of
from actors.venues.webctp.simulator.codes import Td
from actors.venues.webctp.simulator.faults import FaultKind
from actors.venues.webctp.simulator.fields import Fields, Refused
from actors.venues.webctp.simulator.investors import Investor
from actors.venues.webctp.simulator.outlet import Sink
from actors.venues.webctp.simulator.pace import Pace
from actors.venues.webctp.simulator.tickets import DELETE_REF_MAX, read_deletion, read_ticket
from engine.simulator.moment import NS, Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.venue import Venue

BROKER_BYTES_MAX: Final = 10
INVESTOR_BYTES_MAX: Final = 12


class TradeApi(Api):
    """A trade connection.

    Attributes:
        investor: whose account it is, from the login on.
        ref_last: highest order ref of this login.
    """

    endpoint: ClassVar[str] = "trade"
    messages = Td

    def __init__(self, venue: "Venue", sink: Sink, number: int) -> None:
        super().__init__(venue, sink, number)
        self.investor: Investor | None = None
        self.ref_last = 0
        self._broker = ""
        self._investor_id = ""
        self._authenticated = ""
        self._login_ns = 0
        self._querying = False
        settings = venue.settings
        self._row_ns = NS // settings.rows_per_s
        self._queries = Pace(settings.queries_per_s if settings.rate_limits else 0)
        self._operations: dict[str, Callable[[Fields, Moment], None]] = {
            "connect": self.connect,
            "set": self._set,
            "get_trading_day": self.get_trading_day,
            "auth": self._auth,
            "login": self._login,
            "logout": self._logout,
            "query_settlement_info": self._query_settlement_info,
            "confirm_settlement_info": self._confirm_settlement_info,
            "query_trading_account": self._query_trading_account,
            "insert_order": self._insert_order,
            "delete_order": self._delete_order,
            "query_order": self._query_order,
            "query_instrument": self._query_instrument,
        }
        if settings.codes == "document":
            for name in codes.NOT_DOCUMENTED:
                del self._operations[name]

    def checked(
        self, name: str, request: Mapping[str, Any]
    ) -> tuple[Callable[[Fields, Moment], None], dict[str, Any]]:
        """See Api: the data come before the operation."""
        data = data_of(request)
        do = self._operations.get(name)
        if do is None:
            raise Refused(f"Error: Unknown operation `{name}`.")
        return do, data

    def arriving(self, name: str, data: Any, now: Moment, *, turned_away: bool) -> None:
        """See Api."""
        if name == "insert_order":
            self.venue.testimony.arrived(data, now)
            if turned_away:
                self.venue.testimony.turned_away(data, now, "fault")

    def code(self, message: codes.Md | codes.Td) -> int | None:
        """See Api."""
        if self.venue.settings.codes == "document":
            return codes.DOCUMENTED.get(Td(message))
        return int(message)

    def performed_info(self, req_id: int, text: str) -> dict[str, object]:
        """See Api."""
        return {"msg": text, "req_id": req_id}

    def broker(self) -> str:
        """See Api."""
        return self._broker

    @property
    def investor_id(self) -> str:
        """Whose account orders and queries name."""
        return self._investor_id

    # --- who it is ------------------------------------------------------------------------

    def _set(self, fields: Fields, now: Moment) -> None:
        broker, investor = fields.optional("broker_id"), fields.optional("investor_id")
        if broker is not None:
            fits = len(broker.encode()) <= BROKER_BYTES_MAX
            if fits:
                self._broker = broker
            self.performed(now, 0 if fits else -1, req_id=self.next_req_id())
        if investor is not None:
            fits = len(investor.encode()) <= INVESTOR_BYTES_MAX
            if fits:
                self._investor_id = investor
            self.performed(now, 0 if fits else -1, req_id=self.next_req_id())

    def _auth(self, fields: Fields, now: Moment) -> None:
        user, app, auth = (fields.text(name) for name in ("user_id", "app_id", "auth_code"))
        req_id = self.call(now)
        if req_id is None:
            return
        fault = self.venue.faults.take((FaultKind.REJECT_AUTH,), self.endpoint)
        known = self.venue.user(self._broker, user)
        code = 0
        if fault is not None:
            code = int(fault.number_value(63))
        elif known is None or (known.app_id, known.auth_code) != (app, auth):
            code = 63
        self._authenticated = "" if code else user
        info = {
            "req_id": req_id,
            "is_last": True,
            "app_id": app,
            "app_type": 49,
            "broker_id": self._broker,
            "user_id": user,
            "user_product_info": "",
        }
        self.say(Td.AUTHENTICATE, codes.error(code), info, self.answer_ns(now))

    def _login(self, fields: Fields, now: Moment) -> None:
        user, password = fields.text("user_id"), fields.text("password")
        req_id = self.call(now)
        if req_id is None:
            return
        code = self._refusal(user, password)
        self.venue.log.append(
            "login", now, connection=self.number, endpoint=self.endpoint, user=user, code=code
        )
        if not code:
            self.logged_in = True
            self.user = user
            self.session_id = self.venue.next_session_id()
            self.ref_last = 0
            self._login_ns = now.mono_ns
        info = self.login_row(user, code, req_id, now)
        due_ns = self.answer_ns(now)
        self.say(Td.LOGIN, codes.error(code), info, due_ns)
        if not code:
            self._enter(user, now, due_ns)

    def _refusal(self, user: str, password: str) -> int:
        """Error code of a login."""
        fault = self.venue.faults.take((FaultKind.REJECT_LOGIN,), self.endpoint)
        if fault is not None:
            return int(fault.number_value(3))
        if self.logged_in:
            return 5
        if self._authenticated != user:
            return 64
        return self.venue.trade_login(self._broker, user, password)

    def _enter(self, user: str, now: Moment, due_ns: int) -> None:
        """Logged in: the day's stream is told from its beginning, then what is new."""
        investor = self.venue.investors[self._broker, user]
        self.investor = investor
        if self.venue.settings.replay_stream:
            for place, each in enumerate(investor.stream):
                paced_ns = due_ns + place * self._row_ns
                self.say(each.message, each.err, each.info, paced_ns, each.topic)
        investor.sessions[self] = None
        self.venue.on_trade_login(self._broker, user, now)

    def forget_login(self) -> None:
        """See Api."""
        super().forget_login()
        self._authenticated = ""
        self._querying = False
        if self.investor is not None:
            self.investor.sessions.pop(self, None)
            self.investor = None

    def _logout(self, fields: Fields, now: Moment) -> None:
        user = fields.text("user_id")
        req_id = self.call(now)
        if req_id is None:
            return
        code = 0 if self.logged_in and user == self.user else 6
        info = {"req_id": req_id, "is_last": True, "broker_id": self._broker, "user_id": user}
        self.say(Td.LOGOUT, codes.error(code), info, self.answer_ns(now))
        if not code:
            self.front_down(codes.READING_FAILED, 0.0, now)

    # --- settlement and queries -----------------------------------------------------------

    def _refused(self) -> int:
        """Error code of whatever needs a login and one's own account."""
        if not self.logged_in or self.investor is None:
            return 6
        return 0 if self._investor_id == self.investor.investor_id else 9

    def _confirm_settlement_info(self, fields: Fields, now: Moment) -> None:
        del fields
        req_id = self.call(now)
        if req_id is None:
            return
        code, here = self._refused(), tradingdays.at(self.venue.time_ns(now))
        if not code and self.investor is not None:
            self.investor.confirmed = self.venue.day
        info = inquiries.confirmation(self._broker, self._investor_id, here)
        row = {"req_id": req_id, "is_last": True, **info}
        self.say(Td.SETTLEMENT_INFO_CONFIRM, codes.error(code), row, self.answer_ns(now))

    def _query(
        self, message: Td, now: Moment, rows: Callable[[Investor], Iterable[dict[str, object]]]
    ) -> None:
        """One query: limits first, then its rows, the last of which says so."""
        settings = self.venue.settings
        if not self.up:
            self.call(now)
            return
        if settings.rate_limits and self._querying:
            self.performed(now, codes.TOO_MANY_UNANSWERED, req_id=self.next_req_id())
            return
        early = now.mono_ns < self._login_ns + int(settings.query_after_login_s * NS)
        early = early and self.logged_in and settings.rate_limits
        quick = not self._queries.allows(now.mono_ns)
        if quick and settings.query_excess == "performed" and not early:
            self.performed(now, codes.TOO_MANY_PER_SECOND, req_id=self.next_req_id())
            return
        req_id = self.next_req_id()
        self.performed(now, req_id=req_id)
        if early or quick:
            self.fail(90, req_id, now)
            return
        self._answer(message, req_id, rows, now)

    def _answer(
        self,
        message: Td,
        req_id: int,
        rows: Callable[[Investor], Iterable[dict[str, object]]],
        now: Moment,
    ) -> None:
        due_ns = self.answer_ns(now)
        code = self._refused()
        if code or self.investor is None:
            self.say(message, codes.error(code), {"req_id": req_id, "is_last": True}, due_ns)
            return
        self._querying = True
        found = list(rows(self.investor)) or [{}]
        for place, row in enumerate(found):
            info = {**row, "req_id": req_id, "is_last": place == len(found) - 1}
            self.say(message, None, info, due_ns + place * self._row_ns)
        last_ns = due_ns + (len(found) - 1) * self._row_ns
        self.venue.agenda.after(last_ns - now.mono_ns, now, self._answered)

    def _answered(self, now: Moment) -> None:
        del now
        self._querying = False

    def _query_settlement_info(self, fields: Fields, now: Moment) -> None:
        wanted = fields.text("trading_day")
        self._query(Td.SETTLEMENT_INFO, now, lambda investor: inquiries.statement(investor, wanted))

    def _query_trading_account(self, fields: Fields, now: Moment) -> None:
        del fields
        day = tradingdays.text(self.venue.day)
        self._query(
            Td.TRADING_ACCOUNT,
            now,
            lambda investor: [self.venue.desk.ledger.account_row(investor, day)],
        )

    def _query_order(self, fields: Fields, now: Moment) -> None:
        wanted = inquiries.order_filter(fields)
        self._query(Td.QUERY_ORDER, now, lambda investor: inquiries.orders(investor, wanted))

    def _query_instrument(self, fields: Fields, now: Moment) -> None:
        wanted = inquiries.instrument_filter(fields)
        venue, options = self.venue, self.venue.settings.options_listed
        self._query(
            Td.QUERY_INSTRUMENT,
            now,
            lambda _: inquiries.instruments(venue.listings, wanted, venue.day, options),
        )

    # --- orders ---------------------------------------------------------------------------

    def _insert_order(self, fields: Fields, now: Moment) -> None:
        try:
            ticket = read_ticket(fields)
        except Refused as refused:
            self.venue.testimony.turned_away(fields.data, now, refused.text)
            raise
        if ticket.torn and self.venue.settings.crash_on_cut_text:
            self.venue.crash("text cut inside a character", now)
            return
        code = 0 if self.up else codes.NOT_CONNECTED
        req_id = self.call(now, ticket.received(code))
        if req_id is None:
            self.venue.testimony.turned_away(fields.data, now, "not connected")
            return
        # what was handed over reaches CTP whatever becomes of the socket
        wait_ns = self.packets.wait_ns(now.mono_ns)
        session_id = self.session_id
        self.venue.agenda.after(
            wait_ns,
            now,
            lambda then: self.venue.desk.insert(self, ticket, req_id, session_id, then),
        )

    def _delete_order(self, fields: Fields, now: Moment) -> None:
        deletion = read_deletion(fields)
        if (
            not 0 <= deletion.delete_ref <= DELETE_REF_MAX
            and self.venue.settings.crash_on_delete_ref
        ):
            self.venue.crash("delete_ref beyond the text", now)
            return
        req_id = self.call(now)
        if req_id is None:
            return
        deletion = attrs.evolve(deletion, req_id=req_id)
        wait_ns = self.packets.wait_ns(now.mono_ns)
        self.venue.agenda.after(
            wait_ns, now, lambda then: self.venue.desk.delete(self, deletion, then)
        )

    # --- what CTP tells -------------------------------------------------------------------

    def say_trading_day(self, day: str, now: Moment) -> None:
        """See Api."""
        self.say(Td.TRADING_DAY, None, {"trading_day": day}, now.mono_ns)

    def tell_disconnected(self, reason: int, now: Moment) -> None:
        """See Api."""
        err = {"code": reason, "msg": codes.DISCONNECT_TEXTS.get(reason, "")}
        self.say(Td.DISCONNECTED, err, None, now.mono_ns)
