"""The schedule of a drill: one integer decides it, and the catalogue is complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drill.faultpoints import POINTS
from engine.drill.schedule import (
    CATALOGUE,
    HEAL_MARGIN_S,
    ROUTER_POINTS,
    SESSION_POINTS,
    WORDS,
    chosen_rows,
    make_schedule,
)

TARGETS = {row.targets: [f"{row.targets}.{n}" for n in range(2)] for row in CATALOGUE}
ASKED_FOR = {f"F-{n:02}" for n in [*range(1, 18), 19, 20, 29, 30, 31, 33, 34, 35]}


@given(seed=st.integers(0, 2**63), duration_s=st.floats(3, 600))
def test_a_seed_decides_the_schedule(seed: int, duration_s: float):
    """Twice the same; in order; within the phase; within the bounds of each kind."""
    schedule = make_schedule(seed, duration_s, TARGETS)
    assert schedule == make_schedule(seed, duration_s, TARGETS)
    times = [fault.at_s for fault in schedule.faults]
    assert times == sorted(times)
    rows = {row.kind: row for row in CATALOGUE}
    for fault in schedule.faults:
        row = rows[fault.kind]
        assert 0 < fault.at_s <= duration_s - HEAL_MARGIN_S + 0.01
        assert row.lasts_s[0] <= fault.lasts_s <= row.lasts_s[1]
        assert fault.target in TARGETS[row.targets]
        assert fault.value in (row.values or ("",))


def test_seeds_differ():
    assert len({make_schedule(seed, 60, TARGETS).faults for seed in range(50)}) == 50


def test_every_fault_is_reached_by_some_seed():
    seen = {f.kind for seed in range(40) for f in make_schedule(seed, 120, TARGETS).faults}
    assert seen == {row.kind for row in CATALOGUE}


def test_the_catalogue_has_the_faults_that_a_swarm_is_made_of():
    assert {row.id for row in CATALOGUE} >= ASKED_FOR
    assert {row.word for row in CATALOGUE} == set(WORDS)
    assert len({row.kind for row in CATALOGUE}) == len(CATALOGUE)
    assert set(ROUTER_POINTS) <= set(POINTS["router"])
    assert set(SESSION_POINTS) == set(POINTS["session"])


@pytest.mark.parametrize("word", ["crash", "F-07", "swizzle"])
def test_words_ids_and_kinds_choose(word: str):
    rows = chosen_rows([word])
    assert rows
    assert all(word in (row.id, row.word, row.kind) for row in rows)


def test_an_unknown_word_is_told_with_those_there_are():
    with pytest.raises(ValueError, match=r"no fault 'fire'; groups: crash, points.*F-01"):
        chosen_rows(["crash", "fire"])


def test_a_class_without_targets_is_spared():
    schedule = make_schedule(1, 60, {"router": ["router"]})
    assert {fault.target for fault in schedule.faults} == {"router"}
    with pytest.raises(ValueError, match="none of these faults"):
        make_schedule(1, 60, {"router": ["router"]}, ["proxy"])
