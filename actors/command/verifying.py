"""What can be said of a journal's invariants from the journal alone: for `journal verify`."""

from pathlib import Path
from typing import Any

from engine.drill.checkers import CHECKERS, Entry, History, Verdict, judge
from engine.drill.gathering import read_records
from engine.errors import BadEnvelope
from engine.journal import scan

OF_A_JOURNAL = frozenset(f"INV-{number}" for number in (1, 4, 5, 8, 9, 10, 11))
"""Invariants that a journal says something about without any other witness."""

CUT_BYTES_MAX = 16 << 20
"""Larger journals are not cut in many places for INV-10: each cut reads them again."""


def invariants_of(journal: Path) -> dict[str, dict[str, Any]]:
    """By invariant: whether it held (None: not checked) and why.

    Empty when records cannot be read, or when the first ones were removed: what follows means nothing
    without them.
    """
    try:
        records = read_records(journal)
    except BadEnvelope:
        return {}
    if records and records[0].sequence > 1:
        return {}
    history = History(
        records=records, journal_bytes=_bytes_of(journal, records), journal_file=journal
    )
    chosen = [checker for checker in CHECKERS if checker.id in OF_A_JOURNAL]
    return {verdict.invariant: _row(verdict) for verdict in judge(history, chosen)}


def _bytes_of(journal: Path, records: tuple[Entry, ...]) -> bytes | None:
    """The file, where it holds the whole journal and is small enough to be cut again and again."""
    if journal.stat().st_size > CUT_BYTES_MAX:
        return None
    data = journal.read_bytes()
    return data if scan(data).end.records == len(records) else None


def _row(verdict: Verdict) -> dict[str, Any]:
    return {"held": verdict.held, "detail": verdict.detail}
