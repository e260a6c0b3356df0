"""The trade session: log in at the trade gateway, subscribe the order topic, carry orders over HTTP.

Owns one connection to the trade gateway and the HTTP calls of the account. There is no order entry over
the gateway: commands go out by `ordercommands`, the gateway pushes what became of orders, executions are
asked for, and reconciliation reads everything.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from actors.venues.longbridge.advice import Advice
from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.commands import Trade
from actors.venues.longbridge.control import Answered, Gateway, LoggedIn, Pushed
from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.executions import Executions
from actors.venues.longbridge.following import Following
from actors.venues.longbridge.lookup import Lookups
from actors.venues.longbridge.openorders import cancel_everything
from actors.venues.longbridge.ordercommands import OrderCommands
from actors.venues.longbridge.orderinfo import OrderInfo
from actors.venues.longbridge.proto import trade_pb2
from actors.venues.longbridge.pushes import TOPIC, order_in
from actors.venues.longbridge.reconcile import reconcile
from actors.venues.longbridge.records import StatusUnknownError
from actors.venues.longbridge.rest import Answer, Rest, read_answer, read_failure
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
from actors.venues.longbridge.symbols import symbol_at_venue
from engine.errors import (
    ConnectionLost,
    CredentialsRejected,
    LimitExceeded,
    LocalProtocolError,
    PeerSilent,
    PermissionMissing,
)
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    CallFailure,
    Drop,
    Effects,
    GiveUp,
    HttpResponse,
    Note,
    Now,
    SetState,
    Target,
)
from engine.session.findings import failed_part
from engine.session.jobs import Jobs
from engine.session.reconciling import Reconciling

EVENTS_TOLD_MAX: Final = 20
"""Kinds of unknown events that are told, each once."""


class TradeProtocol:
    """`TradeProtocol` of Longbridge.

    Args:
        settings: of the venue.
        secrets: `app_key`, `app_secret`, `access_token`.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.heartbeat_interval_s
        self.dead_after_s = settings.silence_limit_s
        self._settings = settings
        self._calls = calls = Calls(settings, Credentials.of(secrets))
        self._gateway = Gateway(settings, calls, {})
        self._rest = Rest(settings, calls)
        self._jobs = Jobs[Answer]()
        self._following = Following()
        self._executions = Executions(self._rest, self._jobs, self._following)
        self._info = OrderInfo(settings, self._rest, self._jobs)
        self._commands = OrderCommands(
            settings,
            self._rest,
            following=self._following,
            executions=self._executions,
            lookups=Lookups(self._rest, self._jobs),
            advice=Advice(self._rest, self._jobs),
            terms_of=self._info.terms_of,
        )
        self._subscribed = False
        self._renew_ns: int | None = None
        self._reconciling = Reconciling(self._jobs, settings.reconcile_timeout_s)
        self._told: set[str] = set()

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """The trade gateway."""
        return self._gateway.target(self._settings.trade_url())

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        del now
        return []

    def prepare(self, now: Now) -> Effects:
        """Resume, or get a one-time password."""
        return self._gateway.prepare(now)

    def opened(self, now: Now) -> Effects:
        """Log in."""
        return self._gateway.opened(now)

    def lost(self, reason: str, now: Now) -> Effects:
        """A reconciliation under way is void: it must begin anew once pushes flow again."""
        del now
        self._gateway.lost()
        self._subscribed, self._renew_ns = False, None
        return self._reconciling.end(f"connection lost: {reason[:200]}")

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._gateway.ping(now)

    def deadline(self) -> int | None:
        """The next of gateway, jobs, checks and questions for trades."""
        times = [
            self._gateway.deadline(),
            self._jobs.deadline(),
            self._commands.deadline(),
            self._executions.deadline(),
            self._renew_ns,
            self._reconciling.deadline(),
        ]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects = self._read(self._gateway.due(now), now)
        effects += self._jobs.due(now)
        effects += self._commands.due(now)
        if self._renew_ns is not None and now.mono_ns >= self._renew_ns:
            effects += self._subscribe(now)
        effects += self._reconciling.due(now)
        return self._out(effects, now)

    # --- the gateway --------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Packets: the login's and the topic's answers, pushes of orders."""
        return self._out(self._read(self._gateway.received(data, now), now), now)

    def _read(self, happened: list[object], now: Now) -> list[object]:
        effects: list[object] = []
        for item in happened:
            if isinstance(item, LoggedIn):
                effects += self._subscribe(now)
            elif isinstance(item, Answered):
                effects += self._topic_answered(item, now)
            elif isinstance(item, Pushed):
                effects += self._pushed(item, now)
            else:
                effects.append(item)
        return effects

    def _subscribe(self, now: Now) -> list[object]:
        """Said anew now and then: the venue might lose a subscription without a word."""
        self._renew_ns = None
        body = trade_pb2.Sub(topics=[TOPIC]).SerializeToString()
        return self._gateway.ask(Trade.SUB, body, None, now)

    def _topic_answered(self, answer: Answered, now: Now) -> list[object]:
        """In service once the order topic is granted: without it nothing is told of orders."""
        if answer.timed_out:
            return [Drop(PeerSilent("no answer to the subscription of the order topic"))]
        if not answer.ok:
            return [Drop(ConnectionLost(f"order topic refused: {answer.reason}"))]
        granted = parse(trade_pb2.SubResponse, answer.body)
        if TOPIC not in (*granted.success, *granted.current):
            why = next((fail.reason for fail in granted.fail if fail.topic == TOPIC), "no reason")
            detail = f"order topic refused: {why[:200]}"
            return [
                Note("subscription_refused", detail, alert=True),
                Drop(PermissionMissing(detail)),
            ]
        self._renew_ns = now.mono_ns + int(self._settings.topic_renewal_s * 1e9)
        if self._subscribed:
            return []
        self._subscribed = True
        return [SetState(VenueStateWord.RECONCILING, "logged in, order topic granted")]

    def _pushed(self, push: Pushed, now: Now) -> list[object]:
        if push.command != Trade.NOTIFY:
            return self._once(f"push {push.command}")
        try:
            seen = order_in(push.body)
        except StatusUnknownError as error:
            # Newer than this package: not a reason to leave a connection that works.
            return [Note("order_status_unknown", str(error), alert=True)]
        if isinstance(seen, str):
            return self._once(seen)
        return self._commands.seen(seen, now)

    def _once(self, event: str) -> list[object]:
        if event in self._told or len(self._told) >= EVENTS_TOLD_MAX:
            return []
        self._told.add(event)
        return [Note("event_not_known", event)]

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Send one new order, once."""
        return self._commands.submit(command, now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Cancel by the venue's id; while only ours is known, the order is looked for first."""
        return self._commands.cancel(command, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Change price and total quantity."""
        return self._commands.replace(command, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Look one order up."""
        return self._out(list(self._commands.query(command, now)), now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel what we know of at once and the rest as it is found; the venue has no call for it.

        Orders that still wait for their turn are withdrawn: they would arrive behind it.
        """
        symbol = symbol_at_venue(command.instrument)
        if command.instrument and not symbol:
            return [Note("cancel_all_elsewhere", command.instrument, alert=True)]
        withdrawn = self._commands.withdraw_all(command.instrument)
        known = [order.venue_order_id for order in self._following.working(symbol)]
        try:
            _, effects = self._jobs.start(cancel_everything(self._rest, known, symbol, now), now)
        except LimitExceeded as error:
            return [*withdrawn, Note("cancel_all_failed", str(error), alert=True)]
        return [*withdrawn, *effects]

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Read everything; a reconciliation still under way is given up for the new one."""
        effects = self._reconciling.end("another reconciliation was asked for")
        if not self._subscribed:
            return [*effects, failed_part(request, f"the session is {self._gateway.stage}")]
        symbols = [symbol_at_venue(instrument) for instrument in request.instruments]
        job = reconcile(request, now, self._settings, self._rest, self._following)
        try:
            begun = self._reconciling.begin(request, job, now)
        except LimitExceeded as error:
            return [*effects, failed_part(request, str(error))]
        return [*effects, *begun, *self._info.load(symbols, now)]

    # --- answers ------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call was answered; nothing here raises, for an unreadable answer is an outcome too."""
        if self._gateway.mine(call_id):
            return self._gateway.answered(call_id, response, now)
        return self._ended(call_id, read_answer(response), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call got no answer."""
        if self._gateway.mine(call_id):
            return self._gateway.failed(call_id, failure)
        return self._ended(call_id, read_failure(failure), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        if not answer.ok:  # the venue's words may repeat what we sent
            answer = attrs.evolve(answer, text=self._calls.credentials.scrub(answer.text))
        if self._commands.mine(call_id):
            effects = list(self._commands.ended(call_id, answer, now))
        elif self._jobs.mine(call_id):
            effects = self._jobs.answered(call_id, answer, now)
        else:
            raise LocalProtocolError(f"an answer to call {call_id}, which was never made")
        if answer.verdict is Verdict.EXPIRED:
            effects += self._gateway.passwords.refreshing.expired(call_id, now)
        elif answer.verdict is Verdict.AUTH:
            why = f"the venue refuses the credentials: {answer.words}"
            effects.append(GiveUp(CredentialsRejected(why)))
        return self._out(effects, now)

    def _out(self, effects: list[object], now: Now) -> list[object]:
        """What leaves: with the questions for trades that it calls for, and what news settle."""
        effects = [*effects, *self._executions.due(now)]
        return [
            self._commands.completed(effect) if isinstance(effect, OrderUpdate) else effect
            for effect in effects
        ]
