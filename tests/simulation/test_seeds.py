"""A simulated engine under faults, seed by seed: what is found here is found again by its seed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import attrs
import pytest

from engine.drill.simulation import simulate
from engine.drill.simulation.__main__ import REPLAY, main
from engine.drill.simulation.plan import Plan, plan_of
from engine.drill.simulation.router import RouterNode
from engine.drill.simulation.world import World
from engine.journal import Durability

SEEDS = int(os.environ.get("PITBOSS_SEEDS", "800"))
"""A seed takes about 40 ms of processor time: these are half a minute, and the rest is `long`."""
SEEDS_LONG = 50_000
CHUNK = 50


def check(first: int, count: int) -> None:
    failed = []
    for seed in range(first, first + count):
        outcome = simulate(seed)
        failed += [f"seed {seed}: {problem}" for problem in outcome.problems]
        failed += [f"replay it: {REPLAY.format(seed=seed)}"] * bool(outcome.problems)
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_seeds(first: int):
    """Under every fault of the plan the invariants hold, and all is well within 60 s after them."""
    check(first, CHUNK)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(SEEDS, SEEDS_LONG, 500))
def test_many_more_seeds(first: int):
    """The same for 50,000 seeds."""
    check(first, 500)


def test_a_seed_is_exact():
    """The same seed gives the same run to the byte, also in a process that hashes otherwise."""
    seeds = range(20, 26)
    program = (
        "from engine.drill.simulation import simulate\n"
        f"print(*(simulate(seed).fingerprint for seed in range({seeds.start}, {seeds.stop})))\n"
    )
    prints = [simulate(seed).fingerprint for seed in seeds]
    lines: list[str] = []

    again = [simulate(seed, lines.append).fingerprint for seed in seeds]
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert lines
    assert prints == again == elsewhere
    assert len(set(prints)) == len(prints)


def test_the_plans_reach_everything():
    """Each kind of trouble is in the plans of the first few hundred seeds, and so is its absence."""
    plans = [plan_of(World(seed)) for seed in range(300)]
    for field in attrs.fields(Plan):
        values = {getattr(plan, field.name) for plan in plans}
        assert len(values) > 1 or field.name == "complete", field.name


def power(plan: Plan) -> Plan:
    return attrs.evolve(plan, durability=Durability.POWER, router_kills=1.0)


def finds(what: str, seeds: range, prepare: Any = power) -> bool:
    """Whether one of these seeds finds it; those after it are not run."""
    return any(what in each for s in seeds for each in simulate(s, prepare=prepare).problems)


def test_a_router_that_sends_before_it_syncs_is_found(monkeypatch):
    """Nothing is as telling as a planted fault: without the sync, what the venue saw gets lost."""
    monkeypatch.setattr("engine.journal.writer.JournalWriter._sync", lambda _self: None)

    assert finds("INV-2", range(30))


def test_a_router_that_forgets_who_it_served_is_found(monkeypatch):
    """Planted: intents are taken for new whenever they come."""
    from engine.orders.dedupe import Intents, Standing

    monkeypatch.setattr(Intents, "standing", lambda *_: Standing.NEW)

    assert finds("INV-", range(30), lambda plan: attrs.evolve(plan, repeats=2.0))


def test_a_router_that_counts_fills_twice_is_found(monkeypatch):
    """Planted: the key of a fill is not looked at."""
    from engine.orders.ledger import FillKeys

    monkeypatch.setattr(FillKeys, "is_known", lambda *_: False)

    assert finds("INV-5", range(10), lambda plan: attrs.evolve(plan, double_probability=0.3))


def test_a_failing_seed_says_how_to_replay_it(monkeypatch, capsys):
    """The line can be pasted."""
    monkeypatch.setattr(RouterNode, "boot", lambda _self: None)

    code = main(["--seed", "7"])

    assert code == 1
    assert "python -m engine.drill.simulation --seed 7 --trace" in capsys.readouterr().out
