"""What can be said of a journal's invariants from the journal alone: for `journal verify`."""

from pathlib import Path
from typing import Any

from engine.drill.checkers import CHECKERS, History, Verdict, judge
from engine.drill.gathering import read_records
from engine.errors import BadEnvelope, InvariantViolation
from engine.orders.book import BookOfOrders

OF_A_JOURNAL = frozenset(f"INV-{number}" for number in (1, 4, 5, 8, 9, 10, 11))
"""Invariants that a journal says something about without any other witness."""

CUT_BYTES_MAX = 16 << 20
"""Larger journals are not cut in many places for INV-10: each cut reads them again."""


def invariants_of(path: Path) -> dict[str, dict[str, Any]]:
    """By invariant: whether it held (None: not checked) and why; `replay` is whether records apply."""
    try:
        records = read_records(path)
        book = BookOfOrders()
        for entry in records:
            book.apply(entry.record)
    except (BadEnvelope, InvariantViolation) as error:
        return {"replay": {"held": False, "detail": str(error)}}
    is_small = path.stat().st_size <= CUT_BYTES_MAX
    history = History(
        records=records,
        journal_bytes=path.read_bytes() if is_small else None,
        journal_file=path,
    )
    chosen = [checker for checker in CHECKERS if checker.id in OF_A_JOURNAL]
    return {
        "replay": {"held": True, "detail": "every record can be applied"},
        **{verdict.invariant: _row(verdict) for verdict in judge(history, chosen)},
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    return {"held": verdict.held, "detail": verdict.detail}
