"""The actor's context: what it may say of itself, and what is remembered for it."""

import json
from types import SimpleNamespace

import pytest
import structlog

from actors.context import ActorContext
from engine.bus.keys import Peer
from engine.clock import SystemClock
from engine.errors import LocalProtocolError
from engine.messages.control import JSON_CHARS_MAX, REASON_CHARS_MAX, ActorState, PeerReport
from engine.model.enums import Mode
from engine.supervise.launch import LaunchSpec

PEERS = {"strategies": {b"k" * 40: Peer("strategy.a", "strategy")}}


@pytest.fixture
def context() -> ActorContext:
    launch = LaunchSpec(
        name="router",
        kind="router",
        module="m",
        mode=Mode.PAPER,
        boot=7,
        run_dir="/run/x",
        public_key="p",
        secret_key="s",
        settings={"a": 1},
        secrets={"api_key": "hunter2"},
        published_before={"port": 1},
    )
    return ActorContext(
        launch,
        bus=SimpleNamespace(queues=dict),
        clock=SystemClock(),
        log=structlog.get_logger(),
        peers=PEERS,
    )


def changes(context: ActorContext) -> list[tuple[ActorState, str]]:
    seen: list[tuple[ActorState, str]] = []
    context.on_change(lambda: seen.append(context.current_state))
    return seen


def test_it_carries_what_was_handed_over(context: ActorContext) -> None:
    """Identity, settings, secrets (masked), the past."""
    assert (context.name, context.kind, context.boot, context.mode) == (
        "router",
        "router",
        7,
        "paper",
    )
    assert context.settings == {"a": 1}
    assert context.secrets["api_key"] == "hunter2"
    assert "hunter2" not in repr(context.secrets)
    assert context.published_before == {"port": 1}
    assert not context.stop.is_set()


def test_each_change_of_state_is_told_once(context: ActorContext) -> None:
    """Ready, degraded with a reason, ready again; repeating is no change."""
    seen = changes(context)
    assert not context.in_service
    context.ready()
    context.ready()
    context.state(ActorState.DEGRADED, "one leg")
    context.state(ActorState.DEGRADED, "one leg")
    context.state(ActorState.READY)
    assert seen == [
        (ActorState.READY, ""),
        (ActorState.DEGRADED, "one leg"),
        (ActorState.READY, ""),
    ]
    assert context.in_service


@pytest.mark.parametrize(
    "state",
    [ActorState.STOPPED, ActorState.RESTARTING, ActorState.QUARANTINED, ActorState.FAILED],
)
def test_the_supervisors_words_are_not_the_actors(context: ActorContext, state: ActorState) -> None:
    """An actor cannot declare itself dead or given up."""
    with pytest.raises(LocalProtocolError):
        context.state(state)


def test_reasons_are_bounded(context: ActorContext) -> None:
    """A venue's long error text does not travel whole."""
    context.state(ActorState.DEGRADED, "x" * 10_000)
    assert len(context.current_state[1]) == REASON_CHARS_MAX


def test_what_is_published_is_a_copy_and_travels_with_ready(context: ActorContext) -> None:
    """Later changes of the caller's objects do not change what was published."""
    ports = {"ports": [1, 2]}
    context.ready(ports)
    ports["ports"].append(3)
    assert json.loads(context.published_json()) == {"ports": [1, 2]}
    context.publish({"ports": [4]})
    assert json.loads(context.published_json()) == {"ports": [4]}


def test_what_is_too_large_is_not_published(context: ActorContext) -> None:
    """A bound, told to the one who exceeds it."""
    with pytest.raises(LocalProtocolError):
        context.publish({"x": "y" * JSON_CHARS_MAX})


def test_gauges_of_all_providers_travel_and_too_much_is_left_out(context: ActorContext) -> None:
    """Every provider is asked each time; when it is too much, the process's own numbers stay."""
    counter = iter(range(10))
    context.gauge(lambda: {"n": next(counter)})
    context.gauge(lambda: {"odd": object})
    assert json.loads(context.gauges_json({"process": 1}))["n"] == 0
    assert json.loads(context.gauges_json({"process": 1}))["n"] == 1
    context.gauge(lambda: {"large": "x" * JSON_CHARS_MAX})
    left = json.loads(context.gauges_json({"process": 1}))
    assert set(left) == {"process", "gauges_dropped_chars"}


def test_watchers_hear_what_is_known_and_what_changes(context: ActorContext) -> None:
    """A late watcher is told the last state of each actor first."""
    first = PeerReport(name="a", kind="session", boot=1, state=ActorState.STARTING, reason="")
    second = PeerReport(name="a", kind="session", boot=1, state=ActorState.READY, reason="")
    context.peer_changed(first)
    context.peer_changed(second)
    seen: list[PeerReport] = []
    context.watch(seen.append)
    assert seen == [second]
    context.peer_changed(first)
    assert seen == [second, first]


def test_peers_of_its_own_endpoints_only(context: ActorContext) -> None:
    """The keys for an endpoint come from the spec; an endpoint of others is refused."""
    assert context.peers("strategies") == PEERS["strategies"]
    with pytest.raises(LocalProtocolError, match="does not own endpoint 'sessions'"):
        context.peers("sessions")
