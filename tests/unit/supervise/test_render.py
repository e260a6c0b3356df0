"""T-012 for the printing: the text of a tree equals its golden file; a change must be looked at."""

from pathlib import Path

from engine.model.enums import Mode
from engine.settings.secrets import Secret
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published
from engine.supervise.render import render
from engine.supervise.specs import ActorSpec, Bind, Group, Limits, Restart, Tree

GOLDEN = Path(__file__).parents[2] / "golden" / "process_tree.txt"
POLICY = RestartPolicy(intensity=5, period_s=60.0)


def sample() -> Tree:
    simulator = ActorSpec(
        name="simulator.v", kind="simulator", module="actors.simulator", policy=POLICY, grace_s=1.0
    )
    router = ActorSpec(
        name="router",
        kind="router",
        module="actors.router",
        policy=RestartPolicy(intensity=3, period_s=60.0),
        essential=True,
        grace_s=5.0,
        binds=(Bind("sessions", ("v.trade",)), Bind("operator", ("operator", "viewer"))),
        settings={"journal": "desk.journal", "limits": {"max_orders": 50}},
    )
    trade = ActorSpec(
        name="v.trade",
        kind="session",
        module="actors.session",
        policy=POLICY,
        needs=("router",),
        connects=("sessions",),
        secrets={"api_key": Secret("hunter2"), "memo": Published("simulator.v", "memo")},
        settings={"endpoints": Published("simulator.v", "endpoints")},
        limits=Limits(memory_mib=1024, processes=16),
    )
    once = ActorSpec(
        name="job",
        kind="recorder",
        module="actors.recorder",
        policy=POLICY,
        restart=Restart.TEMPORARY,
        binds=(Bind("market.v"),),
    )
    groups = (
        Group(name="simulators", actors=(simulator,)),
        Group(name="core", actors=(router,)),
        Group(name="sessions", actors=(trade, once)),
    )
    return Tree(name="desk", mode=Mode.PAPER, groups=groups)


def test_the_printed_tree_equals_its_golden_file() -> None:
    """The printed tree is stable; secrets are named and never shown."""
    text = render(sample())
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert "hunter2" not in text


def test_without_details_there_is_one_line_an_actor() -> None:
    """The short form names the tree, its groups and its actors, and nothing else."""
    assert len(render(sample(), details=False).splitlines()) == 1 + 3 + 4
