"""Errors reach a person as text and a program as JSON, with exit codes that do not change."""

import json

import pytest

from actors.command import exits
from engine.errors import ConfigError, ConnectFailed, Problem


def test_the_codes_are_what_programs_rely_on():
    """sysexits.h, and 1 for a check that did not hold."""
    codes = (exits.OK, exits.CHECK_FAILED, exits.USAGE, exits.INTERNAL, exits.TRY_AGAIN)

    assert codes == (0, 1, 64, 70, 75)
    assert exits.CONFIG == 78


def test_all_problems_are_shown_with_their_hints(capsys):
    """On standard error, each with its path, and nothing on standard output."""
    error = ConfigError(
        Problem("engine.mode", "is odd", "paper or live"), Problem("x[0]", "is bad")
    )

    assert exits.fail_config(error) == exits.CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    assert "2 problems in the configuration" in err
    assert "  engine.mode: is odd" in err
    assert "    → paper or live" in err
    assert "  x[0]: is bad" in err


def test_one_problem_is_one(capsys):
    """The count is in English."""
    exits.show_problems([Problem("a", "b")])
    assert "1 problem in the configuration" in capsys.readouterr().err


def test_problems_as_json(capsys):
    """`[{path, problem, hint}]` on standard output, nothing on standard error."""
    exits.fail_config(ConfigError(Problem("a", "b", "c")), as_json=True)
    out, err = capsys.readouterr()

    assert json.loads(out) == [{"path": "a", "problem": "b", "hint": "c"}]
    assert err == ""


@pytest.mark.parametrize("nasty", ["[/bold]", "[red]x[/red]", r"\[/x]", "a [b] c", "[["])
def test_text_of_others_is_shown_as_it_is(capsys, nasty):
    """Brackets in a file, a path or a venue's answer are no markup."""
    exits.show_error(nasty, nasty)
    exits.show_problems([Problem(nasty, nasty, nasty)])

    assert capsys.readouterr().err.count(nasty) == 5


def test_errors_are_found_in_groups_of_groups():
    """Whatever nursery they came through, in order."""
    one = ConfigError(Problem("a", "1"), Problem("a", "2"))
    two, other = ConfigError(Problem("b", "3")), ConnectFailed("x")
    group = BaseExceptionGroup("", [one, BaseExceptionGroup("", [other, two])])

    assert exits.leaves(group) == [one, other, two]
    assert [str(problem) for problem in exits.problems_in(group)] == ["a: 1", "a: 2", "b: 3"]
