"""The error table: the verdict of every code, of unknown ones, and of answers without the envelope."""

import pytest

from actors.venues.longbridge.errors import RULES, Verdict, explain, judge

DOCUMENTED = {
    403201: Verdict.AUTH,
    403202: Verdict.UNKNOWN,
    403203: Verdict.AUTH,
    403205: Verdict.PERMISSION,
    401003: Verdict.EXPIRED,
    401004: Verdict.AUTH,
    401102: Verdict.AUTH,
    429001: Verdict.RATE,
    429002: Verdict.RATE,
    429303: Verdict.UNKNOWN,
    500000: Verdict.UNKNOWN,
    602001: Verdict.REFUSED,
    602012: Verdict.REFUSED,
    602035: Verdict.REFUSED,
    602315: Verdict.PERMISSION,
}


def test_the_table_is_the_sheets():
    """No code more, none less; success apart."""
    assert {code: rule.verdict for code, rule in RULES.items() if code} == DOCUMENTED
    assert all(explain(code) for code in RULES)


@pytest.mark.parametrize(("code", "verdict"), DOCUMENTED.items())
@pytest.mark.parametrize("status", [200, 400, 403, 429, 500])
def test_a_listed_code_outweighs_the_status(code: int, verdict: Verdict, status: int):
    """The venue's own client looks at the code first as well."""
    assert judge(status, code) is verdict


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (200, 0, Verdict.OK),
        (500, 0, Verdict.UNKNOWN),
        (400, 602_999, Verdict.REFUSED),
        (200, 603_001, Verdict.REFUSED),
        (500, 603_001, Verdict.UNKNOWN),
        (200, 777, Verdict.UNKNOWN),
        (400, 777, Verdict.REFUSED),
        (401, 777, Verdict.AUTH),
        (503, 777, Verdict.UNKNOWN),
        (429, None, Verdict.RATE),
        (400, None, Verdict.REFUSED),
        (403, None, Verdict.PERMISSION),
        (404, None, Verdict.OURS),
        (200, None, Verdict.UNKNOWN),
        (408, None, Verdict.UNKNOWN),
        (500, None, Verdict.UNKNOWN),
        (502, None, Verdict.UNKNOWN),
        (504, None, Verdict.UNKNOWN),
        (0, None, Verdict.UNKNOWN),
    ],
)
def test_what_is_not_listed_is_judged_by_range_and_status(
    status: int, code: int | None, verdict: Verdict
):
    """Known only where the number itself says "not carried out"."""
    assert judge(status, code) is verdict


def test_only_unknown_is_not_known():
    """Every other verdict answers whether the request was carried out."""
    assert [verdict for verdict in Verdict if not verdict.known] == [Verdict.UNKNOWN]
