"""The verdicts on a drill: one per invariant, from the independent witnesses of the run."""

from collections.abc import Sequence

import attrs

from actors.drill.evidence import history_of
from actors.drill.harness import Harness, Outcome
from engine.drill.checkers import CHECKERS, judge


@attrs.frozen
class Judged:
    """What became of one invariant; `held` None: it could not be checked."""

    id: str
    title: str
    held: bool | None
    detail: str


def judged(harness: Harness) -> list[Judged]:
    """All verdicts: what the harness saw itself, then the invariants over all evidence."""
    titles = {checker.id: checker.title for checker in CHECKERS}
    verdicts = judge(history_of(harness))
    return [
        *_own(harness.outcome),
        *(Judged(v.invariant, titles[v.invariant], v.held, v.detail) for v in verdicts),
    ]


def _own(outcome: Outcome) -> Sequence[Judged]:
    """What the harness saw itself by asking router, venue and strategies."""
    agreed = None if not outcome.completed and not outcome.differences else not outcome.differences
    ended = outcome.completed
    return [
        Judged(
            "AGREE",
            "healed: router, venue and strategies agree",
            agreed and not outcome.course_differences,
            _text([*outcome.course_differences, *outcome.differences])
            if outcome.duration_s
            else "not reached",
        ),
        Judged(
            "SETTLE",
            "trading stopped: orders, fills and positions are the venue's",
            not outcome.settled_differences if ended else None,
            _text(outcome.settled_differences) if ended else "not reached",
        ),
        Judged(
            "RECOVER",
            "started again from the journal: the same state",
            not outcome.recovered_differences if ended else None,
            _text(outcome.recovered_differences) if ended else "not reached",
        ),
        Judged(
            "ONCE",
            "no client order id reached the venue twice",
            not outcome.sent_twice,
            _text(outcome.sent_twice),
        ),
    ]


def _text(differences: Sequence[str]) -> str:
    return "; ".join(differences) or "nothing differs"
