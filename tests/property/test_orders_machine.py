"""The router's core against a truthful venue over a bad line: T-060, T-066, T-067, T-069, T-081."""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine.drill.checkers.exposure import INV_8
from engine.drill.checkers.history import History
from engine.messages.orders import ExecutionReport, IntentJournaled
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import TERMINAL, Certainty, Lifecycle, Pending, Side, VenueStateWord
from engine.orders import records as r
from engine.orders.day import OwnerKind
from engine.orders.dump import dump
from engine.orders.exposure import recomputed, reservation_of, reserved_quantity
from engine.orders.funds import Holdings
from engine.orders.order import Order
from engine.orders.resting import Resting
from engine.risk.limits import Limits, RiskSettings
from tests.kit.histories import entries
from tests.kit.orders import ACCOUNT, BTC, ETH, NS, Bench
from tests.kit.orders import settings as router_settings
from tests.kit.venue_model import Truth, VenueModel

D = Decimal
RUNS = int(os.environ.get("PITBOSS_MACHINE_RUNS", "60"))
STEPS = 50
WALKS = max(30, RUNS // 10)
WALK_STEPS = 200
MAX_POSITION = D(40)
MAX_NOTIONAL = D(6)
RISK = RiskSettings(
    defaults=Limits(
        max_position=MAX_POSITION,
        max_open_notional={"USDT": MAX_NOTIONAL},
        max_open_orders=12,
        reference_age_s_max=1e9,
    ),
    strategies={"beta": Limits(max_position=D(25))},
)
QUANTITIES = st.integers(1, 20).map(D)
PRICES = st.integers(95, 105).map(D)
PICK = st.integers(0, 10_000)
MISHAPS = ["miss", "line", "session", "router", "strategy", "disk", "kill"]
FATE_WORDS = ["arrive"] * 6 + ["reject", "lose", "not_sent"]
FATES = st.sampled_from(FATE_WORDS)
NAMES = st.sampled_from(["alpha", "beta"])


class Machine(RuleBasedStateMachine):
    """Random interleavings; what must always hold is an invariant, what must come is in teardown."""

    @initialize()
    def begin(self) -> None:
        self.venue = VenueModel()
        self.bench = Bench(router_settings(RISK))
        self.wire: list[Any] = []
        self.news: list[Any] = []
        self.intents: list[Any] = []
        self.answered: set[str] = set()
        self.confirmed: Counter[str] = Counter()
        self.heard: dict[str, list[ExecutionReport]] = {"alpha": [], "beta": []}
        self.planned: dict[str, str] = {}
        self.read = 0
        self.boots = 72
        for name in ("alpha", "beta"):
            self.bench.greet(name)
        self.bench.hello()
        self.bench.define()
        self.bench.state(VenueStateWord.RECONCILING)
        self.collect()
        self.answer_questions()

    # --- plumbing ----------------------------------------------------------------------------

    def collect(self) -> None:
        """Look through what the router sent since the last look."""
        sent, self.bench.sent = self.bench.sent, []
        for destination, message in sent:
            if isinstance(message, SubmitOrder):
                self.check_planned(message)
            if isinstance(message, IntentJournaled):
                self.confirmed[message.intent_id] += 1
            elif isinstance(message, ExecutionReport) and message.number:
                self.heard[destination.removeprefix("strategy.")].append(message)
            elif not destination.startswith("strategy."):
                self.wire.append((self.bench.mono_ns, message))

    def check_planned(self, command: SubmitOrder) -> None:
        """INV-2, INV-9: nothing is handed on before its record is in the journal, or once killed."""
        self.read_journal()
        order = self.bench.core.book.orders.take(command.client_order_id)
        assert (
            self.bench.core.book.switch.level_for("testvenue", order.strategy, ACCOUNT) == "active"
        )
        assert command.client_order_id in self.planned.values()

    def read_journal(self) -> None:
        """INV-4: an intent leads to one client order id, and no id comes twice."""
        for body in self.bench.journal[self.read :]:
            record = r.from_bytes(body)
            if isinstance(record, r.PlannedOrder):
                assert record.intent.intent_id not in self.planned
                assert record.client_order_id not in self.planned.values()
                self.planned[record.intent.intent_id] = record.client_order_id
        self.read = len(self.bench.journal)

    def answer_questions(self) -> None:
        """A connected session answers questions about the account from the venue's truth."""
        for _ in range(20):
            asked = [each for each in self.wire if isinstance(each[1], ReconcileRequest)]
            if not asked:
                return
            self.wire = [each for each in self.wire if each not in asked]
            request = asked[-1][1]
            if request.session_boot != self.bench.session_boot or not self.is_connected:
                continue
            self.bench.sent.append(("", request))
            self.bench.answer(
                self.venue.all_orders(), tuple(self.venue.fills), self.venue.positions()
            )
            self.bench.sent = [each for each in self.bench.sent if each[1] is not request]
            self.collect()

    @property
    def is_connected(self) -> bool:
        return self.bench.core._k.links[ACCOUNT].is_connected

    def open_orders(self, name: str | None = None) -> list[Order]:
        orders = [o for o in self.bench.core.book.orders if not o.is_terminal]
        return [o for o in orders if name in (None, o.strategy)]

    def venue_open(self) -> list[Truth]:
        return [order for order in self.venue.orders.values() if order.is_open]

    # --- strategies --------------------------------------------------------------------------

    @rule(name=NAMES, buy=st.booleans(), quantity=QUANTITIES, price=PRICES, eth=st.booleans())
    def submit(self, name: str, buy: bool, quantity: Decimal, price: Decimal, eth: bool) -> None:
        intent = self.bench.intent(
            name,
            side=Side.BUY if buy else Side.SELL,
            quantity=quantity,
            price=price,
            instrument=ETH if eth and name == "alpha" else BTC,
        )
        self.intents.append(intent)
        self.bench.send(intent)
        self.collect()
        self.note_answer(intent)

    def note_answer(self, intent: Any) -> None:
        """An intent that could not be journaled is open: repeated, it may be carried out."""
        if self.bench.core.book.intents.answer(intent.strategy, intent.counter) is not None:
            self.answered.add(intent.intent_id)

    @precondition(lambda self: self.intents)
    @rule(pick=PICK)
    def repeat(self, pick: int) -> None:
        """The same intent again: the same answer, no second order (T-066)."""
        intent = self.intents[pick % len(self.intents)]
        before = len(self.bench.journal)
        answers = self.bench.send(intent)
        self.collect()
        serving = self.bench.core.book.intents.boot_of(intent.strategy)
        if intent.intent_id in self.answered and intent.boot == serving:
            assert len(self.bench.journal) == before
            assert len(answers) == 1
        elif intent.boot == serving:
            self.note_answer(intent)
        else:
            assert answers == []

    @precondition(lambda self: self.open_orders())
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        orders = self.open_orders()
        self.bench.cancel(orders[pick % len(orders)])
        self.collect()

    @rule(name=NAMES)
    def cancel_all(self, name: str) -> None:
        self.bench.cancel_all(name)
        self.collect()

    @precondition(lambda self: self.open_orders())
    @rule(pick=PICK, quantity=QUANTITIES, price=PRICES)
    def modify(self, pick: int, quantity: Decimal, price: Decimal) -> None:
        orders = self.open_orders()
        self.bench.modify(orders[pick % len(orders)], quantity, price)
        self.collect()

    @rule(name=NAMES)
    def see(self, name: str) -> None:
        reports = self.heard[name]
        self.bench.seen(reports[-1].number if reports else 0, name)
        self.collect()

    def strategy_restarts(self, name: str) -> None:
        self.boots += 1
        self.bench.boots[name], self.bench.counters[name] = self.boots, 0
        self.say_hello(name)

    def say_hello(self, name: str) -> None:
        reports = self.heard[name]
        self.bench.greet(name, reports[-1].number if reports else 0)
        self.collect()

    # --- the way to the venue ----------------------------------------------------------------

    @precondition(lambda self: self.wire)
    @rule(fates=st.lists(FATES, min_size=1, max_size=4))
    def transport(self, fates: list[str]) -> None:
        """The oldest commands arrive, are refused, get lost, or are provably not sent."""
        for fate in fates[: len(self.wire)]:
            self.carry(fate, self.wire.pop(0)[1])

    @precondition(lambda self: self.wire)
    @rule()
    def transport_all(self) -> None:
        """Everything that is on its way arrives."""
        while self.wire:
            self.carry("arrive", self.wire.pop(0)[1])

    def carry(self, fate: str, command: Any) -> None:
        late = self.bench.mono_ns > getattr(command, "expires_mono_ns", self.bench.mono_ns)
        if command_boot(command) != self.bench.session_boot or fate == "lose":
            return
        if late or fate == "not_sent":
            self.tell_not_sent(command)
            return
        ts_ns = self.bench.wall_ns
        if isinstance(command, SubmitOrder):
            self.news += self.venue.submit(command, reject=fate == "reject", ts_ns=ts_ns)
        elif isinstance(command, CancelOrder):
            self.news += self.venue.cancel(command, ts_ns)
        elif isinstance(command, ReplaceOrder):
            self.news += self.venue.replace(command, ts_ns)
        elif isinstance(command, QueryOrder):
            self.news += self.venue.query(command.client_order_id, ts_ns)

    def tell_not_sent(self, command: Any) -> None:
        requests = {
            SubmitOrder: Pending.NEW,
            CancelOrder: Pending.CANCEL,
            ReplaceOrder: Pending.REPLACE,
        }
        request = requests.get(type(command))
        if request is not None and self.is_connected:
            update = self.venue.refused(command.client_order_id, UpdateKind.NOT_SENT, 0)
            self.news.append(attrs.evolve(update, command=request))

    # --- the venue ---------------------------------------------------------------------------

    @precondition(lambda self: self.venue_open())
    @rule(pick=PICK, share=st.integers(1, 4))
    def trade(self, pick: int, share: int) -> None:
        orders = self.venue_open()
        order = orders[pick % len(orders)]
        quantity = max(D(1), (order.leaves / share).quantize(D(1)))
        self.news += self.venue.fill(order, min(quantity, order.leaves), self.bench.wall_ns)

    @precondition(lambda self: self.venue_open())
    @rule(pick=PICK)
    def expire(self, pick: int) -> None:
        orders = self.venue_open()
        self.news += self.venue.expire(orders[pick % len(orders)], self.bench.wall_ns)

    # --- the way back ------------------------------------------------------------------------

    @precondition(lambda self: self.news)
    @rule(pick=PICK, twice=st.booleans())
    def hear(self, pick: int, twice: bool) -> None:
        """Any of the news arrives, perhaps twice (T-067)."""
        self.tell(self.news.pop(pick % len(self.news)), 1 + twice)

    @precondition(lambda self: self.news)
    @rule()
    def hear_all(self) -> None:
        """All news arrive in their order."""
        while self.news:
            self.tell(self.news.pop(0), 1)

    def tell(self, message: Any, times: int) -> None:
        for _ in range(times if self.is_connected else 0):
            self.bench.session(message)
            self.collect()

    @rule(kind=st.sampled_from(MISHAPS), pick=PICK)
    def mishap(self, kind: str, pick: int) -> None:
        """One of the things that go wrong; kept in one rule so that they stay rarer than the rest."""
        if kind == "miss" and self.news:
            self.news.pop(pick % len(self.news))
            self.bench.sequence += 1
        elif kind == "line":
            self.disconnect()
        elif kind == "session":
            self.session_restarts()
        elif kind == "router":
            self.router_restarts()
        elif kind == "strategy":
            self.strategy_restarts("alpha" if pick % 2 else "beta")
        elif kind == "disk":
            self.bench.disk_full = not self.bench.disk_full
        elif kind == "kill":
            scope = ["engine", "venue:testvenue", "strategy:alpha"][pick % 3]
            self.bench.operate("kill", "a drill", scope=scope)
            self.collect()

    @precondition(lambda self: bool(self.bench.core.book.switch))
    @rule()
    def arm(self) -> None:
        for scope, _ in list(self.bench.core.book.switch):
            self.bench.operate("arm", "the drill is over", scope=scope)
        self.collect()

    def disconnect(self) -> None:
        self.news.clear()
        self.bench.state(VenueStateWord.DISCONNECTED, "the line is down")
        self.collect()

    @precondition(lambda self: not self.is_connected)
    @rule()
    def connect(self) -> None:
        if self.bench.core._k.links[ACCOUNT].boot != self.bench.session_boot:
            self.bench.hello()  # as it does when it hears the heartbeat of a router it does not know
        self.bench.state(VenueStateWord.RECONCILING)
        self.collect()
        self.answer_questions()

    def session_restarts(self) -> None:
        self.boots += 1
        self.bench.session_boot, self.bench.sequence = self.boots, 0
        self.news.clear()
        self.bench.hello()
        self.collect()

    @rule()
    def answer(self) -> None:
        self.answer_questions()

    @rule(seconds=st.sampled_from([0.2, 0.5, 1.0, 3.0, 9.0, 40.0]))
    def wait(self, seconds: float) -> None:
        """Time passes; a session that is there gives signs of life."""
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        while seconds > 0:
            self.bench.tick(min(seconds, 2.0))
            self.bench.beat()
            seconds -= 2.0
        self.collect()

    def router_restarts(self) -> None:
        """INV-10, INV-11: what the journal gives back is what was, to the byte."""
        before = dump(self.bench.core.book)
        self.boots += 1
        book = replayed(self.bench.journal)
        assert dump(book) == before
        self.bench = self.bench.restarted(self.boots)
        self.collect()
        for name in ("alpha", "beta"):
            reports = self.heard[name]
            self.bench.seen(reports[-1].number if reports else 0, name)
        self.collect()

    # --- what always holds -------------------------------------------------------------------

    @invariant()
    def no_id_reaches_the_venue_twice(self) -> None:
        """INV-4."""
        assert len(self.venue.seen) == len(set(self.venue.seen))

    @invariant()
    def confirmed_intents_are_journaled_once(self) -> None:
        """INV-1."""
        self.read_journal()

    @invariant()
    def reports_have_no_holes(self) -> None:
        """INV-6: numbers as handed over count up by one; a resend may step back, never ahead."""
        for reports in self.heard.values():
            highest = 0
            for report in reports:
                assert report.number <= highest + 1
                highest = max(highest, report.number)

    @invariant()
    def fills_are_counted_once(self) -> None:
        """INV-5: the position is the sum of the counted fills, and each of them is real."""
        real = {fill.fill_key: fill for fill in self.venue.fills}
        book = self.bench.core.book
        counted = [key for (_, key), _ in book.fill_keys.items()]
        assert len(counted) == len(set(counted))
        for name in (BTC, ETH):
            signed = [
                real[key].last_qty * real[key].side.sign
                for key in counted
                if real[key].instrument == name
            ]
            assert book.accounts.quantity(ACCOUNT, name) == sum(signed, D(0))

    @invariant()
    def exposure_is_within_limits(self) -> None:
        """INV-8, recomputed from the orders."""
        book = self.bench.core.book
        for name in (BTC, ETH):
            held = book.accounts.quantity(ACCOUNT, name)
            buys, sells = reserved(book.orders, name)
            assert held + buys <= MAX_POSITION
            assert sells - held <= MAX_POSITION
        assert book.account_exposure.notional(ACCOUNT, "USDT") <= MAX_NOTIONAL

    @invariant()
    def the_router_reserves_what_the_venue_could_fill(self) -> None:
        """No order works at the venue whose rest is not reserved here."""
        book = self.bench.core.book
        for truth in self.venue_open():
            order = book.orders.get(truth.client_order_id)
            assert order is not None
            assert order.cum_qty + reserved_quantity(order) >= truth.quantity

    @invariant()
    def sums_equal_sums_computed_anew(self) -> None:
        """Exposure kept incrementally is exposure recomputed."""
        book = self.bench.core.book
        anew = recomputed(
            (o.account, o.client_order_id, reservation_of(o, *book.terms_of(o.instrument)))
            for o in book.orders
        )
        assert anew.figures() == book.account_exposure.figures()
        ledgers = {OwnerKind.ACCOUNT: book.accounts, OwnerKind.STRATEGY: book.strategies}
        for kind, ledger in ledgers.items():
            holdings = Holdings()
            for owner, name, position in ledger:
                holdings.set(owner, name, position)
            assert holdings.figures() == book.risk.holdings[kind].figures()
        resting = Resting()
        for order in book.orders:
            resting.set(order)
        assert resting.figures() == book.risk.resting.figures()

    # --- what must come ----------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "bench"):
            return
        self.heal()
        book = self.bench.core.book
        for name, truth in self.venue.orders.items():
            order = book.orders.take(name)
            assert (order.lifecycle, order.cum_qty) == (truth.lifecycle, truth.cum_qty)
        for order in book.orders:
            assert order.certainty is Certainty.KNOWN
            if order.client_order_id not in self.venue.orders:
                assert order.lifecycle is Lifecycle.NEVER_ARRIVED
        self.check_reports()
        records = map(r.from_bytes, self.bench.journal)
        verdict = INV_8.check(History(records=entries(*records)))
        assert verdict.held, verdict.detail
        assert dump(replayed(self.bench.journal)) == dump(book)

    def heal(self) -> None:
        """INV-3, INV-7: the line is good again, time passes, everybody agrees."""
        self.bench.disk_full = False
        self.pass_time(2.0)
        self.arm()
        for name, boot in self.bench.boots.items():
            if self.bench.core.book.intents.boot_of(name) != boot:
                self.say_hello(name)  # as it does until it is welcomed
        self.wire.clear()
        self.news.clear()
        self.bench.state(VenueStateWord.DISCONNECTED, "healing")
        self.collect()
        self.connect()
        core = self.bench.core
        horizon_s = core._reconciler.horizon_ns(core._k.links[ACCOUNT]) / NS
        for _ in range(int(horizon_s / 6.0) + 5):
            self.pass_time(6.0)
            queries = [each[1] for each in self.wire if isinstance(each[1], QueryOrder)]
            self.answer_questions()
            for query in queries:
                for update in self.venue.query(query.client_order_id, self.bench.wall_ns):
                    self.bench.session(update)
            self.wire = [
                e for e in self.wire if not isinstance(e[1], (QueryOrder, CancelAllOrders))
            ]
            self.collect()

    def check_reports(self) -> None:
        """INV-6: each strategy has heard the end of each of its orders, and every number."""
        for name, reports in self.heard.items():
            for _ in range(3):
                self.bench.seen(reports[-1].number if reports else 0, name)
                self.collect()
            last = self.bench.core.book.figures_of(name).reports.last
            assert {report.number for report in reports} >= set(range(1, last + 1))
            ended = {report.intent_id for report in reports if report.lifecycle in TERMINAL}
            for order in self.bench.core.book.orders:
                if order.strategy == name and order.is_terminal:
                    assert order.intent_id in ended


def replayed(journal: list[bytes]) -> Any:
    """The book that only the journal makes."""
    from engine.orders.book import BookOfOrders

    book = BookOfOrders()
    for body in journal:
        book.apply(r.from_bytes(body))
    return book


def reserved(orders: Any, name: str) -> tuple[Decimal, Decimal]:
    """Reserved buys and sells of an instrument, summed anew."""
    sums = {Side.BUY: D(0), Side.SELL: D(0)}
    for order in orders:
        if order.instrument == name:
            sums[order.side] += reserved_quantity(order)
    return sums[Side.BUY], sums[Side.SELL]


def command_boot(command: Any) -> int:
    return int(getattr(command, "session_boot", 0))


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

WEIGHTS = {
    "submit": 10,
    "transport": 8,
    "transport_all": 2,
    "trade": 8,
    "hear": 10,
    "hear_all": 1,
    "cancel": 3,
    "modify": 4,
    "cancel_all": 0.3,
    "repeat": 1,
    "see": 2,
    "expire": 0.5,
    "wait": 2,
    "answer": 1,
    "connect": 6,
    "mishap": 2.0,
    "arm": 3,
}
INVARIANTS = [
    "no_id_reaches_the_venue_twice",
    "confirmed_intents_are_journaled_once",
    "reports_have_no_holes",
    "fills_are_counted_once",
    "exposure_is_within_limits",
    "the_router_reserves_what_the_venue_could_fill",
    "sums_equal_sums_computed_anew",
]


class Walk:
    """A long random life of the machine: reaches states that short, shrinkable runs do not."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.machine = Machine()
        self.machine.begin()
        self.story: list[str] = []

    def step(self) -> None:
        name = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        machine, draw = self.machine, self.random
        possible = {
            "transport": machine.wire,
            "transport_all": machine.wire,
            "hear": machine.news,
            "hear_all": machine.news,
            "trade": machine.venue_open(),
            "expire": machine.venue_open(),
            "cancel": machine.open_orders(),
            "modify": machine.open_orders(),
            "repeat": machine.intents,
            "connect": not machine.is_connected,
            "arm": bool(machine.bench.core.book.switch),
        }
        if not possible.get(name, True):
            return
        quantity, price = D(draw.randint(1, 20)), D(draw.randint(95, 105))
        strategy, pick = draw.choice(["alpha", "beta"]), draw.randint(0, 10_000)
        arguments: dict[str, tuple[Any, ...]] = {
            "submit": (strategy, draw.random() < 0.5, quantity, price, draw.random() < 0.3),
            "transport": (draw.choices(FATE_WORDS, k=3),),
            "trade": (pick, draw.randint(1, 4)),
            "hear": (pick, draw.random() < 0.2),
            "cancel": (pick,),
            "modify": (pick, quantity, price),
            "cancel_all": (strategy,),
            "repeat": (pick,),
            "see": (strategy,),
            "expire": (pick,),
            "wait": (draw.choice([0.2, 0.5, 1.0, 3.0, 9.0, 40.0]),),
            "mishap": (draw.choice(MISHAPS), pick),
        }
        self.story.append(f"{name}{arguments.get(name, ())}")
        getattr(machine, name)(*arguments.get(name, ()))
        for each in INVARIANTS:
            getattr(machine, each)()


@pytest.mark.parametrize("seed", range(WALKS))
def test_long_walk(seed: int) -> None:
    """After 200 random steps everything still holds, and once healed everybody agrees."""
    walk = Walk(seed)
    try:
        for _ in range(WALK_STEPS):
            walk.step()
        walk.machine.teardown()
    except AssertionError:
        print("\n".join(walk.story[-40:]))  # noqa: T201 - how it came about
        raise
