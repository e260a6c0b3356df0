"""All checkers by number, and the one way to have a history judged by them."""

from collections.abc import Iterable

from engine.drill.checkers.agreement import INV_3, INV_5
from engine.drill.checkers.custody import INV_1, INV_2, INV_4
from engine.drill.checkers.doubt import INV_7
from engine.drill.checkers.exposure import INV_8
from engine.drill.checkers.halting import INV_9
from engine.drill.checkers.history import History
from engine.drill.checkers.leaks import INV_16, INV_17
from engine.drill.checkers.marketdata import INV_12
from engine.drill.checkers.processes import INV_13, INV_14, INV_15
from engine.drill.checkers.replaying import INV_10, INV_11
from engine.drill.checkers.reporting import INV_6
from engine.drill.checkers.verdict import Checker, Verdict

CHECKERS: tuple[Checker, ...] = (
    INV_1, INV_2, INV_3, INV_4, INV_5, INV_6, INV_7, INV_8, INV_9, INV_10, INV_11, INV_12, INV_13,
    INV_14, INV_15, INV_16, INV_17,
)  # fmt: skip
"""INV-1 to INV-17, in their order."""


def judge(history: History, checkers: Iterable[Checker] = CHECKERS) -> tuple[Verdict, ...]:
    """The verdicts of these checkers on a history, in their order."""
    return tuple(checker.check(history) for checker in checkers)
