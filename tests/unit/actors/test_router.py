"""The router's process on real sockets: journal before send, kill file, full disk, restart."""

import time
import traceback
from pathlib import Path

import attrs
import pytest
import trio

from actors import router
from engine.bus.keys import Peer
from engine.bus.sockets import Received
from engine.errors import ConfigError, JournalError
from engine.journal import IndexReader, read
from engine.messages.codec import encode
from engine.messages.control import ActorState
from engine.messages.orders import (
    CancelIntent,
    ExecutionReport,
    IntentJournaled,
    ReportSeen,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
    SubmitIntent,
    TradingState,
    VenueState,
)
from engine.messages.venue import (
    CancelOrder,
    OrderUpdate,
    RouterHeartbeat,
    SessionHello,
    SessionRole,
    SessionWelcome,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Mode, OrdType, Side, TimeInForce, TradingStateWord, VenueStateWord
from engine.orders import records as r
from engine.orders.projection import TABLES
from engine.risk.limits import Limits, RiskSettings, SelfMatch
from tests.kit.bus import a_stage
from tests.kit.orders import BTC, SESSION, D, settings
from tests.kit.routerdesk import (
    Client,
    Desk,
    a_desk,
    a_session,
    a_strategy,
    empty_disk,
    fill_disk,
)
from tests.kit.waiting import until


@pytest.fixture
def stage():
    with a_stage() as made:
        yield made


def wish(counter: int, boot: int = 5, **changes) -> SubmitIntent:
    made = SubmitIntent(
        intent_id=f"alpha:{boot:x}:{counter}",
        strategy="alpha",
        boot=boot,
        counter=counter,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=D(10),
        price=D(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=time.monotonic_ns(),
        data_mono_ns=0,
        note="",
    )
    return attrs.evolve(made, **changes)


async def ready(strategy: Client) -> None:
    await until(
        lambda: VenueStateWord.READY in {s.state for s in strategy.all(VenueState)},
        what="the venue is ready",
    )


def journal_of(desk: Desk) -> list[object]:
    with read(desk.actor.settings.journal_file) as records:
        return [r.from_bytes(record.body) for record in records]


def accepted(command: SubmitOrder) -> OrderUpdate:
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=command.client_order_id,
        venue_order_id="v1",
        kind=UpdateKind.ACCEPTED,
        cum_qty=None,
        price=None,
        quantity=None,
        code="",
        text="",
        ts_ns=1,
    )


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_an_order_goes_out_and_its_news_come_back(stage, tmp_path, durability):
    """Intent, record, command, news, report: over real sockets, at both durability levels."""
    async with (
        a_desk(stage, tmp_path, durability=durability) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        planned = [each for each in journal_of(desk) if isinstance(each, r.PlannedOrder)]
        assert [each.client_order_id for each in planned] == [command.client_order_id]
        confirmed = await strategy.hear(IntentJournaled)
        assert confirmed.client_order_id == command.client_order_id
        await session.news(accepted(command))
        report = await strategy.hear(ExecutionReport)
        assert (report.number, report.venue_order_id) == (1, "v1")
        syncs = desk.actor.journal.sync_times.count
        assert bool(syncs) is (durability == "power")


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_h5_an_order_does_not_overtake_the_cancel_of_its_batch(stage, tmp_path, durability):
    """Two messages read at once: what they lead to is on the wire in the order they were given."""
    core = settings(RiskSettings(defaults=Limits(self_match=SelfMatch.CANCEL_OLDEST)))
    async with (
        a_desk(stage, tmp_path, durability=durability, core=core) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1, side=Side.SELL))
        resting = await session.hear(SubmitOrder)
        await session.news(accepted(resting))
        await strategy.hear(ExecutionReport)
        cancel = CancelIntent(
            intent_id="alpha:5:2",
            strategy="alpha",
            boot=5,
            counter=2,
            target="alpha:5:1",
            created_mono_ns=time.monotonic_ns(),
        )
        peer, identity = Peer("strategy.alpha", "strategy"), desk.actor.identities["strategy.alpha"]
        batch = [Received(peer, identity, encode(each)) for each in (cancel, wish(3))]
        desk.actor.on_actors(batch)
        await session.hear(SubmitOrder, 2)
        commands = [type(m) for m in session.heard if isinstance(m, SubmitOrder | CancelOrder)]
        assert commands == [SubmitOrder, CancelOrder, SubmitOrder]


async def test_t090_nobody_speaks_for_another(stage, tmp_path):
    """T-090, SEC-02, PT-18: a strategy with another one's name in its messages gets no answer."""
    async with a_desk(stage, tmp_path) as desk, a_strategy(desk, "beta", 6) as beta:
        await beta.hear(StrategyWelcome)
        hello = StrategyHello(strategy="alpha", boot=9, mode=Mode.LIVE, report_seen=0, journal=0)
        await beta.say(hello)
        await until(lambda: desk.actor.core.gauges()["counters"].get("impostor"))
        assert len(beta.all(StrategyWelcome)) == 1
        (alarm,) = [each for each in journal_of(desk) if isinstance(each, r.AlarmRecord)]
        assert (alarm.kind, alarm.subject) == (r.AlarmKind.IMPOSTOR, "strategy.beta")


@pytest.mark.parametrize("who", ["strategy", "session"])
async def test_t090_paper_and_live_do_not_mix(stage, tmp_path, who):
    """T-090, SEC-18, ORD-15: a peer of the other mode is refused at its hello, counted and alarmed."""
    name, endpoint = {"strategy": ("strategy.alpha", "strategies")}.get(who, (SESSION, "sessions"))
    hello = StrategyHello(strategy="alpha", boot=5, mode=Mode.PAPER, report_seen=0, journal=0)
    session_hello = SessionHello(
        session=SESSION, venue="testvenue", boot=31, mode=Mode.PAPER, role=SessionRole.TRADE
    )
    async with a_desk(stage, tmp_path) as desk, desk.client(name, endpoint, 5) as peer:
        await peer.say(hello if who == "strategy" else session_hello)
        counter = f"{who}_mode_mismatch"
        await until(lambda: desk.actor.core.gauges()["counters"].get(counter))
        (alarm,) = [each for each in journal_of(desk) if isinstance(each, r.AlarmRecord)]
        assert (alarm.kind, alarm.subject) == (r.AlarmKind.IMPOSTOR, name)
        assert not peer.all(StrategyWelcome)
        assert not peer.all(SessionWelcome)


async def test_a_strategy_is_served_where_its_new_boot_is(stage, tmp_path):
    """After a new boot's hello reports go there, whatever the old process still says."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_strategy(desk, boot=5) as old,
        a_strategy(desk, boot=8) as new,
    ):
        await new.hear(StrategyWelcome)
        await old.say(wish(1, quantity=D("0.5")))
        await new.say(wish(1, boot=8, quantity=D("0.5")))
        report = await new.hear(ExecutionReport)
        assert report.intent_id == "alpha:8:1"
        assert not old.all(ExecutionReport)


async def test_sessions_hear_that_the_router_lives(stage, tmp_path):
    """A session that was welcomed hears a heartbeat with the router's boot."""
    async with a_desk(stage, tmp_path, boot=4242) as desk, a_session(desk) as session:
        assert (await session.hear(SessionWelcome)).router_boot == 4242
        assert (await session.hear(RouterHeartbeat)).router_boot == 4242


async def test_a_file_pulls_the_kill_switch(stage, tmp_path):
    """A file named KILL in the run directory cancels everything and stops new orders."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        (stage.run_dir / "KILL").touch()
        cancel = await session.hear(CancelOrder)
        assert cancel.client_order_id == command.client_order_id
        state = await strategy.hear(TradingState)
        assert state.state is TradingStateWord.KILLED
        await strategy.say(wish(2))
        await until(lambda: any(r.code == "TRADING_HALTED" for r in strategy.all(ExecutionReport)))
        assert len(session.all(SubmitOrder)) == 1


async def test_t090_operators_command_and_viewers_look(stage, tmp_path):
    """T-090, SEC-16: who may command is known from the key."""
    async with (
        a_desk(stage, tmp_path) as desk,
        desk.client("operator", "operator") as operator,
        desk.client("viewer", "operator") as viewer,
    ):
        assert (await viewer.ask("status"))["trading_state"] == "active"
        assert "key" in await viewer.ask("kill")
        assert (await operator.ask("kill", "drill"))["level"] == "killed"
        assert (await viewer.ask("status"))["trading_state"] == "killed"
        assert (await operator.ask("arm", "drill is over"))["level"] == "active"


async def test_a_command_nobody_takes_is_not_sent(stage, tmp_path):
    """When the session's socket is gone the order is provably unsent, and told so."""
    async with a_desk(stage, tmp_path) as desk, a_strategy(desk) as strategy:
        async with a_session(desk):
            await ready(strategy)
        await until(lambda: desk.actor.sessions.links == 0, what="the session is gone")
        await strategy.say(wish(1))
        report = await strategy.hear(ExecutionReport)
        assert (report.lifecycle, report.code) == ("never_arrived", "NOT_SENT")


async def test_a_full_disk_stops_new_orders_and_no_cancels(stage, tmp_path):
    """T-072: each order is journaled and sent, or denied; cancels pass; it recovers by itself."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
        desk.client("operator", "operator") as operator,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        await session.hear(SubmitOrder)
        fill_disk(desk)
        await strategy.say(wish(2))
        await until(lambda: "JOURNAL" in {r.code for r in strategy.all(ExecutionReport)})
        assert len(session.all(SubmitOrder)) == 1
        await until(lambda: desk.context.current_state[0] is ActorState.DEGRADED)
        await operator.ask("cancel-all", "to be sure")
        await session.hear(CancelOrder)
        empty_disk(desk)
        await until(lambda: desk.context.current_state[0] is ActorState.READY)
        planned = [each for each in journal_of(desk) if isinstance(each, r.PlannedOrder)]
        assert len(planned) == 1


async def test_a_failed_sync_sends_cancels_only_and_ends_the_process(stage, tmp_path):
    """T-073: nothing new leaves after a failed sync; the process ends, to be started again."""
    desk = Desk(stage, tmp_path, settings(), "power")
    ended: list[str] = []

    async def live(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        try:
            await desk.serve(700, task_status=task_status)
        except* JournalError as group:
            ended.append("".join(traceback.format_exception(group)))

    async with trio.open_nursery() as nursery:
        await nursery.start(live)
        async with a_session(desk) as session, a_strategy(desk) as strategy:
            await ready(strategy)
            desk.actor.journal._file.sync = _fails
            await strategy.say(wish(1))
            await until(lambda: ended, what="the process ends")
            assert not session.all(SubmitOrder)
            assert not strategy.all(IntentJournaled)
    assert "sync failed" in ended[0]


def _fails() -> None:
    raise OSError(5, "input/output error")


async def test_everything_is_there_after_a_restart(stage, tmp_path):
    """Killed and started again the router has its orders, its numbers and its switch."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        await session.news(accepted(command))
        await strategy.hear(ExecutionReport)
        before = desk.actor.core.dump()
    async with a_desk(stage, tmp_path, boot=701) as desk:
        order = desk.actor.core.book.orders.take(command.client_order_id)
        assert order.venue_order_id == "v1"
        assert desk.actor.core.book.boot.number == 2
        assert before != desk.actor.core.dump()  # the boot itself is a record
        async with a_strategy(desk, boot=9) as strategy:
            welcome = await strategy.hear(StrategyWelcome)
            assert (welcome.orders, welcome.router_boot) == (1, 701)
            part = await strategy.hear(SnapshotPart)
            assert [report.number for report in part.orders] == [0]
            assert (await strategy.hear(ExecutionReport)).number == 1


async def test_an_orderly_end_records_what_was_acknowledged(stage, tmp_path):
    """However short before it was said."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        await session.news(accepted(command))
        await strategy.hear(ExecutionReport)
        delivery = desk.actor.core._k.deliveries["alpha"]
        delivery.recorded_mono_ns = 2**62  # nothing is due
        await strategy.say(ReportSeen(strategy="alpha", boot=5, through=1))
        await until(lambda: delivery.acknowledged == 1, what="it was heard")
        desk.context.stop.set()
        await until(lambda: desk.actor.core.book.figures_of("alpha").reports.seen == 1)
    assert isinstance(journal_of(desk)[-1], r.ReportSeenRecord)


async def test_the_index_follows(stage, tmp_path):
    """Questions about the past find what the journal says, a moment later."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        await session.news(accepted(command))
        await strategy.say(wish(2, quantity=D("0.5")))
        await strategy.hear(ExecutionReport, 2)
        journal = desk.actor.journal
        await until(lambda: desk.actor.index_records == journal.sequence)
        with IndexReader(desk.actor.settings.index_file, TABLES) as index:
            rows = {row["key"]: row["lifecycle"] for row in index.orders()}
    assert rows == {command.client_order_id: "open", "alpha:5:2": "denied"}


async def test_garbage_is_counted_and_survived(stage, tmp_path):
    """Bytes that are no message of ours neither stop the router nor get an answer."""
    async with a_desk(stage, tmp_path) as desk, a_strategy(desk) as strategy:
        await strategy.hear(StrategyWelcome)
        strategy.socket.send(b"\xc1 garbage")
        await until(lambda: desk.actor.gauges()["bad_messages"] == 1)
        await strategy.say(wish(1, quantity=D("0.5")))
        assert await strategy.hear(ExecutionReport)


async def test_another_mode_is_a_fault_of_the_configuration(stage, tmp_path: Path):
    """A router told to run live in a paper engine refuses to begin."""
    desk = Desk(stage, tmp_path, settings(), "process")

    class Context:
        name, mode, settings = "router", "paper", desk.settings

    with pytest.raises(ConfigError, match="runs on paper"):
        await router.run(Context())
