"""`rets`: every code of the fact sheet has a row, and every row an action."""

import pytest

from actors.venues.alltick.rets import RULES, Action, action_of, action_of_status, explain


@pytest.mark.parametrize(
    ("ret", "action"),
    [
        (200, Action.NONE),
        (201, Action.OURS),
        (202, Action.OURS),
        (400, Action.OURS),
        (401, Action.STOP),
        (402, Action.OURS),
        (429, Action.LATER),
        (600, Action.CODES),
        (601, Action.OURS),
        (603, Action.FEWER),
        (604, Action.CODES),
        (605, Action.LATER),
        (606, Action.LEAVE),
    ],
)
def test_each_documented_code(ret: int, action: Action):
    """Section 6, all of it."""
    assert action_of(ret) is action
    assert explain(ret)


def test_the_table_holds_the_documented_codes_only():
    """A code that is not documented is retried little, and says so."""
    assert set(RULES) == {200, 201, 202, 400, 401, 402, 429, 600, 601, 603, 604, 605, 606}
    assert action_of(999) is Action.OURS
    assert "not documented" in explain(999)


def test_a_status_counts_where_there_is_no_code():
    """Proxies know no codes."""
    assert action_of_status(401) is Action.STOP
    assert action_of_status(429) is Action.LATER
    assert action_of_status(503) is Action.LATER
    assert action_of_status(404) is Action.OURS
