"""The router's process: who speaks, commit before send, what cannot be sent; its decisions are the core's."""

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio
from structlog import get_logger

from actors import journalplace, router
from actors.context import ActorContext
from engine.bus.keys import Peer
from engine.bus.sockets import Received
from engine.clock import SystemClock
from engine.errors import BusFull, ConfigError, JournalBusy, JournalError
from engine.journal import verify
from engine.messages.codec import encode
from engine.messages.control import ActorState, PeerReport
from engine.messages.operator import OperatorReply, OperatorRequest, replies
from engine.messages.orders import (
    ExecutionReport,
    IntentJournaled,
    ReportSeen,
    StrategyHello,
    StrategyWelcome,
    TradingState,
)
from engine.messages.venue import (
    RouterHeartbeat,
    SessionHello,
    SessionRole,
    SessionWelcome,
    UpdateKind,
)
from engine.model.enums import Mode, TradingStateWord
from engine.orders.kernel import Outcome
from engine.supervise.launch import LaunchSpec
from engine.supervise.rundir import KILL_NAME
from tests.kit.bus import Stage, a_stage
from tests.kit.commands import cancel, submit
from tests.kit.orders import DATA, SESSION, Bench, of_kind
from tests.kit.routers import peers_of, router_settings, routing, speaking
from tests.kit.waiting import deadline_s, until

ALPHA, BETA = "strategy.alpha", "strategy.beta"
RECORD = Bench().journal[0]
TOLD = TradingState(state=TradingStateWord.HALTED, reason="x")


@pytest.fixture
def stage():
    with a_stage() as stage:
        yield stage


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Everything that is repeated is repeated soon."""
    for name in ("DUE_INTERVAL_S", "HEARTBEAT_INTERVAL_S", "INDEX_INTERVAL_S"):
        monkeypatch.setattr(router, name, 0.02)


class Script:
    """Stands where the core would: notes what it is asked, answers what the test wants."""

    made: "Script"

    def __init__(self, _settings: object, write: Callable[[bytes], object]) -> None:
        type(self).made = self
        self.write = write
        self.handled: list[tuple[Any, str]] = []
        self.operated: list[tuple[str, str]] = []
        self.lost: list[tuple[str, object, str]] = []
        self.kills: list[tuple[str, str]] = []
        self.owed_kill = ""
        self.told: list[tuple[str, str]] = []
        self.beats: list[tuple[str, object]] = []
        self.dues = 0
        self.journal_failure = ""
        self.on_message: Callable[[Any, str], Outcome] = lambda _message, _peer: Outcome()
        self.on_lost: Callable[[], Outcome] = Outcome

    def recover(self, _body: bytes) -> None:
        pass

    def start(self, _boot: int, _now: object) -> Outcome:
        return Outcome()

    def forward_by(self, forward: Callable[[str, object], str]) -> None:
        self.forward = forward

    def settled(self) -> None:
        pass

    def due(self, _now: object) -> Outcome:
        self.dues += 1
        return Outcome()

    def handle(self, message: object, peer: str, _now: object) -> Outcome:
        self.handled.append((message, peer))
        return self.on_message(message, peer)

    def operate(self, message: OperatorRequest, role: str, _now: object) -> Any:
        self.operated.append((message.verb, role))
        body = json.dumps("x" * int(message.arguments or 0))
        return Outcome(), list(replies(message.request_id, body))

    def kill(self, *, by: str, reason: str, now: object) -> Outcome:
        self.kills.append((by, reason))
        return Outcome()

    def told_of(self, strategy: str, dead: str) -> None:
        self.told.append((strategy, dead))

    def undelivered(self, where: str, what: object, why: str, _now: object) -> Outcome:
        self.lost.append((where, what, why))
        return self.on_lost()

    def heartbeats(self) -> list[tuple[str, object]]:
        return self.beats

    def queues(self) -> dict[str, tuple[float, float]]:
        return {}

    def gauges(self) -> dict[str, object]:
        return {}

    def record(self, *sends: tuple[str, object]) -> Outcome:
        """An outcome that wrote something."""
        self.write(RECORD)
        return Outcome(records=["record"], sends=list(sends))


@pytest.fixture
def script(monkeypatch) -> type[Script]:
    """The router's core is played by the test."""
    monkeypatch.setattr(router, "RouterCore", Script)
    return Script


def seen(through: int, strategy: str = "alpha") -> ReportSeen:
    return ReportSeen(strategy=strategy, boot=1, through=through)


def from_alpha(message: object, identity: bytes = b"a") -> Received:
    return Received(Peer(ALPHA, "strategy"), identity, encode(message))


class Wire:
    """What happens to file and sockets, in order."""

    def __init__(self, actor: router.RouterActor, monkeypatch) -> None:
        self.events: list[Any] = []
        self.fails: Exception | None = None
        self.full: set[bytes] = set()
        commit = actor.journal.commit

        def committing() -> int:
            self.events.append("commit")
            if self.fails:
                raise self.fails
            return commit()

        def sending(identity: bytes, _payload: bytes) -> None:
            self.events.append(identity)
            if identity in self.full:
                raise BusFull("queue is full")

        monkeypatch.setattr(actor.journal, "commit", committing)
        monkeypatch.setattr(actor.strategies, "send", sending)
        monkeypatch.setattr(actor.sessions, "send", sending)
        actor.identities |= {ALPHA: b"a", BETA: b"b", SESSION: b"s"}


# --- who speaks --------------------------------------------------------------------------------------


async def test_who_speaks_is_known_from_the_key(stage: Stage, script):
    """Whatever a message says of its sender, the core hears the name that belongs to the key."""
    async with routing(stage), speaking(stage, BETA, "strategies") as beta:
        beta.say(seen(1, strategy="alpha"))
        await until(lambda: script.made.handled)
        assert script.made.handled == [(seen(1, strategy="alpha"), BETA)]


async def test_bytes_that_are_no_message_are_counted_and_passed_over(stage: Stage, script):
    """They cost their sender nothing but the message; what it says next is heard."""
    async with routing(stage) as running, speaking(stage, ALPHA, "strategies") as alpha:
        for payload in (b"", b"\xff" * 10, encode(seen(1))[:-1], encode(seen(1))):
            alpha.send(payload)
        await until(lambda: script.made.handled)
        assert [message for message, _ in script.made.handled] == [seen(1)]
        assert running.actor.gauges()["bad_messages"] == 3
        assert {line["peer"] for line in running.logged("bad_message")} == {ALPHA}


async def test_messages_go_to_the_boot_whose_hello_was_taken(stage: Stage, script):
    """A predecessor that is not dead yet and still speaks does not draw them to itself."""
    hello = StrategyHello(strategy="alpha", boot=2, mode=Mode.LIVE, report_seen=0, journal=0)

    def answer(message: Any, _peer: str) -> Outcome:
        greeted = isinstance(message, StrategyHello)
        return Outcome(sends=[(ALPHA, TOLD)]) if greeted or message == seen(9) else Outcome()

    async with (
        routing(stage),
        speaking(stage, ALPHA, "strategies", boot=1) as old,
        speaking(stage, ALPHA, "strategies", boot=2) as new,
    ):
        script.made.on_message = answer
        old.say(seen(1))
        await until(lambda: script.made.handled)
        new.say(hello)
        await until(lambda: new.heard == [TOLD])
        old.say(seen(9))
        await until(lambda: len(new.heard) == 2)
        assert old.heard == []


# --- commit, then send ---------------------------------------------------------------------------------


async def test_a_batch_is_committed_once_before_anything_is_sent(stage: Stage, script, monkeypatch):
    """All decisions of a batch, one commit, then the messages in order."""
    async with routing(stage) as running:
        core, wire = script.made, Wire(running.actor, monkeypatch)
        core.on_message = lambda message, _: core.record(
            (ALPHA, TOLD), (SESSION, submit()) if message == seen(1) else (BETA, TOLD)
        )
        running.actor.on_actors([from_alpha(seen(1)), from_alpha(seen(2))])

        assert wire.events == ["commit", b"a", b"s", b"a", b"b"]


async def test_without_a_record_nothing_is_committed(stage: Stage, script, monkeypatch):
    """Acknowledgements and questions cost no disk."""
    async with routing(stage) as running:
        core, wire = script.made, Wire(running.actor, monkeypatch)
        core.on_message = lambda *_: Outcome(sends=[(ALPHA, TOLD)])
        running.actor.on_actors([from_alpha(seen(1))])

        assert wire.events == [b"a"]


async def test_a_failed_commit_ends_the_process_and_nothing_is_sent_but_cancels(
    stage: Stage, script, monkeypatch
):
    """What may not be on the disk has not happened; to cancel is safe whatever is on the disk."""
    events: list[Any] = []
    with pytest.raises(BaseExceptionGroup) as caught:
        await fail_to_commit(stage, events, monkeypatch)

    assert caught.group_contains(JournalError, match="sync failed")
    assert events == ["commit", b"s"]


async def fail_to_commit(stage: Stage, events: list[Any], monkeypatch) -> None:
    """A batch with an order, a report and a cancel meets a disk that does not sync."""
    async with routing(stage) as running, speaking(stage, ALPHA, "strategies") as alpha:
        core, wire = Script.made, Wire(running.actor, monkeypatch)
        wire.events, wire.fails = events, JournalError("sync failed")
        core.on_message = lambda *_: core.record(
            (SESSION, submit()), (ALPHA, TOLD), (SESSION, cancel())
        )
        alpha.say(seen(1))
        await trio.sleep(deadline_s(10))


async def test_what_cannot_be_sent_is_told_to_the_core(stage: Stage, script, monkeypatch):
    """With the reason; what that leads to is committed and sent as well."""
    async with routing(stage) as running:
        core, wire = script.made, Wire(running.actor, monkeypatch)
        wire.full = {b"s"}
        order = submit()
        core.on_message = lambda *_: core.record((SESSION, order), (DATA, TOLD))
        core.on_lost = lambda: core.record((ALPHA, TOLD))
        running.actor.on_actors([from_alpha(seen(1))])

        assert core.lost == [
            (SESSION, order, "queue is full"),
            (DATA, TOLD, f"{DATA} has not said hello"),
        ]
        assert wire.events == ["commit", b"s", "commit", b"a", b"a"]


async def test_failures_that_lead_to_failures_come_to_an_end(stage: Stage, script, monkeypatch):
    """Bounded rounds; what the last one recorded is committed."""
    async with routing(stage) as running:
        core, wire = script.made, Wire(running.actor, monkeypatch)
        wire.full = {b"a"}
        core.on_message = core.on_lost = lambda *_: core.record((ALPHA, TOLD))
        running.actor.on_actors([from_alpha(seen(1))])

        assert len(core.lost) == router.FAILED_ROUNDS_MAX
        assert wire.events[-1] == "commit"


async def test_a_report_of_the_order_makes_its_confirmation_superfluous(stage: Stage, script):
    """The report says as much; a confirmation that no report covers comes by itself, soon."""
    bench = Bench().open_venue()
    bench.price()
    bench.greet()
    order = bench.submit()
    report = of_kind(bench.update(order, UpdateKind.ACCEPTED), ExecutionReport)[0]
    confirmed = IntentJournaled(
        intent_id=report.intent_id, strategy="alpha", client_order_id="c", router_boot=100
    )
    other = attrs.evolve(confirmed, intent_id="alpha:5:999")
    async with routing(stage), speaking(stage, ALPHA, "strategies") as alpha:
        script.made.on_message = lambda message, _: Outcome(
            sends=[(ALPHA, confirmed), (ALPHA, other)] if message == seen(1) else [(ALPHA, report)]
        )
        script.made.on_message(seen(2), ALPHA)
        alpha.say(seen(1))
        alpha.say(seen(2))
        await until(lambda: other in alpha.heard)
        assert alpha.heard == [report, other]


async def test_a_report_that_could_not_be_sent_confirms_nothing(stage: Stage, monkeypatch, script):
    """The strategy may have heard nothing at all: the confirmation still comes."""
    bench = Bench().open_venue()
    bench.price()
    bench.greet()
    report = of_kind(bench.update(bench.submit(), UpdateKind.ACCEPTED), ExecutionReport)[0]
    confirmed = IntentJournaled(
        intent_id=report.intent_id, strategy="alpha", client_order_id="c", router_boot=100
    )
    async with routing(stage) as running:
        actor = running.actor
        actor.identities[ALPHA] = b"a"
        wire = Wire(actor, monkeypatch)
        wire.full.add(b"a")
        assert actor._dispatch(ALPHA, confirmed) == ""
        assert "full" in actor._dispatch(ALPHA, report)
        wire.full.clear()
        await until(lambda: wire.events.count(b"a") == 2)


async def test_an_order_leaves_before_the_batch_ends(stage: Stage, monkeypatch, script):
    """Where a written record is durable the core may forward; what it refused is told after the batch."""
    async with routing(stage) as running:
        actor = running.actor
        actor.identities[SESSION] = b"s"
        wire = Wire(actor, monkeypatch)
        assert script.made.forward(SESSION, TOLD) == ""
        assert wire.events == [b"s"]
        wire.full.add(b"s")
        why = script.made.forward(SESSION, TOLD)
        actor._settle([Outcome(refused=[(SESSION, TOLD, why)])])
        assert script.made.lost == [(SESSION, TOLD, "queue is full")]


async def test_with_power_durability_nothing_leaves_before_the_sync(stage: Stage, script):
    """There a written record is not safe yet, so the core forwards nothing by itself."""
    async with routing(stage, durability="power"):
        assert not hasattr(script.made, "forward")


# --- operators -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_what_an_operator_may_is_known_from_the_key(stage: Stage, script, role):
    """The core hears the role, the one who asked hears the answer, in as many parts as it takes."""
    request = OperatorRequest(request_id="r", verb="orders", arguments="100000", reason="")
    async with routing(stage), speaking(stage, role, "operator") as person:
        person.say(request)
        await until(lambda: len(person.of(OperatorReply)) == 2)
        body = "".join(reply.body for reply in person.of(OperatorReply))
        assert json.loads(body) == "x" * 100_000
        assert script.made.operated == [("orders", role)]


async def test_only_requests_are_taken_from_operators(stage: Stage, script):
    """Orders through the operators' door are not even looked at."""
    async with routing(stage), speaking(stage, "operator", "operator") as person:
        person.say(seen(1))
        person.say(OperatorRequest(request_id="r", verb="v", arguments="", reason=""))
        await until(lambda: person.of(OperatorReply))
        assert script.made.handled == []


async def test_an_operator_who_has_gone_harms_nobody(stage: Stage, script, monkeypatch):
    """The answer is dropped and logged; the next one is served."""
    async with routing(stage) as running:
        request = OperatorRequest(request_id="r", verb="v", arguments="", reason="")
        peer = Peer("operator", "operator")
        running.actor.door.on_operators([Received(peer, b"gone", encode(request))])
        assert len(running.logged("operator_gone")) == 1
        async with speaking(stage, "operator", "operator") as person:
            person.say(request)
            await until(lambda: person.of(OperatorReply))


# --- time ------------------------------------------------------------------------------------------------


async def test_the_kill_file_pulls_the_switch_once_per_appearance(stage: Stage, script):
    """For when nothing else answers: touch a file. Taking it away and putting it back pulls again."""
    file = stage.run_dir / KILL_NAME
    async with routing(stage) as running:
        file.touch()
        await until(lambda: script.made.kills)
        await until(lambda: running.actor.door.kill_file.seen)
        looks = script.made.dues
        await until(lambda: script.made.dues > looks + 3)
        assert script.made.kills == [("file", "the file KILL appeared")]
        file.unlink()
        await until(lambda: not running.actor.door.kill_file.seen)
        file.touch()
        await until(lambda: len(script.made.kills) == 2)


async def test_a_kill_file_that_is_there_already_counts(stage: Stage, script):
    """A router that starts while the file is there starts killed."""
    (stage.run_dir / KILL_NAME).touch()
    async with routing(stage):
        await until(lambda: script.made.kills)


async def test_sessions_hear_the_router_all_the_time(stage: Stage, script):
    """Also when there is nothing to say: their gates close when it falls silent."""
    beat = RouterHeartbeat(router_boot=100)
    hello = SessionHello(
        session=SESSION, venue="testvenue", boot=1, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    async with routing(stage), speaking(stage, SESSION, "sessions") as session:
        script.made.beats = [(SESSION, beat)]
        session.say(hello)
        await until(lambda: session.of(RouterHeartbeat)[:3] == [beat] * 3)


async def test_the_supervisors_word_on_strategies_reaches_the_core(stage: Stage, script):
    """Given up or not able to start is dead for good; restarting is not, and sessions are not meant."""
    async with routing(stage) as running:
        for kind, state in (
            ("strategy", ActorState.QUARANTINED),
            ("strategy", ActorState.STARTING),
            ("strategy", ActorState.FAILED),
            ("strategy", ActorState.RESTARTING),
            ("session", ActorState.QUARANTINED),
        ):
            report = PeerReport(name=ALPHA, kind=kind, boot=1, state=state, reason="why")
            running.context.peer_changed(report)
        assert script.made.told == [(ALPHA, "why"), (ALPHA, ""), (ALPHA, "why"), (ALPHA, "")]


async def test_a_journal_that_takes_nothing_shows(stage: Stage, script):
    """Degraded with the reason while the core says so, ready again afterwards."""
    async with routing(stage) as running:
        script.made.journal_failure = "no space left"
        degraded = (ActorState.DEGRADED, "journal: no space left")
        await until(lambda: running.context.current_state == degraded)
        script.made.journal_failure = ""
        await until(lambda: running.context.current_state == (ActorState.READY, ""))


# --- the journal, with the real core -----------------------------------------------------------------


@attrs.define
class Talk:
    """The messages of an ordinary morning, made by the bench of the core's own tests."""

    bench: Bench = attrs.field(factory=Bench)

    def hello(self) -> StrategyHello:
        return StrategyHello(
            strategy="alpha",
            boot=self.bench.boots["alpha"],
            mode=Mode.LIVE,
            report_seen=0,
            journal=0,
        )


async def test_it_goes_on_where_it_stopped(stage: Stage):
    """What one boot decided the next one knows; its own boot is a new one, and says so."""
    talk = Talk()
    async with routing(stage, boot=100) as running, speaking(stage, ALPHA, "strategies") as alpha:
        alpha.say(talk.hello())
        alpha.say(talk.bench.intent())
        await until(lambda: any(getattr(m, "code", "") for m in alpha.heard))
        assert [m.router_boot for m in alpha.of(StrategyWelcome)] == [100]
        before = running.actor.journal.sequence
        await running.stop()
    async with routing(stage, boot=101) as running:
        assert running.actor.core.gauges()["strategies"]["alpha"]["denied"] == 1
        assert running.logged("journal_open")[0]["records"] == before
        async with speaking(stage, ALPHA, "strategies", boot=2) as alpha:
            alpha.say(talk.hello())
            await until(lambda: alpha.of(StrategyWelcome))
            assert alpha.of(StrategyWelcome)[0].router_boot == 101
    file = stage.run_dir / "state" / "journal" / "live.journal"
    assert verify(file).ok


async def test_a_tail_that_a_crash_cut_is_dropped_and_told(stage: Stage):
    """The next boot starts with what is whole; log and alarm say how much was not."""
    async with routing(stage):
        pass
    file = stage.run_dir / "state" / "journal" / "live.journal"
    with file.open("ab") as out:
        out.write(b"half a rec")
    async with routing(stage, boot=101) as running:
        assert "10 bytes" in running.logged("journal_problem")[0]["problem"]
        assert running.actor.core.book.alarm_counts["journal"] == 1


async def test_two_routers_cannot_write_one_journal(stage: Stage):
    """The second one ends before it has answered anybody."""
    async with routing(stage):
        with a_stage() as other:
            state = {"state_dir": str(stage.run_dir / "state")}
            with pytest.raises(BaseExceptionGroup) as caught:
                async with routing(other, **state):
                    pass
    assert caught.group_contains(JournalBusy)


async def test_the_end_lets_go_of_the_journal(stage: Stage):
    """Asked to stop it returns in order; the file is whole and free."""
    async with routing(stage) as running:
        await running.stop()
        state = {"state_dir": str(stage.run_dir / "state")}
        with a_stage() as other:
            async with routing(other, boot=101, **state) as second:
                assert second.actor.journal.recovered.dropped_bytes == 0


async def test_the_run_directory_names_the_journal(stage: Stage):
    """Also after the end, for whoever looks into it then."""
    async with routing(stage):
        pass
    assert journalplace.noted(stage.run_dir) == stage.run_dir / "state" / "journal" / "live.journal"


async def test_a_note_that_cannot_be_written_harms_nobody(stage: Stage):
    """The journal's place is for people who look: orders do not wait for it."""
    (stage.run_dir / journalplace.NOTE_NAME).mkdir()
    async with routing(stage) as running:
        assert running.logged("journal_not_noted")


async def test_the_index_follows_the_journal(stage: Stage):
    """Every record arrives there, soon, without being asked for."""
    async with routing(stage) as running:
        await until(lambda: running.actor.index_records == running.actor.journal.sequence)
        assert running.actor.settings.index_file.exists()


async def test_an_index_that_fails_harms_nobody(stage: Stage, script):
    """A record that it cannot show is its own trouble: orders go on."""
    async with routing(stage) as running, speaking(stage, ALPHA, "strategies") as alpha:
        core = script.made
        core.write(b"no record of this release")
        await until(lambda: running.logged("index_failed"))
        alpha.say(seen(1))
        await until(lambda: core.handled)


async def test_settings_of_another_mode_are_refused(stage: Stage):
    """A paper tree with live settings must not even open a journal."""
    async with stage.bus("router", 1) as bus:
        context = _context(bus, stage, Mode.PAPER)
        with pytest.raises(ConfigError, match="runs on paper"):
            await router.run(context)
    assert not (stage.run_dir / "state").exists()


def _context(bus: Any, stage: Stage, mode: Mode) -> Any:
    launch = LaunchSpec(
        name="router",
        kind="router",
        module="actors.router",
        mode=mode,
        boot=1,
        run_dir=str(stage.run_dir),
        public_key="",
        secret_key="",
        settings=router_settings(stage.run_dir / "state"),
    )
    return ActorContext(
        launch, bus=bus, clock=SystemClock(), log=get_logger(), peers=peers_of(stage)
    )


async def test_sessions_are_welcomed(stage: Stage):
    """With the router's boot, by which they know commands of a dead one."""
    hello = SessionHello(
        session=SESSION, venue="testvenue", boot=1, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    async with routing(stage), speaking(stage, SESSION, "sessions") as session:
        session.say(hello)
        await until(lambda: session.of(SessionWelcome))
        assert session.of(SessionWelcome)[0].router_boot == 100
