"""Router and strategy on real sockets over a restart of both, with journal and saved state on disk."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from actors import strategy
from engine.clock import SystemClock
from engine.journal import Durability, JournalHeader, JournalWriter
from engine.messages.venue import UpdateKind
from engine.model.enums import Mode
from engine.orders.records import FORMAT_VERSION
from tests.kit.bus import Stage
from tests.kit.orders import Bench, D
from tests.kit.routerdesk import Desk, a_desk
from tests.kit.strategies import Actor, acting, publishing
from tests.kit.waiting import until

FILLS = ["f1", "f2", "f3"]


def write_journal(bench: Bench, state_dir: Path) -> None:
    """What the bench's router wrote, where the real one looks for it."""
    file = state_dir / "journal" / "live.journal"
    file.parent.mkdir(parents=True)
    header = JournalHeader(
        mode=Mode.LIVE, format_version=FORMAT_VERSION, created_ns=1, file_id=secrets.token_bytes(16)
    )
    clock = SystemClock().monotonic_ns
    writer = JournalWriter(file, Durability.PROCESS, header=header, clock_ns=clock)
    for body in bench.journal:
        writer.append(body)
    writer.commit()
    writer.close()


def lived(orders: int = 1) -> Bench:
    """A router's earlier life: open orders, the first of them with fills."""
    bench = Bench()
    bench.greet("alpha")
    bench.open_venue()
    made = [bench.submit(quantity=D(10)) for _ in range(orders)]
    for order in made:
        bench.update(order, UpdateKind.ACCEPTED)
    for key in FILLS:
        bench.fill(made[0], key, "1")
    return bench


@asynccontextmanager
async def a_life(
    stage: Stage, state_dir: Path, number: int, **parameters: bool
) -> AsyncIterator[tuple[Desk, Actor]]:
    """Router and strategy, until both die without a word."""
    async with (
        a_desk(stage, state_dir, boot=700 + number) as desk,
        publishing(stage, boot=number),
        acting(stage, boot=7 + number, mode="live", parameters=parameters) as actor,
    ):
        await until(lambda: actor.is_ready, what="the strategy is in service")
        yield desk, actor


async def test_fills_are_told_once_over_a_restart_of_both(stage: Stage, tmp_path: Path):
    """What the strategy acknowledged is in the journal a moment later; the next pair goes on there."""
    write_journal(lived(), tmp_path)
    async with a_life(stage, tmp_path, 1) as (desk, actor):
        await until(lambda: len(actor.calls("fill")) == len(FILLS), what="all fills were told")
        reports = desk.actor.core.book.figures_of("alpha").reports
        await until(lambda: reports.seen == reports.last, what="they are recorded as heard")
    async with a_life(stage, tmp_path, 2) as (desk, actor):
        delivery = desk.actor.core._k.deliveries["alpha"]
        assert delivery.acknowledged == delivery.told
        assert actor.calls("fill") == []
        assert actor.gauges["open_orders"] == 1


async def test_a_saved_state_and_its_fills_agree_over_a_restart_of_both(
    stage: Stage, tmp_path: Path, monkeypatch
):
    """Nothing was acknowledged when both died: the number that was saved with the state counts."""
    monkeypatch.setattr(strategy, "ACKNOWLEDGE_WITHIN_S", 3_600.0)
    monkeypatch.setattr(strategy, "REPEAT_INTERVAL_S", 3_600.0)
    write_journal(lived(), tmp_path)
    async with a_life(stage, tmp_path, 1, save_fills=True) as (desk, actor):
        await until(lambda: len(actor.calls("fill")) == len(FILLS), what="all fills were told")
        assert desk.actor.core.book.figures_of("alpha").reports.seen == 0
    async with a_life(stage, tmp_path, 2, save_fills=True) as (desk, actor):
        reports = desk.actor.core.book.figures_of("alpha").reports
        assert reports.seen == reports.last
        assert actor.calls("start") == [({"fills": FILLS},)]
        assert actor.calls("fill") == []


async def test_thousands_of_open_orders_are_there_at_the_start(stage: Stage, tmp_path: Path):
    """The whole snapshot arrives, more orders than a socket queues messages, before `on_start`."""
    write_journal(lived(5_000), tmp_path)
    async with a_life(stage, tmp_path, 1) as (desk, actor):
        assert actor.gauges["open_orders"] == 5_000
        assert not desk.actor.core.gauges()["counters"].get("undelivered")
        reports = desk.actor.core.book.figures_of("alpha").reports
        await until(lambda: actor.gauges["host_fills"] == len(FILLS), what="the backlog follows")
        await until(lambda: desk.actor.core._k.deliveries["alpha"].acknowledged == reports.last)
