"""The trade session: the counter's login steps, orders in legs, the day's replay, positions, reconciliation.

Owns one connection to `/trade`. What the gateway says is folded into the day (`ordersday`), commands go
through the turns (`orderscommands`), and reconciliation reads all orders and the account. From a login until
a reconciliation has told the replayed day, nothing of it is told by itself.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.venues.webctp.calendar import day_text, local
from actors.venues.webctp.codes import Endpoint, Kind
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.errors import name_of
from actors.venues.webctp.gateway import Arrived, Gateway
from actors.venues.webctp.orderscancels import DeleteTag
from actors.venues.webctp.orderscommands import OrderCommands
from actors.venues.webctp.orderscontracts import Contracts
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.orderslane import InsertTag
from actors.venues.webctp.ordersnews import news_of, not_sent
from actors.venues.webctp.ordersrows import Unreadable, order_row, trade_row
from actors.venues.webctp.orderssweep import Sweep, Sweeper
from actors.venues.webctp.positions import PositionBook
from actors.venues.webctp.positionsproof import Proof
from actors.venues.webctp.products import Products
from actors.venues.webctp.reconcile import Asking, Ground, reconcile
from actors.venues.webctp.reconcilerun import Reconciliation
from actors.venues.webctp.seed import load
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.steps import FrontLost, InService, LoggedIn
from actors.venues.webctp.symbols import symbol_at_venue
from actors.venues.webctp.turns import Ended, Row
from actors.venues.webctp.wire import Message, stripped
from engine.errors import LocalProtocolError, RemoteProtocolError
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    CallFailure,
    Effects,
    HttpResponse,
    Keep,
    Note,
    Now,
    SetState,
    Target,
)
from engine.session.findings import failed_part

LAST_CLOSE: Final = "15:16"
"""No exchange trades later on the date of a trading day; bonds end last, at 15:15."""
TOLD_MAX: Final = 20
"""Kinds of strange messages that are told, each once per connection."""


class TradeSession:
    """`TradeProtocol` of WebCTP, which carries its orders in frames.

    Args:
        settings: of the venue.
        secrets: `broker_id`, `user_id`, `password`, `app_id`, `auth_code`.

    Raises:
        ConfigError: a secret is missing, or the seed of positions cannot be used.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = settings.silence_limit_s
        credentials = Credentials.of(secrets, Endpoint.TRADE)
        policy = settings.orders
        self._gateway = Gateway(settings, Endpoint.TRADE, credentials)
        self._day = DayOrders(PositionBook())
        self._contracts = Contracts(Products(settings.products))
        self._sweeper = Sweeper(self._gateway, self._day)
        self._commands = OrderCommands(
            self._gateway, self._day, self._contracts, policy, self._sweeper
        )
        self._proof = Proof(
            self._day,
            self._contracts,
            load(policy.seed),
            (credentials.broker_id, self._gateway.steps.investor_id),
            policy.margin_tolerance,
        )
        self._ground = Ground(self._day, self._contracts, policy, self._proof)
        self._reconciliation = Reconciliation(self._gateway, settings.reconcile_timeout_s)
        self._any_hour = settings.any_hour
        self._away_ns: int | None = None
        self._kept = ""
        self._told: set[str] = set()
        self._events: Mapping[type, Callable[[Any, Now], list[object]]] = {
            LoggedIn: self._logged_in,
            InService: self._in_service,
            FrontLost: self._front_lost,
            Row: self._row,
            Ended: self._ended,
            Arrived: self._arrived,
        }

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """The gateway's `/trade`."""
        return self._gateway.target()

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        del now
        return []

    def opened(self, now: Now) -> Effects:
        """Wait for the greeting."""
        self._told.clear()
        return self._carry(self._gateway.opened(now), now)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame. Raises RemoteProtocolError for what the gateway's protocol does not allow."""
        return self._carry(self._gateway.received(data, now), now)

    def lost(self, reason: str, now: Now) -> Effects:
        """The gateway is gone: what is pending is unknown, the next login replays the day."""
        self._gone(now)
        self._sweeper.lost()
        ended = self._reconciliation.end(f"connection lost: {reason[:200]}")
        return [*self._carry(self._gateway.lost(reason, now), now), *ended]

    def unsent(self, order: str, now: Now) -> Effects:
        """No byte of the frame of this leg or cancel left."""
        return self._carry(self._gateway.unsent(order, now), now)

    def ping(self, now: Now) -> Effects:
        """A ping of the transport."""
        return self._gateway.ping(now)

    def deadline(self) -> int | None:
        """The next of gateway, orders and reconciliation."""
        times = (
            self._gateway.deadline(),
            self._commands.deadline(),
            self._reconciliation.deadline(),
        )
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects = self._gateway.due(now)
        effects += self._commands.due(now)
        effects += self._reconciliation.due(now)
        return self._carry(effects, now)

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """There are no HTTP calls. Raises LocalProtocolError."""
        del response, now
        raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """There are no HTTP calls. Raises LocalProtocolError."""
        del failure, now
        raise LocalProtocolError(f"the end of call {call_id}, which was never made")

    # --- events -------------------------------------------------------------------------------

    def _carry(self, items: list[object], now: Now) -> list[object]:
        """Take the events out, do what they lead to, pass the effects on in order."""
        out: list[object] = []
        waiting = deque(items)
        while waiting:
            item = waiting.popleft()
            handler = self._events.get(type(item))
            if handler is not None:
                waiting.extendleft(reversed(handler(item, now)))
            else:
                out.append(item)
                if isinstance(item, ReconcilePart) and item.last and not item.error:
                    self._commands.reconciled()
                    out += self._keep(now)
        return out

    def _logged_in(self, event: LoggedIn, now: Now) -> list[object]:
        """The replay begins; on a new trading day everything begins anew."""
        effects: list[object] = []
        self._ground.heard_ns = now.mono_ns
        self._commands.logged_in(event.login.max_order_ref)
        day = event.login.trading_day
        if day != self._day.trading_day:
            away_ns = now.wall_ns if self._away_ns is None else self._away_ns
            seen = self._is_over(away_ns)
            effects += self._commands.end_day(now)
            left = self._proof.begin_day(day, seen=seen)
            self._contracts.forget_absent()
            if left:
                effects.append(Note("positions_carried", left))
        return effects

    def remember(self, text: str) -> None:
        """What the last boot knew of the positions."""
        self._proof.remember(text)

    def _keep(self, now: Now) -> list[object]:
        """Positions for the next boot, when they have changed: nobody else can be asked for them."""
        text = self._proof.keep(over=self._is_over(now.wall_ns))
        if not text or text == self._kept:
            return []
        self._kept = text
        return [Keep(text)]

    def _is_over(self, at_ns: int) -> bool:
        """Whether nothing of the trading day could trade any more at this time; a simulator says when."""
        day = self._day.trading_day
        if self._any_hour or not day:
            return True
        moment = local(at_ns)
        return (day_text(moment.date()), moment.strftime("%H:%M")) >= (day, LAST_CLOSE)

    def _in_service(self, event: InService, now: Now) -> list[object]:
        del now
        self._away_ns = None
        reason = f"logged in, trading day {event.login.trading_day}"
        return [SetState(VenueStateWord.RECONCILING, reason)]

    def _gone(self, now: Now) -> None:
        if self._away_ns is None:
            self._away_ns = now.wall_ns

    def _front_lost(self, event: FrontLost, now: Now) -> list[object]:
        self._gone(now)
        self._sweeper.lost()
        return self._reconciliation.end(event.reason)

    def _row(self, row: Row, now: Now) -> list[object]:
        tag = row.request.tag
        if isinstance(tag, Sweep):
            order = tag.row(row, self._day, now)
            return [] if order is None else self._commands.changed(order, now)
        if self._reconciliation.mine(tag):
            self._reconciliation.row(row)
        return []

    def _ended(self, end: Ended, now: Now) -> list[object]:
        tag = end.request.tag
        if isinstance(tag, InsertTag | DeleteTag):
            return self._commands.ended(tag, end, now)
        if self._sweeper.mine(tag):
            return self._swept(end, now)
        if self._reconciliation.mine(tag):
            return self._reconciliation.ended(end, now)
        return []

    def _swept(self, end: Ended, now: Now) -> list[object]:
        gone, asked, effects = self._sweeper.ended(end, now)
        for order in gone:
            effects += self._commands.changed(order, now)
        for order in asked:
            effects += news_of(order, self._day.name_of(order), now, asked=True)
        return effects

    # --- what the counter says by itself ------------------------------------------------------

    def _arrived(self, event: Arrived, now: Now) -> list[object]:
        kind, message = event.kind, event.message
        if not self._day.trading_day:
            raise RemoteProtocolError(f"the venue sent {kind.value} before it took a login")
        if kind in (Kind.ORDER_INSERTED, Kind.ORDER_DELETED):
            return self._order(message, now)
        if kind is Kind.ORDER_TRADED:
            return self._trade(message, now)
        if kind in (Kind.ORDER_INSERT_ERROR, Kind.ORDER_INSERT_RETURN_ERROR):
            ref = stripped(message.info, "order_ref")
            code, text = name_of(message.error_code), message.error_text
            return self._commands.refused(ref, code, text, now)
        if kind in (Kind.ORDER_DELETE_ERROR, Kind.ORDER_DELETE_RETURN_ERROR):
            return self._commands.cancel_refused(message, now)
        if kind is Kind.ERROR_UNKNOWN_VALUE:
            return self._once("unknown_value", stripped(message.info, "info")[:80])
        return self._once("not_asked_for", kind.value)

    def _order(self, message: Message, now: Now) -> list[object]:
        self._ground.heard_ns = now.mono_ns
        row = order_row(message.info)
        if isinstance(row, Unreadable):
            # Its trades tell of themselves; of an order alone nothing depends.
            return self._once("order_unreadable", row.what)
        return self._commands.changed(self._day.shown(row, now), now)

    def _trade(self, message: Message, now: Now) -> list[object]:
        self._ground.heard_ns = now.mono_ns
        row = trade_row(message.info)
        if isinstance(row, Unreadable):
            self._day.unread[row.what] = None
            return self._once("trade_unreadable", row.what)
        order = self._day.traded(row, now)
        return [] if order is None else self._commands.changed(order, now)

    def _once(self, event: str, detail: str) -> list[object]:
        if event in self._told or len(self._told) >= TOLD_MAX:
            return []
        self._told.add(event)
        return [Note(event, detail, alert=event == "trade_unreadable")]

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Send one new order, as one to three CTP orders."""
        return self._carry(self._commands.submit(command, now), now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Cancel all legs that work."""
        if not self._gateway.in_service:
            why = f"the connection is {self._gateway.steps.stage}"
            return [not_sent(command, why, "gateway_not_ready", now)]
        return self._carry(self._commands.cancel(command, now), now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """CTP changes no orders."""
        why = "this venue cannot change an order: cancel it and place another one"
        return [not_sent(command, why, "unsupported", now)]

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Ask for one order; answered with the next reading of all."""
        return self._carry(self._commands.query(command, now), now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel everything that works, one by one: there is no other way. Strangers' orders too."""
        symbol = symbol_at_venue(command.instrument)
        if command.instrument and not symbol:
            return [Note("cancel_all_elsewhere", command.instrument, alert=True)]
        if not self._gateway.in_service:
            why = f"the connection is {self._gateway.steps.stage}"
            return [Note("cancel_all_failed", why, alert=True)]
        return self._carry(self._commands.cancel_all(symbol, now), now)

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Read everything; one still under way is given up for the new one."""
        effects = self._reconciliation.end("another reconciliation was asked for")
        if not self._gateway.in_service:
            why = f"the connection is {self._gateway.steps.stage}"
            return [*effects, failed_part(request, why)]
        effects += self._reconciliation.begin(request, self._job(request, now), now)
        return self._carry(effects, now)

    def _job(self, request: ReconcileRequest, now: Now) -> Asking:
        return reconcile(request, self._ground, now)
