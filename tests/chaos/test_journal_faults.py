"""The router's journal on a disk that runs full or fails, with real files, sockets and limits.

T-072: disk full during an order burst. T-073: a sync that fails once. F-22: loss of unsynced writes.
"""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from engine.journal import Chain
from engine.journal.segments import archive_paths
from engine.messages.orders import CancelIntent, ExecutionReport, TradingState, VenueState
from engine.messages.venue import (
    CancelOrder,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    SubmitOrder,
)
from engine.model.enums import ExecType, TradingStateWord, VenueStateWord
from engine.orders.records import PlannedOrder, from_bytes
from tests.kit.bus import a_stage
from tests.kit.orders import settings, venue_order
from tests.kit.routerdesk import Client, Desk, Session, a_desk, a_session, a_strategy
from tests.kit.waiting import until
from tests.unit.actors.test_router_faults import a_mortal_desk, ready, wish

LIMIT_BYTES = 64 << 10
BURST = 600
"""More orders than records fit."""


@pytest.fixture
def stage():
    with a_stage() as made:
        yield made


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size`: the kernel refuses, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def planned_in(journal: Path) -> set[str]:
    """The client order ids that have a record."""
    with Chain(journal) as chain:
        records = [from_bytes(record.body) for record in chain]
    return {each.client_order_id for each in records if isinstance(each, PlannedOrder)}


def denied(strategy: Client) -> list[ExecutionReport]:
    return [r for r in strategy.all(ExecutionReport) if r.exec_type is ExecType.DENIED]


async def burst(strategy: Client, session: Session) -> None:
    """Orders until each was either sent or denied."""
    for counter in range(1, BURST + 1):
        await strategy.say(wish(counter))
        if counter % 20 == 0:
            await trio.lowlevel.checkpoint()
    await until(
        lambda: len(session.all(SubmitOrder)) + len(denied(strategy)) >= BURST,
        what="each order is sent or denied",
    )


def cancel_of(intent_id: str, counter: int) -> CancelIntent:
    return CancelIntent(
        intent_id=f"alpha:5:{counter}",
        strategy="alpha",
        boot=5,
        counter=counter,
        target=intent_id,
        created_mono_ns=time.monotonic_ns(),
    )


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_t072_disk_full_during_a_burst(stage, tmp_path, durability):
    """F-19: every order is journaled and sent, or denied JOURNAL; cancels pass; then all is well."""
    async with (
        a_desk(stage, tmp_path, durability=durability) as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        journal = desk.actor.journal
        with file_size_limit(LIMIT_BYTES):
            await burst(strategy, session)
            sent = {command.client_order_id for command in session.all(SubmitOrder)}
            refused = {report.intent_id for report in denied(strategy)}
            assert {report.code for report in denied(strategy)} == {"JOURNAL"}
            assert len(sent) + len(refused) == BURST
            assert sent
            assert refused
            assert planned_in(journal.path) == sent
            first = session.all(SubmitOrder)[0].client_order_id
            await strategy.say(cancel_of("alpha:5:1", BURST + 1))
            await until(
                lambda: first in {c.client_order_id for c in session.all(CancelOrder)},
                what="the cancel passes",
            )
            await until(lambda: desk.actor.core.journal_failure, what="the failure is shown")
            assert journal.path.stat().st_size <= LIMIT_BYTES
        await until(lambda: not desk.actor.core.journal_failure, what="records are taken again")
        states = [TradingStateWord.HALTED, TradingStateWord.ACTIVE]
        await until(
            lambda: [each.state for each in strategy.all(TradingState)][-2:] == states,
            what="the strategy hears of both",
        )
        await answer(session, desk)
        await session.hear(ReconcileDone, 2)
        await until(lambda: strategy.all(VenueState)[-1].state is VenueStateWord.READY)
        refused_before = len(denied(strategy))
        await strategy.say(wish(BURST + 2))
        await until(
            lambda: (
                len(session.all(SubmitOrder)) > len(sent) or len(denied(strategy)) > refused_before
            ),
            what="the next order is sent or denied",
        )
        assert denied(strategy)[refused_before:] == []
        assert not journal.poisoned
        assert len(planned_in(journal.path)) == len(sent) + 1
    assert await same_after_restart(stage, tmp_path, desk)


async def answer(session: Session, desk: Desk) -> None:
    """What was missed while nothing could be written is asked for; the venue has what it was sent."""
    request = await session.hear(ReconcileRequest, 2)
    part = ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=0,
        last=True,
        complete=True,
        since_ns=request.since_ns,
        orders=tuple(venue_order(order) for order in desk.actor.core.book.orders),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )
    await session.news(part)


async def same_after_restart(stage, tmp_path: Path, before: Desk) -> bool:
    """Whether the next boot knows the orders that this one had."""
    known = {order.client_order_id for order in before.actor.core.book.orders}
    async with a_desk(stage, tmp_path, boot=701) as desk:
        return {order.client_order_id for order in desk.actor.core.book.orders} == known


async def test_t073_a_sync_that_fails_once_ends_the_router_and_the_next_reconciles(stage, tmp_path):
    """F-20: no order is taken after it; the next boot recovers what is in the file and asks the venue."""
    async with (
        a_mortal_desk(stage, tmp_path, "power") as (desk, ended),
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        await strategy.say(wish(1))
        await session.hear(SubmitOrder)
        real, failed = desk.actor.journal._file.sync, []

        def sync() -> None:
            if not failed:
                failed.append(True)
                raise OSError(5, os.strerror(5))
            real()

        desk.actor.journal._file.sync = sync
        await strategy.say(wish(2))
        await until(lambda: ended, what="the process ends")
        assert len(session.all(SubmitOrder)) == 1
        assert desk.actor.journal.poisoned
    async with (
        a_desk(stage, tmp_path, durability="power", boot=701) as again,
        a_session(again),
        a_strategy(again, boot=6) as strategy,
    ):
        await ready(strategy)
        book = again.actor.core.book
        assert book.reconciled_ns
        assert len(planned_in(again.actor.journal.path)) >= 1


async def test_f22_unsynced_writes_that_are_lost_were_never_sent(stage, tmp_path):
    """INV-1, INV-2: the file cut to its last synced length still has every order that was sent."""
    core = settings()
    async with (
        a_desk(stage, tmp_path, core=core, durability="power") as desk,
        a_session(desk) as session,
        a_strategy(desk) as strategy,
    ):
        await ready(strategy)
        journal = desk.actor.journal
        synced = [journal.size_bytes]
        real = journal._file.sync

        def sync() -> None:
            real()
            synced.append(journal.path.stat().st_size)

        journal._file.sync = sync
        for counter in range(1, 21):
            await strategy.say(wish(counter))
        await until(lambda: len(session.all(SubmitOrder)) >= 20, what="all are sent")
        sent = {command.client_order_id for command in session.all(SubmitOrder)}
        path, length = journal.path, synced[-1]
    os.truncate(path, length)
    assert planned_in(path) >= sent
    async with a_desk(stage, tmp_path, core=core, durability="power", boot=701) as again:
        known = {order.client_order_id for order in again.actor.core.book.orders}
        assert known >= sent
        assert not archive_paths(path)
