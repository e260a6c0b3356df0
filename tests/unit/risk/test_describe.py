"""docs/risk.md against controls, codes and limits."""

from engine.risk.codes import MEANING, DenialCode
from engine.risk.controls import CONTROLS
from engine.risk.describe import CODES, codes_table, controls_table, limits_table, rules_table
from engine.risk.rules import ELSEWHERE, RULES
from tests.kit.documents import check_generated


def test_controls_are_current():
    """The list of controls in the documentation is the one in force."""
    check_generated("risk.md", "<!-- generated: controls -->", controls_table())


def test_codes_are_current():
    """Every denial code is documented."""
    assert set(MEANING) == set(DenialCode)
    check_generated("risk.md", "<!-- generated: codes -->", codes_table())


def test_limits_are_current():
    """Every limit is documented."""
    check_generated("risk.md", "<!-- generated: limits -->", limits_table())


def test_every_control_says_its_codes():
    """Each control is in the list once and names what it can answer."""
    assert len(set(CONTROLS)) == len(CONTROLS)
    assert set(CODES) == set(CONTROLS)


def test_rules_are_current():
    """Each of the 35 rules is in the table, and none of them is carried out by nothing."""
    assert list(RULES) == [f"PT-{number:02}" for number in range(1, 36)]
    assert set(ELSEWHERE) <= set(RULES)
    assert "|  |" not in rules_table()
    check_generated("risk.md", "<!-- generated: rules -->", rules_table())
