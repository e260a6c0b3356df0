"""`errors`: every code of the fact sheet has a verdict, and the verdicts are safe."""

import pytest

from actors.venues.wooxpro.errors import RULES, Verdict, explain, judge

SHEET_GATE = [
    1000, 30000, 30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30010, 30011, 30012, 30013,
    30014, 30016, 30017, 30018, 30019, 30030, 30031,
]  # fmt: skip
SHEET_CONTRACT = [*range(40001, 40051), 40059, 42000]


def test_every_code_of_the_sheet_has_a_verdict_and_no_other_code_has():
    """The table is complete (sections 8.1 and 8.2)."""
    assert sorted(RULES) == SHEET_GATE + SHEET_CONTRACT


@pytest.mark.parametrize("code", SHEET_GATE + SHEET_CONTRACT)
def test_every_verdict_has_words(code: int):
    """An operator reads more than a number."""
    assert explain(code)


@pytest.mark.parametrize(("status", "code"), [(500, 40012), (503, 30014), (403, 40050)])
def test_codes_that_prove_nothing_leave_the_outcome_unknown(status: int, code: int):
    """A server fault or a repeated id is not a rejection of the order."""
    assert judge(status, code) is Verdict.UNKNOWN
    assert not judge(status, code).known


@pytest.mark.parametrize("status", [0, 199, 204, 301, 302, 408, 421, 499, 500, 502, 503, 504, 520])
def test_a_status_without_code_that_proves_nothing_is_unknown(status: int):
    """Only statuses that mean "not carried out" for whoever sends them are known."""
    assert judge(status, None) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, "refused"),
        (401, "auth"),
        (403, "permission"),
        (404, "ours"),
        (418, "rate"),
        (429, "rate"),
    ],
)
def test_a_status_without_code_that_refuses_is_known(status: int, verdict: str):
    """The HTTP statuses of section 8 decide when the body does not."""
    assert judge(status, None) == verdict


def test_success_needs_both_the_code_and_the_status():
    """1000 with another status, or 200 with an unknown code, proves nothing."""
    assert judge(200, 1000) is Verdict.OK
    assert judge(502, 1000) is Verdict.UNKNOWN
    assert judge(200, 12345) is Verdict.UNKNOWN
    assert judge(200, None) is Verdict.UNKNOWN


def test_a_code_newer_than_the_table_refuses_where_the_status_does():
    """40999 with 400 is a plain no; with 500 it is nothing."""
    assert judge(400, 40999) is Verdict.REFUSED
    assert judge(500, 40999) is Verdict.UNKNOWN
