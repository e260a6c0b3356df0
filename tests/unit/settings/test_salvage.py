"""A configuration with faults is still checked in all its other parts, and no fault echoes."""

from engine.errors import Problem
from engine.model.enums import Mode
from engine.settings import examine_text
from tests.unit.settings.test_loader import GOOD


def test_a_good_file_has_no_problems():
    """Examined and loaded settings are the same."""
    examined = examine_text(GOOD)

    assert examined.problems == ()
    assert examined.unreadable == frozenset()
    assert examined.settings.strategies[0].name == "btc-cross"


def test_a_fault_in_one_key_keeps_the_others():
    """The section goes on without the key; what can be read is what stands there."""
    text = GOOD.replace("[engine]", "[engine]\nnmae = 1").replace(
        "speed = 2.0", "speed = 2.0, x = 1"
    )
    settings = examine_text(text).settings

    assert settings.engine.name == "desk"
    assert settings.venues["wooxpro"].simulator.speed == 2.0
    assert settings.strategies[0].enabled


def test_a_fault_hides_no_missing_confirmation():
    """An unknown key and a missing second switch are reported together."""
    text = GOOD.replace('mode = "paper"', 'mode = "live"\nnmae = 1')
    paths = {problem.path for problem in examine_text(text).problems}

    assert paths == {"engine", "live.confirm"}


def test_a_strategy_without_its_class_keeps_its_place():
    """The one behind it keeps its number; the broken one is checked no further."""
    broken = '[[strategies]]\nname = "x"\ninstruments = ["A.WOOXPRO"]\n\n[[strategies]]'
    settings = examine_text(GOOD.replace("[[strategies]]", broken)).settings

    assert [(one.name, one.enabled) for one in settings.strategies] == [
        ("x", False),
        ("btc-cross", True),
    ]


def test_what_cannot_be_read_is_reported_once():
    """A simulator that is no table is no missing credentials, a name that is no text not used twice."""
    text = GOOD.replace("{ speed = 2.0 }", "3").replace('name = "btc-cross"', "name = 3")
    examined = examine_text(text)
    echoes = [
        Problem("venues.wooxpro.simulator.replay", "there is no folder"),
        Problem("strategies[0].name", "is used twice"),
    ]
    news = [Problem("venues.wooxpro", "there is no such venue"), Problem("strategies[0]", "new")]

    assert len(examined.problems) == 2
    assert examined.settings.venues["wooxpro"].simulator is not None
    assert examined.without_echoes([*echoes, *news]) == news


def test_sections_that_are_no_tables():
    """Whatever stands in their place, the rest is still looked at."""
    examined = examine_text("engine = 1\nstrategies = 2\nvenues = 3\nrisk = 4\npaper = 5\nlive = 6")

    assert {problem.path for problem in examined.problems} == {
        "engine", "strategies", "venues", "risk", "paper", "live",
    }  # fmt: skip
    assert examined.settings.engine.mode is Mode.PAPER


def test_a_name_used_twice_is_said_once():
    """The tree of processes would complain about the same name again."""
    again = '[[strategies]]\nname = "btc-cross"\nclass = "a:B"\ninstruments = ["A.WOOXPRO"]\n'
    examined = examine_text(GOOD + again)

    assert [problem.path for problem in examined.problems] == ["strategies[1].name"]
    assert examined.without_echoes([Problem("strategy.btc-cross", "the name is used twice")]) == []


def test_a_strategys_problem_knows_its_name():
    """People read it behind the number that counts from 0; programs find the path as ever."""
    second = '[[strategies]]\nname = "es-cross"\nclass = "x:X"\ninstruments = []\n\n[[strategies]]\nnmae = 1'
    examined = examine_text(f"{GOOD}\n{second}")
    later = examined.named([Problem("strategies[1].parameters", "p", "h"), Problem("engine", "e")])
    nameless = [problem for problem in examined.problems if problem.path == "strategies[2]"]

    assert [each.where for each in later] == ["strategies[1] (es-cross).parameters", "engine"]
    assert (later[0].path, str(later[0])) == (
        "strategies[1].parameters",
        "strategies[1] (es-cross).parameters: p (h)",
    )
    assert "strategies[1] (es-cross).instruments" in [each.where for each in examined.problems]
    assert {problem.where for problem in nameless} == {"strategies[2]"}
