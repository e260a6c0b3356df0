"""The strategies' desk: hellos, intents, acknowledgements.

Who speaks is known from the key: a strategy can only speak for itself, only in its newest boot, and
a repeated intent is answered again without doing anything again.
"""

from collections import OrderedDict
from decimal import Decimal

from engine.errors import JournalError
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    IntentJournaled,
    ModifyIntent,
    ReportSeen,
    StrategyHello,
    SubmitIntent,
    SubmitListIntent,
    intent_id_of,
)
from engine.model.enums import Certainty, Origin
from engine.model.money import ZERO
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.dedupe import INTENTS_MAX, Standing
from engine.orders.facts import Facts
from engine.orders.kernel import STRATEGY_PREFIX, Kernel
from engine.orders.order import Order
from engine.orders.placer import Placer
from engine.orders.plausible import aimed, shortened
from engine.orders.reports import denial_of
from engine.orders.settings import StrategyRights
from engine.orders.welcoming import Welcoming
from engine.risk.codes import Denial, DenialCode
from engine.risk.contingent import LIST_ORDERS_MAX
from engine.risk.controls import check
from engine.risk.limits import SelfMatch
from engine.risk.rates import NS

_REFUSED = Denial(code=DenialCode.JOURNAL, value="denied before, while nothing could be written")

_HALF_KNOWN = Denial(
    code=DenialCode.ORDER_LIST_REFUSED, value="a part of it was recorded before, and not sent"
)

Intent = SubmitIntent | CancelIntent | ModifyIntent | CancelAllIntent


class StrategyDesk:
    """Serves strategies."""

    __slots__ = ("_commands", "_facts", "_k", "_placer", "_refused", "_welcoming")

    def __init__(self, kernel: Kernel, commands: Commands, placer: Placer) -> None:
        self._k = kernel
        self._commands = commands
        self._placer = placer
        self._facts = Facts(kernel)
        self._welcoming = Welcoming(kernel)
        self._refused: dict[str, OrderedDict[str, None]] = {}

    # --- hello ---------------------------------------------------------------------------------

    def start(self) -> None:
        """The router begins: what was reported before may have been told to anybody."""
        self._welcoming.start()

    def hello(self, message: StrategyHello, peer: str) -> None:
        """Fence the boot before, tell everything, then go on with the numbered reports."""
        k, name = self._k, message.strategy
        rights = self._rights(name, peer)
        if rights is None:
            return
        if rights.mode is not message.mode:
            k.intruder("strategy_mode_mismatch", peer, f"says hello in mode {message.mode}")
            return
        if k.book.intents.is_fenced(name, message.boot):
            k.counters["fenced_hello"] += 1
            return
        if k.book.intents.boot_of(name) != message.boot:
            self._refused.pop(name, None)
        self._welcoming.begin(message)
        self._welcoming.welcome(name, message.boot, rights)

    # --- acknowledgements ----------------------------------------------------------------------

    def seen(self, message: ReportSeen, peer: str) -> None:
        """Forget what was handled; send again what was lost. Also the strategy's sign of life."""
        rights = self._rights(message.strategy, peer)
        if rights is not None and self._is_serving(message.strategy, message.boot):
            self._welcoming.seen(message.strategy, message.through, rights)

    def due(self) -> None:
        """Record what was acknowledged, once in a while; JournalError when that is not possible."""
        self._welcoming.record_seen(at_once=False)

    def stop(self) -> None:
        """The router ends in an orderly way: record what was acknowledged; JournalError as in `due`."""
        self._welcoming.record_seen(at_once=True)

    def _is_serving(self, name: str, boot: int) -> bool:
        serving = self._k.book.intents.boot_of(name) == boot
        if not serving:
            self._k.counters["fenced_message"] += 1
        return serving

    # --- intents -------------------------------------------------------------------------------

    def submit(self, intent: SubmitIntent, peer: str) -> None:
        """Check a new order, record the answer, send it on."""
        intent, rights = shortened(intent), self._rights(intent.strategy, peer)
        if rights is None or not self._is_new(intent):
            return
        if intent.intent_id in self._refused.get(intent.strategy, ()):
            self._placer.deny(intent, rights, _REFUSED)
            return
        placed = self._placer.place(intent, rights)
        if isinstance(placed, Denial):
            self._placer.deny(intent, rights, placed)
        else:
            self._confirm(intent, placed.client_order_id)

    def submit_list(self, message: SubmitListIntent, peer: str) -> None:
        """Check orders that depend on each other; all of them are sent on, or none.

        A list that is repeated after only a part of it was recorded goes no further: the rest is
        denied, and what was recorded is looked for at the venue like any order without an answer.
        """
        rights = self._rights(message.strategy, peer)
        if rights is None or not self._is_list(message):
            return
        intents = [shortened(intent) for intent in message.orders]
        fresh = [intent for intent in intents if self._is_new(intent)]
        if not fresh:
            return
        refused = self._refused.get(message.strategy, ())
        known = _HALF_KNOWN if len(fresh) < len(intents) else None
        if known or any(each.intent_id in refused for each in fresh):
            for intent in fresh:
                self._placer.deny(intent, rights, known or _REFUSED)
            return
        for intent, placed in zip(
            intents, self._placer.place_list(message.contingency, intents, rights), strict=True
        ):
            if isinstance(placed, Denial):
                self._placer.deny(intent, rights, placed)
            else:
                self._confirm(intent, placed.client_order_id)

    def _is_list(self, message: SubmitListIntent) -> bool:
        """Whether it is orders of this strategy's boot, and no more than a list can have."""
        own = all(
            (each.strategy, each.boot) == (message.strategy, message.boot)
            for each in message.orders
        )
        names = {each.intent_id for each in message.orders}
        if own and 0 < len(message.orders) <= LIST_ORDERS_MAX and len(names) == len(message.orders):
            return True
        self._k.counters["malformed_list"] += 1
        return False

    def modify(self, intent: ModifyIntent, peer: str) -> None:
        """Check a change of an order, record the answer, send it on."""
        intent, rights = aimed(intent), self._rights(intent.strategy, peer)
        if rights is None or not self._is_new(intent):
            return
        if self._is_ahead(intent.target, intent):
            return
        k = self._k
        order = self._own_order(intent.target, intent.strategy)
        link = None if order is None else k.links.get(order.account)
        if order is None or link is None:
            unknown = Denial(code=DenialCode.ORDER_NOT_REPLACEABLE, value=intent.target)
            self._deny_change(intent, None, unknown)
            return
        wish = _amended(order, intent)
        denial = _replaceable(order, wish.quantity)
        if denial is None:
            view = self._facts.view(wish, rights, link, order)
            limits = k.limits(intent.strategy, order.instrument)
            denial = check(wish, view, limits, k.now.mono_ns)
            if denial is None and limits.self_match is SelfMatch.CANCEL_OLDEST:
                self._commands.make_way(link.account, wish)
            if limits.price_drift:
                k.sample(wish.strategy, wish.instrument, limits.price_drift)
        if denial is not None:
            self._deny_change(intent, order, denial)
            return
        planned = r.ReplacePlanned(
            intent=intent,
            client_order_id=order.client_order_id,
            quantity=wish.quantity,
            price=wish.price,
            limits_version=k.book.limits_version,
            ts_ns=k.now.wall_ns,
        )
        k.record(planned)
        self._commands.replace(link, order, planned)
        self._confirm(intent, order.client_order_id)

    def _deny_change(self, intent: ModifyIntent, order: Order | None, denial: Denial) -> None:
        k = self._k
        record = r.DeniedReplace(
            intent=intent,
            client_order_id="" if order is None else order.client_order_id,
            code=denial.code.value,
            text=denial.text,
            limits_version=k.book.limits_version,
            ts_ns=k.now.wall_ns,
        )
        k.record(record)
        self._confirm(intent, "")

    def cancel(self, intent: CancelIntent, peer: str) -> None:
        """Cancel one order; never refused, whatever state it or we are in."""
        intent = aimed(intent)
        if self._rights(intent.strategy, peer) is None or not self._is_new(intent):
            return
        if self._is_ahead(intent.target, intent):
            return
        order = self._own_order(intent.target, intent.strategy)
        open_orders = [] if order is None or order.is_terminal else [order]
        self._cancel(intent, open_orders)

    def cancel_all(self, intent: CancelAllIntent, peer: str) -> None:
        """Cancel all open orders of the strategy, on one instrument or on all."""
        if self._rights(intent.strategy, peer) is None or not self._is_new(intent):
            return
        orders = self._k.book.orders.open_of_strategy(intent.strategy)
        wanted = [o for o in orders if intent.instrument in ("", o.instrument)]
        first, rest = wanted[: r.TARGETS_MAX], wanted[r.TARGETS_MAX :]
        self._cancel(intent, first)
        if rest:
            self._commands.cancel(rest, by=intent.strategy, reason="cancel all")

    def _cancel(self, intent: CancelIntent | CancelAllIntent, orders: list[Order]) -> None:
        def plan(targets: tuple[str, ...]) -> r.CancelPlanned:
            return r.CancelPlanned(
                intent_id=intent.intent_id,
                strategy=intent.strategy,
                boot=intent.boot,
                counter=intent.counter,
                targets=targets,
                by=intent.strategy,
                reason="",
                ts_ns=self._k.now.wall_ns,
            )

        if self._commands.cancel_planned(orders, plan):
            self._confirm(intent, "")

    # --- which answer --------------------------------------------------------------------------

    def refuse(self, intent: object, peer: str, error: JournalError) -> None:
        """The journal cannot be written: deny without a record; it is the only such answer.

        What was denied stays denied: a repeat that was under way meanwhile must not become an order.
        Only for who speaks for itself: what is said in another's name is none of that one's orders.
        """
        k = self._k
        if isinstance(intent, SubmitListIntent):
            for each in intent.orders[:LIST_ORDERS_MAX]:
                self.refuse(each, peer, error)
            return
        if not isinstance(intent, SubmitIntent) or peer != STRATEGY_PREFIX + intent.strategy:
            return
        refused = self._refused.setdefault(intent.strategy, OrderedDict())
        refused[intent.intent_id] = None
        if len(refused) > INTENTS_MAX:
            refused.popitem(last=False)
        report = denial_of(
            intent, DenialCode.JOURNAL.value, str(error), number=0, ts_ns=k.now.wall_ns
        )
        k.send(STRATEGY_PREFIX + intent.strategy, report)

    def _confirm(self, intent: Intent, client_order_id: str) -> None:
        confirmed = IntentJournaled(
            intent_id=intent.intent_id,
            strategy=intent.strategy,
            client_order_id=client_order_id,
            router_boot=self._k.book.boot.router_boot,
        )
        self._k.send(STRATEGY_PREFIX + intent.strategy, confirmed)

    def _is_new(self, intent: Intent) -> bool:
        """Whether the intent is to be carried out; a repeated one is answered here."""
        k = self._k
        if intent.intent_id != intent_id_of(intent.strategy, intent.boot, intent.counter):
            k.counters["intent_id_mismatch"] += 1
            return False
        standing = k.book.intents.standing(intent.strategy, intent.boot, intent.counter)
        if standing is Standing.NEW:
            return True
        k.counters[f"{standing}_intent"] += 1
        if standing is Standing.KNOWN:
            self._answer_again(intent)
        return False

    def _answer_again(self, intent: Intent) -> None:
        answer = self._k.book.intents.answer(intent.strategy, intent.counter)
        if answer is None:
            return
        if not answer.denial:
            self._confirm(intent, answer.client_order_id)
            return
        reports = self._k.book.figures_of(intent.strategy).reports
        report = reports.find(answer.denial)
        if report is not None:
            self._k.send(STRATEGY_PREFIX + intent.strategy, report)
        if report is None or not isinstance(intent, SubmitIntent):
            # It has seen the report, or the report names the order and not this intent.
            self._confirm(intent, "")

    def _is_ahead(self, target: str, intent: CancelIntent | ModifyIntent) -> bool:
        """Whether the target is an order of this boot that has not reached us yet.

        Then the intent stays unanswered and is repeated: the order may still be coming.
        """
        prefix, _, counter = target.rpartition(":")
        own = f"{intent.strategy}:{intent.boot:x}"
        if prefix != own or not counter.isdecimal():
            return False
        number = int(counter)  # of at most NAME_CHARS_MAX digits, see `aimed`
        standing = self._k.book.intents.standing(intent.strategy, intent.boot, number)
        is_ahead = standing is Standing.NEW and not self._is_void(target, intent)
        if is_ahead:
            self._k.counters["intent_ahead"] += 1
        return is_ahead

    def _is_void(self, target: str, intent: CancelIntent | ModifyIntent) -> bool:
        """Whether a wish that is not here can come to nothing: denied without a record, or too old."""
        k, name = self._k, intent.strategy
        if target in self._refused.get(name, ()):
            return True
        rights = k.settings.strategies[name]
        ages = [k.limits(name, each).intent_age_s_max for each in rights.instruments]
        return k.now.mono_ns - intent.created_mono_ns > max(ages, default=0.0) * NS

    def _own_order(self, target: str, strategy: str) -> Order | None:
        order = self._k.book.orders.by_intent(target)
        return order if order is not None and order.strategy == strategy else None

    def _rights(self, strategy: str, peer: str) -> StrategyRights | None:
        """The strategy's rights; None, counted and unanswered, for who is not who it says (PT-18)."""
        rights = self._k.settings.strategies.get(strategy)
        if rights is None or peer != STRATEGY_PREFIX + strategy:
            self._k.intruder("impostor", peer, f"speaks as strategy {strategy}")
            return None
        return rights


def _replaceable(order: Order, quantity: Decimal) -> Denial | None:
    """Whether a change makes sense in the order's state."""
    busy = order.pending is not None or order.certainty is not Certainty.KNOWN
    nameless = (
        order.origin is Origin.EXTERNAL
    )  # claimed: the venue would not know whose answer it is
    if order.is_terminal or busy or nameless or order.is_replacing:
        pending = "" if order.pending is None else f"{order.pending} under way"
        return Denial(
            code=DenialCode.ORDER_NOT_REPLACEABLE,
            value=f"{order.lifecycle} {order.certainty}",
            detail=pending,
        )
    if quantity <= max(order.cum_qty, order.venue_cum_qty, ZERO):
        return Denial(
            code=DenialCode.QUANTITY_ALREADY_FILLED,
            value=format(quantity, "f"),
            limit=format(order.cum_qty, "f"),
        )
    return None


def _amended(order: Order, intent: ModifyIntent) -> SubmitIntent:
    """The order as it would be after the change, as a wish that can be checked like a new one."""
    return SubmitIntent(
        intent_id=intent.intent_id,
        strategy=intent.strategy,
        boot=intent.boot,
        counter=intent.counter,
        instrument=order.instrument,
        side=order.side,
        ord_type=order.ord_type,
        quantity=order.quantity if intent.quantity is None else intent.quantity,
        price=order.price if intent.price is None else intent.price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        created_mono_ns=intent.created_mono_ns,
        data_mono_ns=intent.data_mono_ns,
        note=order.note,
        trail=order.trail,
        position_effect=order.position_effect,
    )
