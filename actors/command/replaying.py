"""What replaying a journal shows: for `journal verify`, beside what checkers say of a whole history.

The state is folded from the first record kept, or from the oldest snapshot when segments before it were
removed, and compared with each snapshot on the way.
"""

from pathlib import Path
from typing import Any

from actors.command.following import followed
from actors.folding import state_of
from engine.errors import BadEnvelope, InvariantViolation, JournalCorrupt
from engine.journal import Chain
from engine.journal.segments import first_kept
from engine.journal.snapshot import SnapshotUnusable, newest, read_snapshot, snapshot_paths
from engine.orders.book import BookOfOrders
from engine.orders.dump import dump
from engine.orders.records import FORMAT_VERSION, from_bytes

Row = dict[str, Any]


def replayed(journal: Path) -> dict[str, Row]:
    """Whether each record can be applied, and whether each snapshot is the state after its record."""
    try:
        base = _base(journal)
        first, snapshots = _compared(journal, base)
        second, _ = _compared(journal, base)
    except (BadEnvelope, InvariantViolation, JournalCorrupt) as error:
        return {"replay": _row(str(error), held=False)}
    begun = f" from the snapshot of record {base}" if base else ""
    same = first == second
    return {
        "replay": _row(f"every record can be applied{begun}", held=True),
        "INV-11": _row("two replays give the same state" if same else "they differ", held=same),
        **snapshots,
    }


def _row(detail: str, *, held: bool) -> Row:
    return {"held": held, "detail": detail}


def _base(journal: Path) -> int:
    """The record whose snapshot replay must begin from; 0 when nothing was removed."""
    first = first_kept(journal)
    if first <= 1:
        return 0
    usable = [n for n in map(_whole, snapshot_paths(journal)) if n is not None and n >= first - 1]
    if not usable:
        raise JournalCorrupt(f"{journal}: begins with record {first} and has no snapshot", offset=0)
    return min(usable)


def _whole(snapshot: Path) -> int | None:
    try:
        return read_snapshot(snapshot)[0].mark.sequence
    except SnapshotUnusable:
        return None


def _compared(journal: Path, base: int) -> tuple[bytes, dict[str, Row]]:
    """The state after replaying from record `base` on, and what became of the snapshots on the way."""
    book = _state_at(journal, base) or BookOfOrders()
    paths = snapshot_paths(journal)
    marks = {sequence for path in paths if (sequence := _whole(path))}
    found: dict[str, Row] = {}
    with Chain(journal, after=base) as chain:
        for record in followed(chain, "replayed"):
            book.apply(from_bytes(record.body))
            if record.sequence in marks:
                name = f"snapshot {record.sequence}"
                found[name] = _agreement(journal, record.sequence, dump(book))
    if len(paths) > len(marks):
        found["snapshots"] = _row(f"{len(paths) - len(marks)} cannot be read", held=False)
    return dump(book), found


def _agreement(journal: Path, sequence: int, expected: bytes) -> Row:
    state = _state_at(journal, sequence)
    if state is None:
        return _row("of another release: not compared", held=True)
    same = dump(state) == expected
    return _row("is the state after its record" if same else "is another state", held=same)


def _state_at(journal: Path, sequence: int) -> BookOfOrders | None:
    """The state of the snapshot of exactly this record; None without one that can be used."""
    if not sequence:
        return None
    found = newest(journal, state_of, format_version=FORMAT_VERSION, at_most=sequence)
    return found.state if found.sequence == sequence else None
