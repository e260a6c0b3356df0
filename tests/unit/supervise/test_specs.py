"""Specs and trees: every fault is found before anything starts, and nothing prints a secret."""

import pytest

from engine.errors import ConfigError
from engine.model.enums import Mode
from engine.settings.secrets import Secret
from engine.supervise.placeholders import Published
from engine.supervise.specs import ACTORS_MAX, ActorSpec, Bind, Group, Tree
from tests.kit.supervision import EAGER


def spec(name: str, **fields) -> ActorSpec:
    return ActorSpec(**{"name": name, "kind": "session", "module": "m", "policy": EAGER} | fields)


def tree(*groups: tuple[ActorSpec, ...]) -> Tree:
    named = tuple(Group(name=f"g{number}", actors=actors) for number, actors in enumerate(groups))
    return Tree(name="t", mode=Mode.PAPER, groups=named)


def problems(*groups: tuple[ActorSpec, ...]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        tree(*groups)
    return [str(problem) for problem in caught.value.problems]


def test_a_sound_tree_knows_its_binders() -> None:
    """Each endpoint has one binder; the supervisor's own are among them."""
    router = spec("router", binds=(Bind("strategies", ("s",)), Bind("operator", ("viewer",))))
    sound = tree((router,), (spec("s", connects=("strategies",), needs=("router",)),))
    assert sound.binders == {
        "control": "supervisor",
        "admin": "supervisor",
        "strategies": "router",
        "operator": "router",
    }
    assert [one.name for one in sound.actors()] == ["router", "s"]


@pytest.mark.parametrize(
    ("actors", "problem"),
    [
        ((spec("a"), spec("a")), "the name is used twice"),
        ((spec("supervisor"),), "the name is used twice"),
        ((spec("viewer"),), "the name is used twice"),
        ((spec("../a"),), "is not a name for an actor"),
        ((spec("A"),), "is not a name for an actor"),
        ((spec("a", binds=(Bind("x/y"),)),), "is not a name for an endpoint"),
        ((spec("a", binds=(Bind("x"),)), spec("b", binds=(Bind("x"),))), "has another binder"),
        ((spec("a", binds=(Bind("control"),)),), "has another binder"),
        ((spec("a", binds=(Bind("x", ("nobody",)),)),), "lets an unknown peer 'nobody' into"),
        ((spec("a", binds=(Bind("market.v", ("a",)),)),), "goes without keys"),
        ((spec("a", connects=("x",)),), "connects to 'x', which nobody binds"),
        ((spec("a", needs=("b",)), spec("b")), "needs 'b', which is not there or stands later"),
        ((spec("a", needs=("a",)),), "needs 'a', which"),
        ((spec("a", settings={"u": Published("b", "k")}),), "needs 'b', which is not there"),
        ((spec("a", secrets={"u": Published("b", "k")}),), "needs 'b', which is not there"),
    ],
)
def test_each_fault_of_a_tree_is_named(actors: tuple[ActorSpec, ...], problem: str) -> None:
    """A tree that cannot work is refused with the reason."""
    assert any(problem in found for found in problems(actors))


def test_all_faults_are_reported_at_once() -> None:
    """Every problem of a tree is in one error."""
    assert len(problems((spec("a", connects=("x",)), spec("a", needs=("y",))))) == 3


def test_a_tree_is_bounded() -> None:
    """More processes than a host can carry are refused."""
    many = tuple(spec(f"a{number}") for number in range(ACTORS_MAX + 1))
    assert any("processes" in found for found in problems(many))


def test_needs_include_whoever_publishes_a_setting() -> None:
    """Declared needs and placeholders both count."""
    one = spec("a", needs=("x",), settings={"u": Published("y")}, secrets={"s": Published("z")})
    assert one.all_needs == {"x", "y", "z"}


def test_secrets_do_not_show() -> None:
    """Printing a spec masks its secrets."""
    assert "hunter2" not in repr(spec("a", secrets={"password": Secret("hunter2")}))
