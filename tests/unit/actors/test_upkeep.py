"""The journal's keeper in a running router: segments, snapshots by another process, and failures."""

import os
import sys
from pathlib import Path

import attrs
import pytest

from actors import upkeep
from engine.errors import JournalError
from engine.journal import Chain, verify
from engine.journal.segments import archive_paths
from engine.journal.snapshot import snapshot_paths
from engine.messages.control import ActorState
from engine.messages.orders import (
    ExecutionReport,
    StrategyHello,
    StrategyWelcome,
    intent_id_of,
)
from engine.model.enums import Mode
from engine.orders.records import AlarmKind
from tests.kit.bus import Stage, a_stage
from tests.kit.orders import Bench
from tests.kit.routers import Routing, routing, speaking
from tests.kit.waiting import until

INTENT = Bench().intent()


@pytest.fixture
def stage():
    with a_stage() as stage:
        yield stage


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(upkeep, "CARE_INTERVAL_S", 0.02)


def upkeep_settings(**changes: int) -> dict[str, object]:
    return {"segment_bytes": 1 << 30, "snapshot_records": 1 << 30, "keep_days": 30, **changes}


async def talk(stage: Stage, running: Routing, first: int, last: int) -> None:
    """Intents, each journaled as denied: no venue is there."""
    boot = running.context.boot
    async with speaking(stage, "strategy.alpha", "strategies", boot=boot) as alpha:
        alpha.say(
            StrategyHello(strategy="alpha", boot=boot, mode=Mode.LIVE, report_seen=0, journal=0)
        )
        await until(lambda: alpha.of(StrategyWelcome))
        for counter in range(first, last + 1):
            name = intent_id_of("alpha", boot, counter)
            alpha.say(attrs.evolve(INTENT, boot=boot, counter=counter, intent_id=name))
        await until(lambda: len(alpha.of(ExecutionReport)) >= last - first + 1)


async def test_segments_and_snapshots_of_a_running_router(stage: Stage):
    """Put aside by size, snapshots every few records; the next boot has the same state to the byte."""
    settings = upkeep_settings(segment_bytes=4_000, snapshot_records=10)
    async with routing(stage, upkeep=settings) as running:
        await talk(stage, running, 1, 40)
        actor, journal = running.actor, running.actor.journal
        await until(lambda: actor.upkeep.rotations and actor.upkeep.snapshots)
        await until(lambda: journal.sequence - actor.upkeep.snapshot_sequence < 10)
        state, records = actor.core.dump(), journal.sequence
        assert actor.gauges()["snapshot_record"] == actor.upkeep.snapshot_sequence
    file = journal.path
    assert archive_paths(file)
    assert 1 <= len(snapshot_paths(file)) <= 2
    assert verify(file).records == records
    async with routing(stage, boot=101, upkeep=settings) as running:
        assert running.logged("journal_open")[0]["snapshot"] >= records - 10
        assert not running.logged("journal_problem")
        book = running.actor.core.book
        assert book.applied > records
        assert len(state) > 0
        assert book.figures_of("alpha").intents == 40


def degraded(running: Routing) -> str:
    """Why it is shown as degraded; empty when it is not."""
    state, reason = running.context.current_state
    return reason if state is ActorState.DEGRADED else ""


def alarms(running: Routing) -> list[str]:
    """Texts of alarms about the journal."""
    raised = running.actor.core.book.alarms
    return [alarm.text for alarm in raised if alarm.kind is AlarmKind.JOURNAL]


async def test_a_day_is_a_segment(stage: Stage, monkeypatch):
    """At midnight (UTC) the day's records are put aside."""
    async with routing(stage, upkeep=upkeep_settings()) as running:
        assert not running.actor.upkeep.rotations
        monkeypatch.setattr(upkeep, "_day", lambda ts_ns: ts_ns)
        await until(lambda: running.actor.upkeep.rotations)
        monkeypatch.undo()
    with Chain(running.actor.journal.path) as chain:
        assert sum(1 for _ in chain) == running.actor.journal.sequence


async def test_a_snapshot_that_fails_is_tried_again_later(stage: Stage, monkeypatch):
    """The router goes on, shown as degraded until it works again; a person is told once."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with routing(stage, upkeep=upkeep_settings(snapshot_records=1)) as running:
        keeper = running.actor.upkeep
        await until(lambda: degraded(running))
        await talk(stage, running, 1, 3)
        assert len(running.logged("journal_snapshot_failed")) == 1
        keeper._snapshot_from_ns = 0
        await until(lambda: len(running.logged("journal_snapshot_failed")) == 2)
        assert "starts take longer: its process ended with 1" in degraded(running)
        (text,) = alarms(running)
        assert text.startswith("no snapshot through record ")
        monkeypatch.undo()
        monkeypatch.setattr(upkeep, "CARE_INTERVAL_S", 0.02)
        keeper._snapshot_from_ns = 0
        await until(lambda: keeper.snapshots)
        await until(lambda: running.context.current_state[0] is ActorState.READY)


@pytest.mark.parametrize(
    ("executable", "said"), [("/nowhere/python", "cannot be started"), ("sleep", "took longer")]
)
async def test_a_snapshots_process_that_cannot_start_or_end_is_told(
    stage: Stage, monkeypatch, tmp_path: Path, executable: str, said: str
):
    """Neither ends the router: a process that hangs is ended, one that cannot start is only a failure."""
    hanging = tmp_path / "sleep"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / executable))
    monkeypatch.setattr(upkeep, "FOLDING_S_MAX", 0.05)
    async with routing(stage, upkeep=upkeep_settings(snapshot_records=1)) as running:
        await until(lambda: said in degraded(running))
        await talk(stage, running, 1, 3)
        assert said in alarms(running)[0]


async def test_t072_a_disk_without_room_for_a_segment_keeps_the_old_one(stage: Stage):
    """F-19: orders go on in the file there is, and the rotation is done when there is space."""
    async with routing(stage, upkeep=upkeep_settings(segment_bytes=100)) as running:
        await until(lambda: running.actor.upkeep.rotations)
        keeper, journal = running.actor.upkeep, running.actor.journal
        open_file = journal._open_file

        def full(_: object):
            raise OSError(28, os.strerror(28))

        journal._open_file = full
        await talk(stage, running, 1, 3)
        await until(lambda: "no new segment, the old one grows" in degraded(running))
        assert "No space left" in alarms(running)[0]
        await talk(stage, running, 4, 6)
        before = keeper.rotations
        journal._open_file = open_file
        keeper._rotate_from_ns = 0
        await until(lambda: keeper.rotations > before)
        await until(lambda: not degraded(running))
        assert running.actor.core.book.figures_of("alpha").intents == 6


async def test_t073_a_rotation_that_may_be_lost_ends_the_router(stage: Stage):
    """F-20: after a failed sync nobody goes on with the file."""
    with pytest.raises(BaseExceptionGroup) as caught:
        await _break_the_disk(stage)
    assert caught.group_contains(JournalError, match="sync failed")
    async with routing(stage, boot=101) as running:
        assert not running.actor.journal.poisoned


async def _break_the_disk(stage: Stage) -> None:
    """A router whose next rotation cannot sync."""
    async with routing(stage, upkeep=upkeep_settings(segment_bytes=100)) as running:
        await until(lambda: running.actor.upkeep.rotations)
        running.actor.journal._file.sync = _broken
        await talk(stage, running, 1, 3)
        await until(running.ended.is_set)


def _broken() -> None:
    raise OSError(5, os.strerror(5))
