"""The router's kill endpoint: it waits behind nothing, and takes nothing but what stops."""

import pytest

from engine.bus.keys import Peer
from engine.bus.sockets import Received
from engine.journal import read
from engine.messages.codec import encode
from engine.messages.operator import OperatorRequest
from engine.messages.orders import TradingState, VenueState
from engine.messages.venue import CancelOrder, SubmitOrder
from engine.model.enums import TradingStateWord, VenueStateWord
from engine.orders import records as r
from engine.supervise.rundir import pull_kill_switch
from tests.kit.bus import a_stage
from tests.kit.routerdesk import (
    Client,
    Desk,
    a_desk,
    a_session,
    a_strategy,
    empty_disk,
    fill_disk,
)
from tests.kit.waiting import until, until_blocking
from tests.unit.actors.test_router import wish

ALPHA = Peer("strategy.alpha", "strategy")
OPERATOR = Peer("operator", "operator")
BATCH = 256


@pytest.fixture
def stage():
    with a_stage() as made:
        yield made


def kill() -> bytes:
    return encode(OperatorRequest(request_id="1", verb="kill", arguments="{}", reason="drill"))


def pull(desk: Desk, operator: Client) -> None:
    """Send a kill and hold the loop until it lies at the router's door."""
    operator.socket.send(kill())
    until_blocking(desk.actor.door.kills._input_waits, what="the kill has arrived")


def flood(count: int = BATCH) -> list[Received]:
    """A batch of wishes, as the pump hands it over."""
    return [Received(ALPHA, b"alpha", encode(wish(number))) for number in range(1, count + 1)]


def decided(desk: Desk) -> list[str]:
    """Kinds of the journal's records about orders and the kill switch, in order."""
    kinds = (r.PlannedOrder, r.DeniedOrder, r.TradingStateChanged)
    with read(desk.actor.settings.journal_file) as records:
        bodies = [r.from_bytes(record.body) for record in records]
    return [type(body).__name__ for body in bodies if isinstance(body, kinds)]


async def ready(strategy: Client) -> None:
    await until(lambda: any(s.state is VenueStateWord.READY for s in strategy.all(VenueState)))


async def test_t082_a_kill_goes_before_a_batch_that_waits(stage, tmp_path):
    """T-082: of wishes that lie there when the switch is pulled none becomes an order."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
        desk.client("operator", "kill") as operator,
    ):
        await ready(strategy)
        await operator.ask("alive")
        pull(desk, operator)
        desk.actor.on_actors(flood())
        assert decided(desk) == ["TradingStateChanged"] + ["DeniedOrder"] * BATCH
        assert not session.all(SubmitOrder)
        state = await strategy.hear(TradingState)
        assert state.state is TradingStateWord.KILLED


async def test_t082_a_kill_does_not_wait_for_the_end_of_a_batch(stage, tmp_path, monkeypatch):
    """T-082: pulled in the middle of a batch it takes effect within a few wishes; they are cancelled."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
        desk.client("operator", "kill") as operator,
    ):
        await ready(strategy)
        await operator.ask("alive")
        seen = []

        def handle(message, peer, now, handle=desk.actor._handle):
            seen.append(message)
            if len(seen) == 20:
                pull(desk, operator)
            return handle(message, peer, now)

        monkeypatch.setattr(desk.actor, "_handle", handle)
        desk.actor.on_actors(flood())
        planned = decided(desk).index("TradingStateChanged")
        assert 20 <= planned <= 40
        assert decided(desk)[planned + 1 :] == ["DeniedOrder"] * (BATCH - planned)
        await session.hear(CancelOrder, planned)
        ours = {command.client_order_id for command in session.all(SubmitOrder)}
        assert ours == {command.client_order_id for command in session.all(CancelOrder)}


async def test_the_kill_endpoint_stops_and_does_nothing_else(stage, tmp_path):
    """Questions and arming would keep it busy or undo it: they have another door."""
    async with a_desk(stage, tmp_path) as desk, desk.client("operator", "kill") as operator:
        assert "takes alive, cancel-all, kill only" in await operator.ask("orders")
        assert "only" in await operator.ask("arm", "please")
        assert await operator.ask("alive") == {"silence_s_max": 0.0}
        assert (await operator.ask("kill", "drill"))["level"] == "killed"


async def test_the_reason_in_the_kill_file_is_journaled_and_arming_takes_it_away(stage, tmp_path):
    """Who is given up says so in the file; a router that starts after the arming is not killed again."""
    async with a_desk(stage, tmp_path) as desk, desk.client("operator", "operator") as operator:
        pull_kill_switch(stage.run_dir, "router was given up")
        await until(lambda: desk.actor.core.is_killed)
        status = await operator.ask("status")
        assert status["scopes"]["engine"]["reason"].endswith("router was given up")
        await operator.ask("arm", "only a strategy", scope="strategy:alpha")
        assert desk.actor.door.kill_file.path.exists()
        await operator.ask("arm", "looked at it")
        assert not desk.actor.door.kill_file.path.exists()
    async with a_desk(stage, tmp_path, boot=701) as desk:
        assert not desk.actor.core.is_killed


async def test_a_kill_on_a_full_disk_outlives_the_router(stage, tmp_path):
    """The journal never took it and the router dies: the next one starts killed all the same."""
    async with a_desk(stage, tmp_path) as desk, desk.client("operator", "kill") as operator:
        fill_disk(desk)
        assert (await operator.ask("kill", "drill"))["journaled"] is False
        assert "drill" in desk.actor.door.kill_file.path.read_text()
    async with a_desk(stage, tmp_path, boot=701) as desk:
        await until(lambda: desk.actor.core.is_killed)


async def test_the_file_of_an_owed_kill_stays_until_armed(stage, tmp_path):
    """Armed it cannot be while the journal fails; with the journal back one arm ends both."""
    async with (
        a_desk(stage, tmp_path) as desk,
        desk.client("operator", "operator") as operator,
    ):
        fill_disk(desk)
        await operator.ask("kill", "drill")
        assert "engine killed" in await operator.ask("arm", "looked")
        assert desk.actor.door.kill_file.path.exists()
        empty_disk(desk)
        await until(lambda: not desk.actor.core.owed_kill)
        assert (await operator.ask("arm", "looked"))["level"] == "active"
        assert not desk.actor.door.kill_file.path.exists()
        assert not desk.actor.core.is_killed


async def test_a_kill_file_that_nobody_has_seen_is_not_armed_away(stage, tmp_path, monkeypatch):
    """It appears just before an arm: it kills, the arm is refused, and counts when it is given again."""
    async with a_desk(stage, tmp_path) as desk, desk.client("operator", "operator") as operator:
        await operator.ask("kill", "drill")
        answers = []
        with monkeypatch.context() as patched:
            patched.setattr(desk.actor.door, "_answer", lambda *given: answers.extend(given[2]))
            arm = OperatorRequest(request_id="2", verb="arm", arguments="{}", reason="it is over")
            pull_kill_switch(stage.run_dir, "another reason")  # no look of the watch comes between
            desk.actor.door.on_operators([Received(OPERATOR, b"operator", encode(arm))])
        assert "arm again" in answers[0].error
        assert desk.actor.core.is_killed
        assert desk.actor.door.kill_file.path.exists()
        assert (await operator.ask("arm", "looked at the file"))["level"] == "active"
        assert not desk.actor.door.kill_file.path.exists()
