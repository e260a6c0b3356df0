"""RouterCore.handle against peers that say anything a codec lets through."""

from __future__ import annotations

import functools
import os
import tracemalloc
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import BadEnvelope, LocalProtocolError
from engine.messages.codec import decode, encode
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ExecutionReport,
    ModifyIntent,
    ReportSeen,
    StrategyHello,
    SubmitIntent,
    intent_id_of,
)
from engine.messages.venue import (
    Fill,
    OrderUpdate,
    ReconcilePart,
    ReferencePrice,
    SessionHeartbeat,
    SessionState,
    UpdateKind,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import (
    Lifecycle,
    Liquidity,
    Mode,
    OrdType,
    Pending,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.orders import records as r
from tests.kit.orders import BTC, ETH, SESSION, Bench

D = Decimal
RUNS = int(os.environ.get("PITBOSS_MACHINE_RUNS", "60"))
ALPHA = "strategy.alpha"

INTS = st.sampled_from([-(2**63), -1, 0, 1, 2, 31, 2**31, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
WORDS = [
    "",
    "x",
    BTC,
    ETH,
    "alpha:5:" + "9" * 5_000,
    "alpha:5:٣",
    "y" * 65_500,
    "\0",
    "1.TESTVENUE",
]
NUMBERS = [
    "0", "1", "10", "100", "-1", "0.5", "100.1", "9" * 40, "-" + "9" * 39, "1" + "0" * 39,
    "0." + "0" * 37 + "1", "1." + "0" * 37 + "1", "9" * 18, "9" * 17 + "." + "9" * 18,
]  # fmt: skip
DECIMALS = st.sampled_from([D(text) for text in NUMBERS])
MAYBE = st.none() | DECIMALS
FLOATS = st.sampled_from([0.0, -1.0, 100.0, 5e-324, 1e-30, 1e30, 1.7e308])
FLAGS = st.booleans()


def texts(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*names, *WORDS])


def made(cls: type, /, **fields: st.SearchStrategy[Any] | Any) -> st.SearchStrategy[Any]:
    drawn = {n: v if isinstance(v, st.SearchStrategy) else st.just(v) for n, v in fields.items()}
    return st.builds(cls, **drawn)


@functools.cache
def intents(counter: int) -> st.SearchStrategy[Any]:
    """Anything alpha can wish under the name that its next intent must have."""
    named = {
        "intent_id": intent_id_of("alpha", 5, counter),
        "strategy": "alpha",
        "boot": 5,
        "counter": counter,
        "created_mono_ns": INTS | st.just(1_000 * 10**9),
    }
    targets = texts("alpha:5:1", "alpha:5:2")
    return st.one_of(
        made(
            SubmitIntent,
            **named,
            instrument=texts(BTC),
            side=st.sampled_from(Side),
            ord_type=st.sampled_from(OrdType),
            quantity=DECIMALS,
            price=MAYBE,
            stop_price=MAYBE,
            time_in_force=st.sampled_from(TimeInForce),
            post_only=FLAGS,
            reduce_only=FLAGS,
            data_mono_ns=INTS,
            note=texts(),
        ),
        made(CancelIntent, **named, target=targets),
        made(
            ModifyIntent,
            **named,
            target=targets,
            quantity=MAYBE,
            price=MAYBE,
            data_mono_ns=INTS,
        ),
        made(CancelAllIntent, **named, instrument=texts()),
    )


@functools.cache
def words_of_strategies() -> st.SearchStrategy[Any]:
    names, boots = texts("alpha", "beta"), INTS | st.just(5)
    return st.one_of(
        made(
            StrategyHello,
            strategy=names,
            boot=boots,
            mode=st.sampled_from(Mode),
            report_seen=INTS,
            journal=INTS | st.just(71),
        ),
        made(ReportSeen, strategy=names, boot=boots, through=INTS),
        made(
            CancelAllIntent,
            intent_id=texts(),
            strategy=names,
            boot=boots,
            counter=INTS,
            instrument=texts(),
            created_mono_ns=INTS,
        ),
    )


@functools.cache
def words_of_sessions(*client_order_ids: str) -> st.SearchStrategy[Any]:
    """Anything a session can say; `sequence` is set when it is said."""
    ids = texts(*client_order_ids)
    said = {"session": SESSION, "boot": 31, "sequence": 0}
    common = {"client_order_id": ids, "venue_order_id": texts("v1"), "ts_ns": INTS}
    traded = {
        "instrument": texts(BTC),
        "side": st.sampled_from(Side),
        "fill_key": texts("f1", "f2", "f3"),
        "trade_id": texts(),
        "last_qty": DECIMALS,
        "last_px": DECIMALS,
        "fee": DECIMALS,
        "fee_currency": texts("USDT"),
        "liquidity": st.sampled_from(Liquidity),
    }
    order = made(
        VenueOrder,
        **common,
        instrument=texts(BTC),
        side=st.sampled_from(Side),
        ord_type=st.sampled_from(OrdType),
        time_in_force=st.sampled_from(TimeInForce),
        quantity=DECIMALS,
        price=MAYBE,
        cum_qty=DECIMALS,
        avg_px=DECIMALS,
        lifecycle=st.sampled_from([word for word in Lifecycle if word is not Lifecycle.DENIED]),
    )
    held = made(VenuePosition, instrument=texts(BTC), quantity=DECIMALS, avg_px=DECIMALS)
    return st.one_of(
        made(
            OrderUpdate,
            **said,
            **common,
            kind=st.sampled_from(UpdateKind),
            cum_qty=MAYBE,
            price=MAYBE,
            quantity=MAYBE,
            code=texts(),
            text=texts(),
            command=st.none() | st.sampled_from(Pending),
        ),
        made(Fill, **said, **common, **traded, cum_qty=MAYBE),
        made(
            ReconcilePart,
            **said,
            request_id=st.just(0),
            part=INTS,
            last=FLAGS,
            complete=FLAGS,
            since_ns=INTS,
            orders=st.lists(order, max_size=3).map(tuple),
            fills=st.lists(made(VenueFill, **common, **traded), max_size=3).map(tuple),
            positions=st.lists(held, max_size=2).map(tuple),
            balances=(),
            error=st.just("") | texts(),
        ),
        made(
            ReferencePrice,
            **said,
            instrument=texts(BTC),
            price=FLOATS,
            bid_price=FLOATS,
            ask_price=FLOATS,
            mono_ns=INTS,
        ),
        made(
            SessionState,
            **said,
            venue=texts("testvenue"),
            state=st.sampled_from(VenueStateWord),
            reason=texts(),
        ),
        made(SessionHeartbeat, **said),
    )


class Stage:
    """A bench with two open orders, and peers whose every word travels through the codec."""

    def __init__(self) -> None:
        self.bench = bench = Bench()
        bench.greet("alpha")
        bench.open_venue()
        self.orders = (bench.submit(), bench.submit(quantity=D(7)))
        bench.update(self.orders[0], UpdateKind.ACCEPTED, venue_order_id="v1")

    def say(self, message: Any, peer: str) -> None:
        """Deliver one message; whatever is sent because of it must be able to travel."""
        try:
            arrived = decode(encode(message))
        except (BadEnvelope, LocalProtocolError):
            return
        for sent in self.bench.handle(arrived, peer):
            encode(sent)

    def session_says(self, message: Any) -> None:
        self.bench.sequence += 1
        if isinstance(message, ReconcilePart):
            message = attrs.evolve(message, request_id=self.bench.request().request_id)
        self.say(attrs.evolve(message, sequence=self.bench.sequence), SESSION)

    def check(self) -> None:
        """Nothing ended it, and whoever starts next can read all of it."""
        self.bench.tick(6)
        self.bench.tick(60)
        self.bench.core.gauges()
        assert self.bench.restarted().core.book.boot.number == 2


RELAXED = settings(
    max_examples=RUNS * 2 // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@RELAXED
@given(st.data())
def test_no_strategy_ends_the_router(data: st.DataObject) -> None:
    """Whatever a strategy says, the router goes on, serves, and can be recovered from its journal."""
    stage = Stage()
    for counter in range(3, 3 + data.draw(st.integers(1, 8))):
        stage.say(data.draw(intents(counter) | words_of_strategies()), ALPHA)
    stage.check()


@RELAXED
@given(st.data())
def test_no_session_ends_the_router(data: st.DataObject) -> None:
    """Whatever a session says, the router goes on, and can be recovered from its journal."""
    stage = Stage()
    words = words_of_sessions(*(order.client_order_id for order in stage.orders))
    for _ in range(data.draw(st.integers(1, 8))):
        stage.session_says(data.draw(words))
    stage.check()


@pytest.mark.parametrize("boot", [0, -1, 2**64 - 1])
@pytest.mark.parametrize("number", [-(2**63), -1, 2**62 + 1, 2**63 - 1, 2**64 - 1])
def test_absurd_report_numbers_change_nothing(boot: int, number: int) -> None:
    """A report number that cannot be is counted, and reports go on with the next one."""
    bench = Stage().bench
    bench.seen(number)
    bench.boots["alpha"], bench.counters["alpha"] = boot, 0
    bench.greet(seen=number)
    assert bench.core._k.counters["absurd_report_number"] == 2
    before = bench.core.book.figures_of("alpha").reports.last
    (report,) = bench.send(bench.intent(quantity=D("0.5")))
    assert isinstance(report, ExecutionReport)
    assert report.number == before + 1
    encode(report)


def test_a_report_that_is_yet_to_come_cannot_be_seen() -> None:
    """An acknowledgement of more reports than there are is counted and says nothing."""
    bench = Stage().bench
    reports = bench.core.book.figures_of("alpha").reports
    bench.seen(reports.last + 1)
    assert reports.seen <= reports.last
    assert bench.core._k.counters["absurd_report_number"] == 1


def test_an_order_counts_what_can_be_counted() -> None:
    """A fill of no market is alarmed once and not counted; the account is asked about instead."""
    stage = Stage()
    bench, order = stage.bench, stage.orders[0]
    for quantity in ("0", "-1", "9" * 40, "0." + "0" * 37 + "1"):
        bench.fill(order, "f" + quantity[:5], quantity)
    assert order.cum_qty == 0
    texts_ = [alarm.text for alarm in bench.core.book.alarms]
    assert [t for t in texts_ if "Fill not taken in" in t] == [
        "Fill not taken in: numbers of no market"
    ]
    assert bench.core._k.counters["implausible_message"] == 4


def test_a_part_of_any_number_costs_no_memory() -> None:
    """Found: the last part's number decided how much was allocated, up to all that the machine had."""
    stage = Stage()
    part = ReconcilePart(
        session=SESSION,
        boot=31,
        sequence=0,
        request_id=0,
        part=3_000_000,  # dear enough to be seen, cheap enough to fail by
        last=True,
        complete=True,
        since_ns=0,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )
    asked = stage.bench.request()
    stage.bench.sequence += 3  # a hole in the numbers: the router asks for everything
    stage.session_says(SessionHeartbeat(session=SESSION, boot=31, sequence=0))
    assert stage.bench.request() is not asked
    tracemalloc.start()
    try:
        stage.session_says(part)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000
    assert stage.bench.core._k.counters["reconcile_failed"] == 1


def test_a_record_that_cannot_be_read_back_is_not_written() -> None:
    """A text beyond what a reader takes would end every later start, so it is refused before."""
    bench = Stage().bench
    written = len(bench.journal)
    record = r.AlarmRecord(
        kind=r.AlarmKind.JOURNAL, account="", subject="", text="z" * 70_000, ts_ns=1
    )
    with pytest.raises(LocalProtocolError, match="read back"):
        bench.core._k.record(record)
    assert len(bench.journal) == written
    assert not bench.core.journal_failure
