"""What must go on while the journal takes nothing: cancels, sessions, the kill switch (ORD-11)."""

import attrs
import pytest

from engine.errors import JournalFull
from engine.messages.orders import ExecutionReport, TradingState, VenueState
from engine.messages.venue import (
    CancelOrder,
    ReconcilePart,
    ReconcileRequest,
    SessionHello,
    SessionRole,
    SessionState,
    SessionWelcome,
    SubmitOrder,
    UpdateKind,
    VenueOrder,
)
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Mode,
    OrdType,
    Pending,
    Side,
    TimeInForce,
    TradingStateWord,
    VenueStateWord,
)
from engine.orders.settings import TradeSession
from tests.kit.orders import CAPABILITIES, SESSION, Bench, D, of_kind, settings

OTHER = "second.trade"


@pytest.fixture
def bench() -> Bench:
    made = Bench(
        settings(trade_sessions={SESSION: _session("testvenue"), OTHER: _session("second")})
    )
    made.greet("alpha")
    return made.open_venue()


def _session(venue: str) -> TradeSession:
    capabilities = attrs.evolve(CAPABILITIES, cancel_all=False)
    return TradeSession(venue=venue, mode=Mode.LIVE, capabilities=capabilities)


def open_other(bench: Bench) -> None:
    """The second venue is logged in and has one order, of somebody else."""
    said = {"session": OTHER, "boot": 8}
    hello = SessionHello(
        session=OTHER, venue="second", boot=8, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    bench.handle(hello, OTHER)
    word = VenueStateWord.RECONCILING
    state = SessionState(**said, sequence=1, venue="second", state=word, reason="")
    (request,) = of_kind(bench.handle(state, OTHER), ReconcileRequest)
    found = VenueOrder(
        client_order_id="",
        venue_order_id="w1",
        instrument="XYZ.SECOND",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=D(1),
        price=D(5),
        cum_qty=D(0),
        avg_px=D(0),
        lifecycle=Lifecycle.OPEN,
        ts_ns=bench.wall_ns,
    )
    part = ReconcilePart(
        **said,
        sequence=2,
        request_id=request.request_id,
        part=0,
        last=True,
        complete=True,
        since_ns=request.since_ns,
        orders=(found,),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )
    bench.handle(part, OTHER)


def opened(bench: Bench):
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def full_after(bench: Bench, records: int) -> None:
    """The disk takes so many records more."""
    left = [records]

    def writing(body: bytes) -> None:
        if left[0] == 0 and bench.disk_full:
            raise JournalFull("no space left on device")
        left[0] -= 1
        bench.journal.append(body)

    bench.disk_full = True
    bench.core._k._write = writing


@pytest.mark.parametrize("records", range(5))
@pytest.mark.parametrize("how", ["operator", "file", "cancel-all"])
def test_cancels_reach_every_venue_wherever_the_disk_ends(bench, records, how):
    """ORD-11: one venue is away, the disk fills up at any record: the other venue gets its cancels."""
    first, second = opened(bench), opened(bench)
    open_other(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    before = len(bench.sent)
    full_after(bench, records)
    if how == "file":
        bench.take(bench.core.kill(by="file", reason="KILL", now=bench.now))
    else:
        verb = "kill" if how == "operator" else how
        bench.operate(verb, "drill")
    cancels = [(d, m) for d, m in bench.sent[before:] if isinstance(m, CancelOrder)]
    assert [(d, m.venue_order_id) for d, m in cancels] == [(OTHER, "w1")]
    bench.disk_full = False
    bench.tick(1.5)
    bench.tick(10)
    assert not bench.core.journal_failure
    if how != "cancel-all":
        assert bench.core.book.switch.level_of("engine") is TradingStateWord.KILLED
    for order in (first, second):
        assert order.pending is not Pending.CANCEL or order.certainty is Certainty.UNKNOWN


def test_a_session_is_taken_into_service_without_a_journal(bench):
    """A session that is restarted while the disk is full is welcomed, and gets the cancels."""
    order = opened(bench)
    bench.submit()
    bench.disk_full = True
    bench.session_boot, bench.sequence = 32, 0
    assert of_kind(bench.hello(), SessionWelcome)
    bench.state(VenueStateWord.RECONCILING)
    before = len(bench.sent)
    bench.operate("kill", "drill")
    sent = of_kind([m for _, m in bench.sent[before:]], CancelOrder)
    assert sent[0].client_order_id == order.client_order_id
    assert sent[0].session_boot == 32


@pytest.mark.parametrize("how", ["told", "silent"])
def test_strategies_hear_of_a_lost_venue_without_a_journal(bench, how):
    """A venue that goes while the disk is full is not taken for ready when there is space again."""
    bench.submit()
    bench.disk_full = True
    sent = bench.state(VenueStateWord.DISCONNECTED) if how == "told" else bench.tick(3.5)
    assert VenueStateWord.DISCONNECTED in {m.state for m in of_kind(sent, VenueState)}
    bench.disk_full = False
    bench.tick(1.5)
    link = bench.core._k.by_session[SESSION]
    assert link.state is VenueStateWord.DISCONNECTED


def test_a_deadline_is_kept_until_it_can_be_recorded(bench):
    """An answer that does not come while the disk is full is missed as soon as there is space."""
    order = bench.submit()
    bench.disk_full = True
    for _ in range(9):
        bench.beat()
        bench.tick(1)
    assert order.certainty is Certainty.KNOWN
    bench.disk_full = False
    bench.beat()
    bench.tick(1)
    assert order.certainty is Certainty.UNKNOWN


def test_an_intent_denied_without_a_record_stays_denied(bench):
    """A repeat that was under way when the disk was full is no order later; its boot's end forgets it."""
    intent = bench.intent()
    bench.disk_full = True
    (denial,) = of_kind(bench.send(intent), ExecutionReport)
    bench.disk_full = False
    bench.tick(1.5)
    bench.answer()
    assert bench.core._k.by_session[SESSION].state is VenueStateWord.READY
    answers = [*bench.send(intent), *bench.send(intent), *bench.restarted().send(intent)]
    assert [(type(m), m.code, m.number) for m in answers] == [(type(denial), "JOURNAL", 1)] * 3
    bench.boots["alpha"], bench.counters["alpha"] = 55, 0
    bench.greet("alpha")
    assert not bench.core._strategies._refused
    bench.submit()


def test_denials_without_a_record_are_remembered_within_bounds(bench, monkeypatch):
    """However many intents a full disk denies, only the newest are remembered."""
    monkeypatch.setattr("engine.orders.strategies.INTENTS_MAX", 3)
    bench.disk_full = True
    intents = [bench.intent() for _ in range(5)]
    for intent in intents:
        bench.send(intent)
    remembered = list(bench.core._strategies._refused["alpha"])
    assert remembered == [intent.intent_id for intent in intents[2:]]


def test_an_impostor_denies_nobody_an_order_without_a_journal(bench):
    """A wish in another's name while the disk is full: its victim hears nothing, and is not denied later."""
    intent = bench.intent()
    bench.disk_full = True
    assert not of_kind(bench.handle(intent, "strategy.beta"), ExecutionReport)
    assert not bench.core._strategies._refused
    bench.disk_full = False
    bench.tick(1.5)
    bench.answer()
    assert of_kind(bench.send(intent), SubmitOrder)


def test_an_impostor_is_alarmed_once_it_can_be_recorded(bench):
    """What a full disk kept out of the journal is alarmed the next time, and only once."""
    bench.disk_full = True
    bench.handle(bench.intent(), "strategy.beta")
    bench.disk_full = False
    bench.tick(1.5)
    for _ in range(2):
        bench.handle(bench.intent(), "strategy.beta")
    alarms = [alarm.subject for alarm in bench.core.book.alarms if alarm.kind == "impostor"]
    assert alarms == ["strategy.beta"]


# --- moves of the kill switch that wait for the journal -----------------------------------------------


def kill_unwritten(bench: Bench, **arguments: str) -> dict[str, object]:
    """Kill while the disk is full; the answer."""
    bench.disk_full = True
    answer = bench.ask("kill", "drill", **arguments)
    assert isinstance(answer, dict)
    return answer


def cancelled(bench: Bench, before: int) -> set[str]:
    """Names of what was to be cancelled since."""
    return {m.client_order_id for m in of_kind([m for _, m in bench.sent[before:]], CancelOrder)}


def test_a_kill_without_a_journal_is_in_force_everywhere(bench):
    """Answer, status, what strategies hear and what the shell asks all say killed, and not journaled."""
    opened(bench)
    answer = kill_unwritten(bench)
    assert (answer["level"], answer["changed"], answer["journaled"]) == ("killed", True, False)
    assert bench.core.is_killed
    assert bench.core.owed_kill == "operator: drill"
    status = bench.ask("status")
    assert status["trading_state"] == "killed"
    assert status["strategies"]["alpha"]["trading_state"] == "killed"
    assert status["scopes"]["engine"] | {"ts_ns": 0} == {
        "level": "killed",
        "by": "operator",
        "reason": "drill",
        "ts_ns": 0,
        "journaled": False,
    }
    told = of_kind([m for _, m in bench.sent], TradingState)
    assert told[-1].state is TradingStateWord.KILLED
    bench.disk_full = False
    bench.tick(1.5)
    assert bench.core.is_killed
    assert not bench.core.owed_kill
    assert bench.ask("status")["scopes"]["engine"]["journaled"]


@pytest.mark.parametrize("scope", ["engine", "account:testvenue.live", "strategy:alpha"])
def test_a_kill_while_disconnected_and_without_a_journal_cancels_at_the_log_in(bench, scope):
    """Full disk, venue away, killed, venue back: the cancel goes out though nothing can be written."""
    order = opened(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    kill_unwritten(bench, scope=scope)
    before = len(bench.sent)
    bench.state(VenueStateWord.RECONCILING)
    assert cancelled(bench, before) == {order.client_order_id}


def test_cancels_are_repeated_while_killed_without_a_journal(bench):
    """A cancel that was lost is sent again although the journal still takes nothing."""
    order = opened(bench)
    kill_unwritten(bench)
    bench.tick(1.0)
    for _ in range(2):
        before = len(bench.sent)
        bench.beat()
        bench.tick(2.5)
        assert cancelled(bench, before) == {order.client_order_id}
    assert bench.core.journal_failure


def test_nothing_is_armed_while_a_kill_is_owed(bench):
    """Neither its own scope nor another: a person arms what is written, after it is written."""
    kill_unwritten(bench, scope="strategy:alpha")
    for scope in ("strategy:alpha", "engine"):
        (reply,) = bench.operate("arm", "looked", scope=scope)
        assert "strategy:alpha killed" in reply.error
    bench.disk_full = False
    bench.tick(1.5)
    assert bench.ask("arm", "looked", scope="strategy:alpha")["level"] == "active"


def test_arming_is_written_or_not_done(bench):
    """An arm that the journal does not take is refused, and the scope stays killed."""
    bench.ask("kill", "drill")
    bench.disk_full = True
    (reply,) = bench.operate("arm", "looked")
    assert "journal" in reply.error
    assert bench.core.is_killed
    bench.disk_full = False
    bench.tick(1.5)
    assert bench.core.is_killed
    assert bench.ask("arm", "looked")["level"] == "active"


def test_of_each_scope_the_strictest_move_waits_for_the_journal(bench):
    """However many moves a full disk sees, one for each scope is kept, and none is forgotten."""
    bench.disk_full = True
    for level in ("reducing", "halted", "killed"):
        for scope in ("engine", "strategy:alpha", "strategy:beta"):
            bench.ask("kill", level, scope=scope, level=level)
    assert {scope: move.level for scope, move in bench.core._k.owed.items()} == dict.fromkeys(
        ("engine", "strategy:alpha", "strategy:beta"), TradingStateWord.KILLED
    )
    bench.disk_full = False
    bench.tick(1.5)
    assert not bench.core._k.owed
    levels = {scope: setting.level for scope, setting in bench.restarted().core.book.switch}
    assert set(levels.values()) == {TradingStateWord.KILLED}
    assert len(levels) == 3
