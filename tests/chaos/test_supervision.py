"""Supervision with real processes: what is killed comes back, what cannot be helped is given up.

The case numbers are those of the reliability page, section 12.
"""

import os
import signal
from pathlib import Path

import psutil
import pytest
import trio

from engine.messages.control import ActorState
from engine.supervise.client import RequestRefused, ask
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published
from engine.supervise.rundir import KILL_NAME
from engine.supervise.specs import Group, Limits, Restart, Tree
from engine.supervise.supervisor import Supervisor
from tests.kit.rundir import short_run_dir
from tests.kit.supervision import (
    EAGER,
    NEVER_HELLO,
    ONCE,
    alive,
    boots,
    children_of,
    dummy,
    in_state,
    log_records,
    log_text,
    pid_of,
    ready,
    supervising,
    tree_of,
)
from tests.kit.waiting import deadline_s, until

pytestmark = pytest.mark.chaos


@pytest.fixture
def own_run_dir():
    """For a supervisor with a fork server of its own."""
    with short_run_dir() as path:
        yield path


@pytest.fixture
def run_dir(lent_server: None, own_run_dir: Path):
    """For supervisors that fork from the shared server."""
    return own_run_dir


def kill(supervisor: Supervisor, name: str) -> None:
    os.kill(pid_of(supervisor, name), signal.SIGKILL)


async def reborn(supervisor: Supervisor, name: str, old_boot: int, within_s: float = 10.0) -> None:
    """Wait until another process of the actor is in service."""
    child = supervisor.children[name]
    await until(
        lambda: child.in_service and child.life and child.life.boot != old_boot,
        within_s=within_s,
        what=f"{name} to be back ({child.state}, {child.reason})",
    )


async def test_t002_a_killed_session_is_back_and_the_others_never_notice(run_dir: Path) -> None:
    """T-002: one of five is killed: ready again within 2 s; four keep their boots and the restart is counted."""
    names = [f"venue{number}.data" for number in range(5)]
    async with supervising(run_dir, tree_of(*map(dummy, names))) as supervisor:
        await ready(supervisor)
        before = boots(supervisor)
        kill(supervisor, names[2])
        await reborn(supervisor, names[2], before[names[2]], within_s=2.0)
        after = boots(supervisor)
        assert after.pop(names[2]) != before.pop(names[2])
        assert after == before
        child = supervisor.children[names[2]]
        assert (child.restarts, child.last_reason) == (1, "killed by SIGKILL")


async def test_t003_the_sixth_death_quarantines_one_session_only(run_dir: Path) -> None:
    """T-003: after five restarts in 60 s the sixth death is final: quarantined, alert, others normal."""
    async with supervising(run_dir, tree_of(dummy("bad.data"), dummy("good.data"))) as supervisor:
        await ready(supervisor)
        good = boots(supervisor)["good.data"]
        for _ in range(5):
            boot = boots(supervisor)["bad.data"]
            kill(supervisor, "bad.data")
            await reborn(supervisor, "bad.data", boot)
        kill(supervisor, "bad.data")
        await in_state(supervisor, "bad.data", ActorState.QUARANTINED)
        assert supervisor.children["bad.data"].restarts == 5
        codes = [(row["actor"], row["code"]) for row in supervisor.alerts.rows()]
        assert codes.count(("bad.data", "restarted")) == 5
        assert codes[-1] == ("bad.data", "quarantined")
        text = str(supervisor.alerts.rows()[-1]["text"])
        assert text.startswith("given up (quarantined): after 5 restarts within 60 s, last: killed")
        assert f"{run_dir}/logs/bad.data.log" in text
        assert "`python run.py restart bad.data`" in text
        assert boots(supervisor) == {"good.data": good}
        assert not supervisor.stopping


async def test_a_venue_is_stopped_restarted_and_logged_in_again_by_hand(run_dir: Path) -> None:
    """Stopped stays stopped until a restart; a dry run and a log-in that nobody needs change nothing."""
    sessions = [
        dummy("v.data", settings={"venue": "v"}),
        dummy("v.trade", settings={"venue": "v"}),
        dummy("w.data", settings={"venue": "w"}),
    ]

    async def command(verb: str, venue: str = "v", **more: object) -> object:
        arguments = {"venue": venue, **more}
        return await ask(run_dir, "admin", verb, arguments, role="operator", reason="drill")

    async with supervising(run_dir, tree_of(*sessions)) as supervisor:
        await ready(supervisor)
        before = boots(supervisor)
        shown = await command("venue-stop", dry_run=True)
        assert shown == {
            "dry_run": True,
            "verb": "venue stopped",
            "would": {"stopped": ["v.data", "v.trade"]},
        }
        with pytest.raises(RequestRefused, match="no session has given up"):
            await command("venue-login")
        with pytest.raises(RequestRefused, match="there are v, w"):
            await command("venue-stop", "x")
        assert boots(supervisor) == before
        assert await command("venue-stop") == {"stopped": ["v.data", "v.trade"]}
        for name in ("v.data", "v.trade"):
            await in_state(supervisor, name, ActorState.STOPPED)
            assert supervisor.children[name].reason == "stopped by hand: drill"
        assert boots(supervisor)["w.data"] == before["w.data"]
        await command("venue-restart")
        await ready(supervisor)
        assert all(child.restarts == 0 for child in supervisor.children.values())


async def test_a_quarantined_actor_can_be_revived_by_an_operator_only(run_dir: Path) -> None:
    """`restart` with the operator's key brings a quarantined actor back with a new budget; a viewer may not."""
    async with supervising(run_dir, tree_of(dummy("a", policy=ONCE))) as supervisor:
        for _ in range(2):
            await ready(supervisor)
            kill(supervisor, "a")
            await until(lambda: not supervisor.children["a"].in_service)
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        with pytest.raises(RequestRefused, match="operator's key"):
            await ask(run_dir, "admin", "restart", {"actor": "a"})
        await ask(run_dir, "admin", "restart", {"actor": "a"}, role="operator")
        await ready(supervisor)
        assert supervisor.children["a"].restarts_in_window == 0


async def test_t004_each_way_to_end_is_taken_for_what_it_is(run_dir: Path) -> None:
    """T-004: a permanent child that returns has failed; a transient one has finished; others failed.

    "Returned" is restarted within the budget, leaving by sys.exit(0) is a crash, and a wrong setting
    (exit 78) fails at once, without a restart, and the status says which setting it is.
    """
    specs = (
        dummy("permanent", "return", policy=ONCE),
        dummy("transient", "return", restart=Restart.TRANSIENT),
        dummy("leaving", "leave", restart=Restart.TRANSIENT, policy=ONCE),
        dummy("misconfigured", "bad_config"),
    )
    async with supervising(run_dir, tree_of(*specs)) as supervisor:
        children = supervisor.children
        await in_state(supervisor, "permanent", ActorState.QUARANTINED)
        assert (children["permanent"].restarts, children["permanent"].last_reason) == (
            1,
            "returned",
        )
        await in_state(supervisor, "transient", ActorState.STOPPED)
        assert children["transient"].restarts == 0
        await in_state(supervisor, "leaving", ActorState.QUARANTINED)
        assert children["leaving"].last_reason == "exit 70: SystemExit: 0"
        await in_state(supervisor, "misconfigured", ActorState.FAILED)
        assert children["misconfigured"].restarts == 0
        why = "exit 78: ConfigError: dummy.size: must be above zero"
        assert children["misconfigured"].reason == why


async def test_t005_a_child_without_hello_is_killed_and_counted(run_dir: Path) -> None:
    """T-005: no hello in time: killed, counted against the budget, in the end quarantined."""
    spec = dummy("a", module=NEVER_HELLO, hello_within_s=0.5, policy=ONCE)
    async with supervising(run_dir, tree_of(spec)) as supervisor:
        await until(lambda: supervisor.children["a"].life)
        pid = pid_of(supervisor, "a")
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        assert not alive(pid)
        assert supervisor.children["a"].last_reason == "said no hello in time"
        assert supervisor.children["a"].restarts == 1


async def test_a_child_that_never_becomes_ready_is_killed_and_counted(run_dir: Path) -> None:
    """A failed start counts: hello alone is not service (SUP-3)."""
    spec = dummy("a", "never_ready", ready_within_s=0.3, policy=ONCE)
    async with supervising(run_dir, tree_of(spec)) as supervisor:
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        assert supervisor.children["a"].last_reason == "was not ready in time"


async def test_t006_a_spinning_child_is_killed_with_its_stacks_in_its_log(run_dir: Path) -> None:
    """T-006: a main loop that spins is killed within 5 s of its last heartbeat; the log shows where it was."""
    spec = dummy("a", "spin", policy=RestartPolicy(intensity=0, period_s=60.0))
    async with supervising(run_dir, tree_of(spec), share_output=False) as supervisor:
        await ready(supervisor)
        life = supervisor.children["a"].life
        assert life is not None
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        age_s = life.heartbeat.age_s(supervisor.clock.monotonic_ns())
        assert age_s is not None
        assert 3.0 <= age_s <= deadline_s(5.0)
        assert not alive(life.pid)
        assert "in _spin" in log_text(run_dir, "a")
        assert "stuck" in supervisor.children["a"].last_reason


async def test_a_start_may_keep_the_loop_busy(run_dir: Path) -> None:
    """Missed heartbeats count from being in service on: a journal may take its time to recover."""
    spec = dummy("a", "slow_start", heartbeat_interval_s=0.1)
    async with supervising(run_dir, tree_of(spec)) as supervisor:
        await ready(supervisor)
        life = supervisor.children["a"].life
        assert life is not None
        sent = life.heartbeat.sent
        assert sent > 3
        await until(lambda: life.heartbeat.answered > sent + 3)
        assert supervisor.children["a"].restarts == 0


async def test_t007_a_stopped_process_is_gone_within_the_ladder(run_dir: Path) -> None:
    """T-007: SIGSTOP, then shutdown: gone by SIGKILL within grace + 1 s, and the other stops in order."""
    tree = tree_of(dummy("frozen", grace_s=0.5), dummy("normal"))
    supervisor = Supervisor(run_dir, tree)
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        await ready(supervisor)
        pid = pid_of(supervisor, "frozen")
        os.kill(pid, signal.SIGSTOP)
        supervisor.request_stop("test")
    ended = supervisor.snapshot()
    assert not alive(pid)
    assert [actor["state"] for actor in ended["actors"]] == ["stopped", "stopped"]
    assert supervisor._ended.stop_s <= deadline_s(0.5 + 1.0 + 1.0)
    assert supervisor.children["frozen"].last_reason.startswith("stopped")


async def test_an_actor_that_ignores_the_stop_is_ended_by_signals(run_dir: Path) -> None:
    """Stop message, grace, SIGTERM, SIGKILL: deaf actors do not hold up the end."""
    supervisor = Supervisor(run_dir, tree_of(dummy("deaf", "ignore_stop", grace_s=0.3)))
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        await ready(supervisor)
        pid = pid_of(supervisor, "deaf")
        supervisor.request_stop("test")
    assert not alive(pid)
    assert [r["event"] for r in log_records(run_dir, "deaf")].count("asked to stop") == 2


async def test_a_second_request_hurries(run_dir: Path) -> None:
    """A fast stop does not wait for anybody's grace."""
    supervisor = Supervisor(run_dir, tree_of(dummy("deaf", "ignore_stop", grace_s=8.0)))
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        await ready(supervisor)
        supervisor.request_stop("SIGINT")
        await trio.testing.wait_all_tasks_blocked(0.05)
        supervisor.request_stop("SIGINT", fast=True)
    assert supervisor._ended.stop_s <= deadline_s(2.0)


async def test_cancelling_the_supervisor_kills_the_children(own_run_dir: Path) -> None:
    """A cancelled run leaves no process, whatever its children do."""
    foreign = children_of(os.getpid())
    supervisor = Supervisor(own_run_dir, tree_of(dummy("a", "ignore_stop"), dummy("b", "fork")))
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        await ready(supervisor)
        await until(lambda: "grandchild" in (supervisor.children["b"].published or {}))
        pids = children_of(os.getpid()) - foreign
        pids |= {int(str(supervisor.children["b"].published["grandchild"]))}
        nursery.cancel_scope.cancel()
    await until(lambda: not any(alive(pid) for pid in pids), within_s=2.0)


async def test_t010_children_outlive_trios_idle_worker_threads(run_dir: Path) -> None:
    """T-010, short form: killing the thread that started a child does not end the child.

    The long form waits for trio's own idle time of 10 s.
    """
    async with supervising(run_dir, tree_of(dummy("a"))) as supervisor:
        await ready(supervisor)
        assert pid_of(supervisor, "a") in children_of(os.getpid())
        before = boots(supervisor)
        await trio.sleep(1.2)
        assert boots(supervisor) == before


@pytest.mark.long
async def test_t010_long_children_live_when_worker_threads_have_ended(run_dir: Path) -> None:
    """T-010: 15 s after the start trio's worker threads are gone; no child is."""
    async with supervising(run_dir, tree_of(dummy("a"), dummy("b"))) as supervisor:
        await ready(supervisor)
        before = boots(supervisor)
        await trio.sleep(15)
        assert boots(supervisor) == before
        assert all(child.restarts == 0 for child in supervisor.children.values())


async def test_t013_a_hoarder_dies_by_its_limit_and_is_quarantined(run_dir: Path) -> None:
    """T-013: an actor that allocates for ever dies at its own limit; the rest runs."""
    hoarder = dummy("hoarder", "hoard", policy=ONCE, limits=Limits(memory_mib=512))
    async with supervising(run_dir, tree_of(hoarder, dummy("good"))) as supervisor:
        await ready(supervisor, "good")
        good = boots(supervisor)["good"]
        await in_state(supervisor, "hoarder", ActorState.QUARANTINED)
        assert "MemoryError" in supervisor.children["hoarder"].last_reason
        assert boots(supervisor) == {"good": good}


async def cycles(run_dir: Path, count: int) -> None:
    """Kill and restart one actor so often; descriptors and memory of the supervisor come back."""
    plenty = RestartPolicy(
        intensity=count + 5, period_s=3600.0, backoff_first_s=0.0, backoff_max_s=0.0
    )
    tree = tree_of(dummy("victim", policy=plenty), dummy("other"))
    foreign = children_of(os.getpid())  # what an earlier test in this process may have orphaned
    async with supervising(run_dir, tree) as supervisor:
        await ready(supervisor)
        us, other = psutil.Process(), psutil.Process(pid_of(supervisor, "other"))
        figures = []
        for number in range(count):
            boot = boots(supervisor)["victim"]
            kill(supervisor, "victim")
            await reborn(supervisor, "victim", boot)
            if number in {count // 3, count - 1}:
                await until(lambda: len(children_of(os.getpid()) - foreign) == 3)  # and the server
                figures.append([p.num_fds() for p in (us, other)] + [us.memory_info().rss])
        (fds, other_fds, rss), (fds_after, other_fds_after, rss_after) = figures
        assert abs(fds_after - fds) <= 2
        assert abs(other_fds_after - other_fds) <= 2
        assert rss_after <= rss * 1.05
        assert supervisor.children["victim"].restarts == count


async def test_t014_restarts_leak_neither_descriptors_nor_memory(own_run_dir: Path) -> None:
    """T-014: 30 kill and restart cycles leave descriptors within 2 and memory within 5 %."""
    await cycles(own_run_dir, 30)


@pytest.mark.long
async def test_t014_long_restarts_leak_neither_descriptors_nor_memory(own_run_dir: Path) -> None:
    """T-014: the same for 100 cycles."""
    await cycles(own_run_dir, 100)


async def test_an_essential_actor_that_is_given_up_stops_everything(own_run_dir: Path) -> None:
    """The router's quarantine ends the engine with a code for the service manager."""
    router = dummy("router", "fail", essential=True, policy=ONCE)
    foreign = children_of(os.getpid())
    supervisor = Supervisor(own_run_dir, tree_of(router, dummy("a")))
    with trio.fail_after(deadline_s(20)):
        ended = await supervisor.run()
    assert ended.code == 70
    assert "router" in ended.reason
    assert "InvariantViolation: the sum is not the sum of its parts" in ended.reason
    words = (own_run_dir / KILL_NAME).read_text()
    assert words.startswith("router was given up"), "SUP-6: the next run starts killed"
    assert children_of(os.getpid()) <= foreign


async def test_nothing_starts_after_an_essential_actor_was_given_up(run_dir: Path) -> None:
    """The next group stays where it is, and the end does not hide who was given up."""
    router = dummy("router", essential=True, module="tests.kit.actors.missing", policy=ONCE)
    groups = (
        Group(name="core", actors=(dummy("a"), router)),
        Group(name="later", actors=(dummy("b"),)),
    )
    supervisor = Supervisor(run_dir, Tree(name="test", mode=tree_of().mode, groups=groups))
    with trio.fail_after(deadline_s(20)):
        await supervisor.run()
    states = {name: child.state.value for name, child in supervisor.children.items()}
    assert states == {"a": "stopped", "router": "quarantined", "b": "starting"}
    assert "ModuleNotFoundError" in supervisor.children["router"].reason


async def test_an_essential_actor_with_a_bad_configuration_ends_with_78(run_dir: Path) -> None:
    """The exit code tells a service manager that restarting does not help."""
    ended = await Supervisor(run_dir, tree_of(dummy("a", "bad_config", essential=True))).run()
    assert ended.code == 78


async def test_groups_start_in_order_and_stop_in_reverse(run_dir: Path) -> None:
    """No actor of a group starts before the group before is in service; the end goes backwards."""
    groups = tuple(
        Group(name=f"g{number}", actors=(dummy(f"a{number}"), dummy(f"b{number}")))
        for number in range(3)
    )
    tree = Tree(name="test", mode=tree_of().mode, groups=groups)
    events = []
    supervisor = Supervisor(run_dir, tree, on_event=events.append)
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        with trio.fail_after(deadline_s(20)):
            await supervisor.up.wait()
        supervisor.request_stop("test")
    started = [event.actor[1] for event in events if event.state == "starting" and event.pid]
    stopped = [event.actor[1] for event in events if event.state == "stopped"]
    assert started == sorted(started)
    assert stopped == sorted(stopped, reverse=True)
    firsts = {event.actor: number for number, event in reversed(list(enumerate(events)))}
    in_service = {e.actor: n for n, e in reversed(list(enumerate(events))) if e.state == "ready"}
    assert max(in_service["a0"], in_service["b0"]) < min(firsts["a1"], firsts["b1"])


async def test_one_that_cannot_start_does_not_keep_the_next_group_out(run_dir: Path) -> None:
    """A given-up actor opens the gate for those who do not need it; those who do, wait."""
    first = Group(name="sessions", actors=(dummy("bad", "bad_config"), dummy("good")))
    second = Group(name="strategies", actors=(dummy("s1"), dummy("s2", needs=("bad",))))
    tree = Tree(name="test", mode=tree_of().mode, groups=(first, second))
    async with supervising(run_dir, tree) as supervisor:
        await ready(supervisor, "good", "s1")
        assert supervisor.children["s2"].state is ActorState.STARTING
        assert supervisor.children["s2"].life is None


async def test_published_values_reach_those_who_need_them_and_changes_restart_them(
    run_dir: Path,
) -> None:
    """What an actor publishes is in its dependants' settings; new values restart them, equal ones do not."""
    simulator = dummy("simulator.x", settings={"publish": {"endpoints": {"http": "http://h:1"}}})
    same = {"publish": {"url": Published("simulator.x", "endpoints.http")}}
    counting = {"publish": {"starts": Published("simulator.x", "starts")}}
    tree = tree_of(simulator, dummy("same", settings=same), dummy("counting", settings=counting))
    async with supervising(run_dir, tree) as supervisor:
        await ready(supervisor)
        assert (supervisor.children["same"].published or {})["url"] == "http://h:1"
        before = boots(supervisor)
        kill(supervisor, "simulator.x")
        await reborn(supervisor, "counting", before["counting"])
        after = boots(supervisor)
        assert after["same"] == before["same"]
        assert (supervisor.children["counting"].published or {})["starts"] == 2
        child = supervisor.children["counting"]
        why = "restarted on request: simulator.x publishes other values now"
        assert (child.restarts, child.last_reason) == (0, why)


async def test_a_missing_published_value_is_a_failed_start(run_dir: Path) -> None:
    """A placeholder that the publisher does not fill quarantines the dependant with a clear reason."""
    settings = {"url": Published("simulator.x", "no.such")}
    tree = tree_of(dummy("simulator.x"), dummy("a", settings=settings, policy=ONCE))
    async with supervising(run_dir, tree) as supervisor:
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        assert "simulator.x does not publish 'no.such'" in supervisor.children["a"].reason


async def test_those_who_watch_are_told_of_the_others(run_dir: Path) -> None:
    """An actor whose spec says so hears every other actor's state, from its start on."""
    tree = tree_of(dummy("a", policy=ONCE), dummy("router", watches=True, needs=("a",)))
    async with supervising(run_dir, tree) as supervisor:
        await ready(supervisor)
        kill(supervisor, "a")
        await until(lambda: not supervisor.children["a"].in_service)
        await ready(supervisor)
        kill(supervisor, "a")
        await in_state(supervisor, "a", ActorState.QUARANTINED)

        def told() -> list[str]:
            records = log_records(run_dir, "router")
            return [r["state"] for r in records if r["event"] == "peer" and r["name"] == "a"]

        await until(lambda: told()[-1:] == ["quarantined"])
        assert told()[0] == "ready"
        assert "restarting" in told()


async def test_degraded_is_in_service_and_says_why(run_dir: Path) -> None:
    """An actor's own state and reason stand in the status."""
    async with supervising(run_dir, tree_of(dummy("a", "degrade"))) as supervisor:
        await in_state(supervisor, "a", ActorState.DEGRADED)
        status = await ask(run_dir, "admin", "status")
        actor = status["actors"][0]
        assert (actor["state"], actor["reason"]) == ("degraded", "one leg only")


async def test_status_has_the_promised_keys(run_dir: Path) -> None:
    """The status carries for each actor what programs outside rely on, and the actor's last numbers."""
    async with supervising(run_dir, tree_of(dummy("a"))) as supervisor:
        await ready(supervisor)
        life = supervisor.children["a"].life
        assert life is not None
        await until(lambda: "dummy" in life.gauges)
        status = await ask(run_dir, "admin", "status")
    assert {"mode", "since_ns", "actors", "alerts"} <= set(status)
    promised = {"name", "kind", "pid", "boot", "state", "restarts", "last_reason"}
    (actor,) = status["actors"]
    assert promised | {"heartbeat_age_s", "rss_mib"} <= set(actor)
    assert actor["pid"] == life.pid
    assert actor["rss_mib"] > 5
    assert actor["heartbeat_age_s"] < deadline_s(5)
    assert actor["gauges"]["dummy"] == "serve"


async def test_grandchildren_go_with_their_parent(run_dir: Path) -> None:
    """What an actor started ends with it: the whole process group is killed."""
    async with supervising(run_dir, tree_of(dummy("a", "fork"))) as supervisor:
        child = supervisor.children["a"]
        await until(lambda: "grandchild" in (child.published or {}))
        grandchild = int(str((child.published or {})["grandchild"]))
        boot = boots(supervisor)["a"]
        assert alive(grandchild)
        kill(supervisor, "a")
        await reborn(supervisor, "a", boot)
        await until(lambda: not alive(grandchild), within_s=1.0)


def test_a_supervisor_runs_nothing_before_it_is_asked(run_dir: Path) -> None:
    """Making a supervisor touches nothing."""
    Supervisor(run_dir / "sub", tree_of(dummy("a", policy=EAGER)))
    assert not (run_dir / "sub").exists()
