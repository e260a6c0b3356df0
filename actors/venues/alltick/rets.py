"""The venue's codes (`ret`), stream and HTTP alike: what each means and what is done about it.

One row per code of the fact sheet (section 6). The HTTP status may disagree with the code; the code
counts, and the status only where no code could be read.
"""

from enum import StrEnum
from typing import Final

import attrs


class Action(StrEnum):
    """What a code calls for."""

    NONE = "none"
    """Success."""
    STOP = "stop"
    """The token is of no use: no further attempt."""
    LATER = "later"
    """Asked too often: pause as long as the plan wants, then the same again."""
    LEAVE = "leave"
    """The venue closes the connection: leave it, and come back after the plan's pause."""
    CODES = "codes"
    """Some code of the list is not served: find it by halves, and do without it."""
    FEWER = "fewer"
    """The list is too long for the plan: ask for fewer."""
    OURS = "ours"
    """We asked wrongly: say so, try again a few times, then let it rest."""


@attrs.frozen
class Rule:
    """One row of the table."""

    action: Action
    text: str


RULES: Final[dict[int, Rule]] = {
    200: Rule(Action.NONE, "ok"),
    201: Rule(Action.OURS, "request header cannot be read"),
    202: Rule(Action.OURS, "request data cannot be read"),
    400: Rule(Action.OURS, "request cannot be read"),
    401: Rule(Action.STOP, "token is invalid or has expired"),
    402: Rule(Action.OURS, "query parameter cannot be read"),
    429: Rule(Action.LATER, "asked more often than the plan allows"),
    600: Rule(Action.CODES, "unknown code, or a code of the other endpoint family"),
    601: Rule(Action.OURS, "body of the request is empty"),
    603: Rule(Action.FEWER, "more codes or bars than the plan allows"),
    604: Rule(Action.CODES, "the plan does not include this code"),
    605: Rule(Action.LATER, "too many HTTP requests"),
    606: Rule(Action.LEAVE, "too many requests or connections; the venue closes this one"),
}
"""Code → action and text. The texts are ours; the venue's own text goes with every report."""

_STOP_STATUS: Final = 401
_LATER_STATUSES: Final = frozenset({408, 418, 429})


def action_of(ret: int) -> Action:
    """What a code calls for; an unlisted one is taken for a fault of ours, which is retried little."""
    rule = RULES.get(ret)
    return rule.action if rule else Action.OURS


def action_of_status(status: int) -> Action:
    """What an HTTP status without a readable code calls for: only 4xx says that we asked wrongly."""
    if status == _STOP_STATUS:
        return Action.STOP
    ours = 400 <= status < 500 and status not in _LATER_STATUSES
    return Action.OURS if ours else Action.LATER


def explain(ret: int) -> str:
    """Our text for a code."""
    rule = RULES.get(ret)
    return rule.text if rule else "a code that is not documented"
