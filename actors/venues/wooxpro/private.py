"""The trade session: log in, prove the private subscriptions, carry orders over REST.

Owns one private stream and the REST calls of the account. There is no order entry over the stream:
commands go out by `commands`, news of orders comes in by push, and reconciliation reads everything.
The venue may forget a login without a word; the order subscription is repeated now and then to hear.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from actors.venues.wooxpro import frames
from actors.venues.wooxpro.account import Account
from actors.venues.wooxpro.commands import Commands
from actors.venues.wooxpro.deadman import SYMBOLS_MAX, DeadManCalls, arm_dead_man
from actors.venues.wooxpro.details import Loader
from actors.venues.wooxpro.login import Credentials, login_frame
from actors.venues.wooxpro.public import missing_url
from actors.venues.wooxpro.pushes import (
    ACTIONS,
    ALARMING,
    check_asset,
    order_pushes,
    position_mode_in,
)
from actors.venues.wooxpro.reconcile import Sources, reconcile
from actors.venues.wooxpro.rest import Answer, Rest, read_answer, read_failure
from actors.venues.wooxpro.settings import PRIVATE_PATH, Settings, with_path
from actors.venues.wooxpro.stages import Input, Stage, step
from actors.venues.wooxpro.subscriptions import Subscriptions, wanted_of
from actors.venues.wooxpro.sweep import cancel_everything
from actors.venues.wooxpro.symbols import (
    ASSET_TOPIC,
    ORDER_TOPIC,
    POSITION_TOPIC,
    base_of,
    id_of,
    symbol_at_venue,
)
from engine.errors import (
    ConfigError,
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
    NO_EFFECTS,
    CallFailure,
    Drop,
    Effects,
    GiveUp,
    HttpCall,
    HttpResponse,
    Note,
    Now,
    SendFrame,
    SetState,
    Target,
)
from engine.session.findings import failed_part
from engine.session.jobs import Jobs
from engine.session.reconciling import Reconciling
from engine.session.values import malformed, shorten

LOGIN_ATTEMPTS_MAX: Final = 5
"""Logins on one connection while the venue says that it cannot check them now."""
LOGIN_PAUSE_S: Final = 1.0
"""Pause after the first of these; doubles."""
QUOTE_CURRENCIES: Final = ("USDT", "USDC", "USD")
"""Quote currencies of the venue, for symbols whose instrument is not loaded."""


class PrivateProtocol:
    """`TradeProtocol` of WOO X Pro.

    Args:
        settings: `private_ws_url` must be set.
        secrets: `api_key`, `api_secret`, `memo`.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        if not settings.private_ws_url:
            raise ConfigError(missing_url("private_ws_url"))
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = 2 * settings.ping_interval_s
        self._settings = settings
        self._credentials = Credentials.of(secrets)
        self._rest = Rest(settings, self._credentials)
        self._loader = Loader(settings, self._rest)
        self._account = Account(settings)
        self._jobs = Jobs[Answer]()
        self._commands = Commands(self._rest, self._account, self._jobs, self._currency_of)
        self._subscriptions = Subscriptions(settings)
        self._stage = Stage.CLOSED
        self._stage_due_ns: int | None = None
        self._login_attempts = 0
        self._ping_ns = 0
        self._probe_ns = 0
        self._reconciling = Reconciling(self._jobs, settings.reconcile_timeout_s)
        self._dead_man = DeadManCalls()

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """The private stream."""
        return Target(with_path(self._settings.private_ws_url, PRIVATE_PATH))

    def start(self, now: Now) -> Effects:
        """Load the instruments, for the currencies of fees."""
        del now
        return self._loader.start()

    def opened(self, now: Now) -> Effects:
        """Log in."""
        self._login_attempts = 0
        self._plan_ping(now)
        return [SetState(VenueStateWord.LOGGING_IN), *self._log_in(Input.OPENED, now)]

    def _log_in(self, given: Input, now: Now) -> Effects:
        self._move(given)
        self._login_attempts += 1
        self._stage_due_ns = now.mono_ns + int(self._settings.login_timeout_s * 1e9)
        return [SendFrame(login_frame(self._settings, self._credentials, now.wall_ns))]

    def lost(self, reason: str, now: Now) -> Effects:
        """A reconciliation under way is void: it must begin anew once pushes flow again."""
        self._move(Input.LOST)
        self._stage_due_ns = None
        self._subscriptions.lost(now)
        self._subscriptions.want({}, now)
        return self._reconciling.end(f"connection lost: {shorten(reason)}")

    def ping(self, now: Now) -> Effects:
        """The venue's own ping."""
        self._plan_ping(now)
        return (SendFrame(frames.PING),)

    def deadline(self) -> int | None:
        """The next of login, acknowledgement, ping, probe, job, check and loading."""
        times = [
            self._loader.deadline(),
            self._subscriptions.deadline(),
            self._jobs.deadline(),
            self._commands.deadline(),
            self._stage_due_ns,
            self._ping_ns if self._stage is not Stage.CLOSED else None,
            self._probe_ns if self._stage is Stage.IN_SERVICE else None,
            self._reconciling.deadline(),
        ]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects: list[object] = [*self._loader.due(now)]
        effects += self._subscriptions.due(now)
        effects += self._from_jobs(self._jobs.due(now))
        effects += self._commands.due(now)
        if self._stage_due_ns is not None and now.mono_ns >= self._stage_due_ns:
            effects += self._stage_overdue(now)
        if self._stage is not Stage.CLOSED and now.mono_ns >= self._ping_ns:
            effects += self.ping(now)
        if self._stage is Stage.IN_SERVICE and now.mono_ns >= self._probe_ns:
            self._plan_probe(now)
            effects += self._subscriptions.probe(ORDER_TOPIC, now)
        effects += self._reconciling.due(now)
        return effects

    # --- login and subscriptions ----------------------------------------------------------------

    def _move(self, given: Input) -> None:
        self._stage = step(self._stage, given)

    def _stage_overdue(self, now: Now) -> Effects:
        self._stage_due_ns = None
        if self._stage is Stage.LOGIN_PAUSED and self._login_attempts < LOGIN_ATTEMPTS_MAX:
            return self._log_in(Input.RETRY, now)
        paused = self._stage is Stage.LOGIN_PAUSED
        self._move(Input.TIMED_OUT)
        if paused:
            return [Drop(ConnectionLost("the venue cannot check logins for the moment"))]
        return [Drop(PeerSilent("no answer to the login"))]

    def _login_answered(self, answer: frames.Answered, now: Now) -> Effects:
        if answer.success:
            self._move(Input.GRANTED)
            return self._subscribe(now) if self._stage is Stage.SUBSCRIBING else NO_EFFECTS
        if answer.later:
            self._move(Input.LATER)
            return self._put_off(answer, now) if self._stage is Stage.LOGIN_PAUSED else NO_EFFECTS
        self._move(Input.REJECTED)
        self._stage_due_ns = None
        why = self._credentials.scrub(answer.error)
        hint = "check key, secret and memo, sign_suffix, and this host's clock"
        return [GiveUp(CredentialsRejected(f"login refused: {why} ({hint})"))]

    def _put_off(self, answer: frames.Answered, now: Now) -> Effects:
        pause_s = LOGIN_PAUSE_S * 2 ** (self._login_attempts - 1)
        self._stage_due_ns = now.mono_ns + int(pause_s * 1e9)
        return [Note("login_put_off", answer.error)]

    def _subscribe(self, now: Now) -> Effects:
        self._stage_due_ns = None
        topics = [ORDER_TOPIC, POSITION_TOPIC]
        topics += [ASSET_TOPIC + currency for currency in self._settings.asset_currencies]
        wanted = dict(wanted_of(topic) for topic in topics)
        return self._subscriptions.want(wanted, now) + self._subscriptions.opened(now)

    def _topic_answered(self, answer: frames.Answered, now: Now) -> Effects:
        if answer.success:
            known = self._subscriptions.unsubscribed
            if answer.action != "unsubscribe":
                known = self._subscriptions.subscribed
            return known(answer.base, now) + self._service(now)
        if answer.login_needed:
            self._move(Input.FORGOTTEN)
            return [Drop(ConnectionLost("the venue does not know our login any more"))]
        effects = self._subscriptions.refused(answer.base, now, later=answer.later)
        detail = f"{shorten(answer.base)}: {answer.error}"
        effects.append(Note("subscription_refused", detail, alert=True))
        if answer.base in (ORDER_TOPIC, POSITION_TOPIC) and not answer.later:
            effects.append(Drop(PermissionMissing(f"private topic refused: {detail}")))
        return effects + self._service(now)

    def _service(self, now: Now) -> list[object]:
        """In service once the topics that orders depend on are granted and all are answered."""
        if self._stage is not Stage.SUBSCRIBING or not self._subscriptions.settled():
            return []
        if not all(map(self._subscriptions.live, (ORDER_TOPIC, POSITION_TOPIC))):
            return []
        self._move(Input.COMPLETE)
        self._plan_probe(now)
        return [SetState(VenueStateWord.RECONCILING, "logged in, subscriptions granted")]

    # --- frames -------------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame: a push, an answer or a pong."""
        if data == frames.PONG_TEXT:
            return NO_EFFECTS
        frame = frames.load(data, exact=True)
        if "action" in frame:
            answer = frames.answered(frame)
            if answer.action in ("access", "login"):
                return self._login_answered(answer, now)
            return self._topic_answered(answer, now)
        group = frame.get("group")
        if type(group) is not str:
            malformed("a push", "with a group")
        return self._pushed(base_of(group), frame.get("data"), now)

    def _pushed(self, base: str, data: Any, now: Now) -> Effects:
        if base == ORDER_TOPIC:
            effects: list[object] = []
            for push in order_pushes(data):
                effects += self._commands.seen(push, now)
                effects += self._mode_seen(push.mode)
                if push.action in ALARMING:
                    detail = f"{push.symbol} {push.venue_order_id}: {ACTIONS[push.action]}"
                    effects.append(Note("venue_acted_on_account", detail, alert=True))
            return effects
        if base == POSITION_TOPIC:
            return self._mode_seen(position_mode_in(data))
        if base.startswith(ASSET_TOPIC):
            check_asset(data)
        return NO_EFFECTS

    def _mode_seen(self, mode: str) -> list[object]:
        if not mode or not self._account.learn_mode(mode):
            return []
        return [Note("position_mode_changed", f"the account is in {mode} mode now", alert=True)]

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Send one new order, once."""
        return self._commands.submit(command, now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Cancel by the venue's id, or by ours while that is unknown."""
        return self._commands.cancel(command, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Change price and total size."""
        return self._commands.replace(command, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Look one order up."""
        return self._commands.query(command, now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel by symbol, everything we know of at once and the rest as it is found.

        Orders that still wait for their turn are withdrawn: they would arrive behind it.
        """
        only = symbol_at_venue(command.instrument)
        if command.instrument and not only:
            return [Note("cancel_all_elsewhere", command.instrument, alert=True)]
        withdrawn = self._commands.withdraw_all(command.instrument)
        job = cancel_everything(self._rest, self._account.touched, only, now)
        try:
            _, effects = self._jobs.start(job, now)
        except LimitExceeded as error:
            return [*withdrawn, Note("cancel_all_failed", str(error), alert=True)]
        return [*withdrawn, *effects]

    @property
    def dead_man_max(self) -> int:
        """Symbols whose timers can be renewed in time."""
        return SYMBOLS_MAX

    def arm_dead_man(self, instruments: Sequence[str], timeout_s: int, now: Now) -> Effects:
        """Set the venue's timer on these symbols: all their orders go when it runs out.

        At least 5 s; 0 switches it off. To be repeated before it runs out; a refusal is an alert.
        """
        symbols = [symbol_at_venue(each) for each in instruments]
        effects = arm_dead_man(self._rest, symbols, timeout_s, now)
        withdrawn = self._dead_man.withdraw(symbols)
        made = [effect for effect in effects if isinstance(effect, HttpCall)]
        for symbol, call in zip(symbols, made, strict=False):  # the first symbols have calls
            self._dead_man.add(call.call_id, symbol, timeout_s)
        return [*withdrawn, *effects]

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Read everything; a reconciliation still under way is given up for the new one."""
        effects = self._reconciling.end("another reconciliation was asked for")
        if self._stage is not Stage.IN_SERVICE:
            return [*effects, failed_part(request, f"the session is {self._stage}")]
        sources = Sources(
            rest=self._rest,
            settings=self._settings,
            account=self._account,
            currency_of=self._currency_of,
            instruments=self._loader.table,
        )
        try:
            begun = self._reconciling.begin(request, reconcile(request, now, sources), now)
        except LimitExceeded as error:
            return [*effects, failed_part(request, str(error))]
        return [*effects, *begun]

    # --- answers ------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call was answered; nothing here raises, for an unreadable answer is an outcome too."""
        return self._ended(call_id, read_answer(response), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call got no answer."""
        return self._ended(call_id, read_failure(failure), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        if not answer.ok:  # the venue's words may repeat what we sent
            answer = attrs.evolve(answer, text=self._credentials.scrub(answer.text))
        if self._commands.mine(call_id):
            return self._commands.ended(call_id, answer, now)
        if self._jobs.mine(call_id):
            return self._from_jobs(self._jobs.answered(call_id, answer, now))
        if self._loader.mine(call_id):
            return self._loader.ended(answer, now).notes
        if self._dead_man.mine(call_id):
            return self._dead_man.ended(call_id, answer)
        raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def _from_jobs(self, effects: list[object]) -> list[object]:
        return [
            self._commands.completed(effect) if isinstance(effect, OrderUpdate) else effect
            for effect in effects
        ]

    # --- small things -------------------------------------------------------------------------

    def _currency_of(self, symbol: str) -> str:
        """Fees are paid in the quote currency; trade rows do not say so."""
        instrument = self._loader.table.get(id_of(symbol))
        if instrument is not None:
            return instrument.currency
        return next((word for word in QUOTE_CURRENCIES if symbol.endswith(word)), "")

    def _plan_ping(self, now: Now) -> None:
        self._ping_ns = now.mono_ns + int(self._settings.ping_interval_s * 1e9)

    def _plan_probe(self, now: Now) -> None:
        self._probe_ns = now.mono_ns + int(self._settings.login_probe_interval_s * 1e9)
