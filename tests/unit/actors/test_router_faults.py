"""The router's process when its journal or a message fails: cancels leave, then it ends or goes on."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from engine.errors import JournalError
from engine.messages.operator import OperatorRequest
from engine.messages.orders import ExecutionReport, SubmitIntent, TradingState, VenueState
from engine.messages.venue import CancelOrder, SubmitOrder
from engine.model.enums import OrdType, Side, TimeInForce, TradingStateWord, VenueStateWord
from tests.kit.bus import a_stage
from tests.kit.orders import BTC, D, settings
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


def wish(counter: int, **changes) -> SubmitIntent:
    made = SubmitIntent(
        intent_id=f"alpha:5:{counter}",
        strategy="alpha",
        boot=5,
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


@asynccontextmanager
async def a_mortal_desk(stage, tmp_path, durability: str) -> AsyncIterator[tuple[Desk, list[str]]]:
    """A router whose end by a JournalError is noted."""
    desk = Desk(stage, tmp_path, settings(), durability)
    ended: list[str] = []

    async def live(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        try:
            await desk.serve(700, task_status=task_status)
        except* JournalError as group:
            ended.append(repr(group.exceptions))

    async with trio.open_nursery() as nursery:
        await nursery.start(live)
        yield desk, ended
        nursery.cancel_scope.cancel()


def _fails(*_: object) -> int:
    raise OSError(5, os.strerror(5))


@pytest.mark.parametrize("how", ["append", "sync"])
@pytest.mark.parametrize("by", ["operator", "file"])
async def test_a_broken_disk_lets_the_cancels_out_and_ends_the_process(stage, tmp_path, how, by):
    """A kill on a disk that fails: its cancels leave, then the process ends, to recover and compare."""
    durability = "power" if how == "sync" else "process"
    async with (
        a_mortal_desk(stage, tmp_path, durability) as (desk, ended),
        a_session(desk) as session,
        a_strategy(desk) as strategy,
        desk.client("operator", "operator") as operator,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        await session.hear(SubmitOrder)
        if how == "sync":
            desk.actor.journal._file.sync = _fails
        else:
            desk.actor.journal._file_write = _fails
        if by == "operator":
            await operator.say(_kill())
        else:
            (stage.run_dir / "KILL").touch()
        await session.hear(CancelOrder)
        await until(lambda: ended, what="the process ends")


def _kill() -> OperatorRequest:
    return OperatorRequest(request_id="1", verb="kill", arguments="{}", reason="drill")


async def test_a_broken_disk_ends_the_process_without_a_kill(stage, tmp_path):
    """After a write that failed for another reason than space nothing probes for ever: it ends."""
    async with (
        a_mortal_desk(stage, tmp_path, "process") as (desk, ended),
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        desk.actor.journal._file_write = _fails
        await strategy.say(wish(1))
        await until(lambda: ended, what="the process ends")
        assert not session.all(SubmitOrder)


async def test_the_kill_file_works_on_a_full_disk(stage, tmp_path):
    """With a full disk the file still cancels everything, the router lives, and the move is kept."""
    async with (
        a_desk(stage, tmp_path) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        command = await session.hear(SubmitOrder)
        fill_disk(desk)
        (stage.run_dir / "KILL").touch()
        cancel = await session.hear(CancelOrder)
        assert cancel.client_order_id == command.client_order_id
        await until(
            lambda: TradingStateWord.KILLED in {s.state for s in strategy.all(TradingState)},
            what="strategies hear that it is in force",
        )
        empty_disk(desk)
        await until(
            lambda: desk.actor.core.book.switch.level_of("engine") is TradingStateWord.KILLED,
            what="the move is recorded",
        )


async def test_a_message_that_cannot_travel_is_told_to_the_core(stage, tmp_path):
    """What no message can hold counts as undelivered; the router goes on with the next one."""
    async with a_desk(stage, tmp_path) as desk, a_strategy(desk) as strategy:
        await until(lambda: strategy.all(VenueState), what="the strategy is served")
        actor = desk.actor
        await strategy.say(wish(1, quantity=D("0.5")))
        report = await strategy.hear(ExecutionReport)
        for wrong in (
            attrs.evolve(report, number=2**64),
            attrs.evolve(report, note="x" * 300_000),
        ):
            assert actor._send("strategy.alpha", wrong)
        assert actor.gauges()["unsendable"] == 2
        await strategy.say(wish(2, quantity=D("0.5")))
        await strategy.hear(ExecutionReport, 2)
