"""A short-lived process that makes one snapshot of a journal, beside the process that writes it.

It folds the journal itself, from the newest snapshot to the record it is told, with a state of its own:
so the writer (the router, a paper venue) never waits for it, what it writes is what a recovery would
find, and the journal is read and checked on the way. It starts when the writer asks for it, has the
lowest priority, and ends with the writer. What it did is one JSON line on its standard output; a failure is one line on the other.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import attrs

from actors.folds import FOLDS, ROUTER, Fold
from engine.errors import EngineError, JournalCorrupt
from engine.journal import Chain, Record
from engine.journal.reader import mark_of
from engine.journal.record import JournalHeader
from engine.journal.snapshot import SnapshotHeader, newest, prune, write_snapshot
from engine.orders.book import BookOfOrders

NICENESS = 19
"""The lowest: the order path needs the processor more."""

LOOK_EVERY_RECORDS = 20_000
"""Records between two looks whether the router is still there; half a second."""


@attrs.frozen(kw_only=True)
class Task:
    """Fold `journal` up to record `through`; remove segments that ended before `keep_from_ns`."""

    journal: Path
    through: int
    keep_from_ns: int
    into: Fold[Any] = ROUTER


@attrs.frozen(kw_only=True)
class Folded:
    """The state after record `last` of the segment with this header."""

    state: object
    last: Record
    header: JournalHeader
    problems: tuple[str, ...]


def state_of(body: bytes) -> tuple[BookOfOrders, bool]:
    """A snapshot's body as a book, and whether this release made it; ValueError when it is none."""
    return ROUTER.thaw(body)


def fold(task: Task, *, parent: int | None = None) -> Folded | None:
    """Fold the journal; None when there is nothing newer than the newest snapshot.

    Raises:
        JournalError: it cannot be read, is damaged before `through`, or ends before it.
        InterruptedError: the process `parent` is gone.
    """
    into = task.into
    found = newest(
        task.journal, into.thaw, format_version=into.format_version, at_most=task.through
    )
    state = into.begin() if found.state is None else found.state
    if found.sequence >= task.through:
        return None
    last, expected = None, found.sequence + 1
    with Chain(task.journal, after=found.sequence) as chain:
        for last in chain:
            if last.sequence != expected:
                break
            into.apply(state, last.body)
            expected += 1
            if expected > task.through:
                break
            if parent is not None and expected % LOOK_EVERY_RECORDS == 0:
                _check_parent(parent)
        header = chain.header
        chain.sync()
    if last is None or header is None or expected <= task.through:
        raise JournalCorrupt(f"{task.journal}: record {expected} is not there", offset=0)
    return Folded(state=state, last=last, header=header, problems=found.problems)


def make_snapshot(task: Task, *, parent: int | None = None) -> dict[str, object]:
    """Fold, write, and remove what is not needed any more; what was done, in plain values.

    Raises:
        JournalError: nothing was written, or it was written and nothing removed.
    """
    began_s = time.monotonic()
    folded = fold(task, parent=parent)
    problems: tuple[str, ...] = ()
    size = 0
    if folded is not None:
        body = task.into.freeze(folded.state)
        size, problems = len(body), folded.problems
        header = SnapshotHeader(
            mark=mark_of(folded.last),
            file_id=folded.header.file_id,
            format_version=folded.header.format_version,
        )
        write_snapshot(task.journal, header, body)
    removed = prune(task.journal, keep_from_ns=task.keep_from_ns)
    return {
        "sequence": task.through,
        "bytes": size,
        "took_s": round(time.monotonic() - began_s, 3),
        "problems": list(problems),
        "removed": [path.name for path in removed],
    }


def _check_parent(parent: int) -> None:
    if os.getppid() != parent:
        raise InterruptedError("who asked for it is gone")


def main(arguments: list[str]) -> int:
    """`python -m actors.folding FOLD JOURNAL THROUGH KEEP_FROM_NS`."""
    os.nice(NICENESS)
    gc.disable()  # nothing here is garbage before the end, and looking costs as much as the work
    parent = os.getppid()
    fold_name, journal, through, keep_from_ns = arguments
    task = Task(
        journal=Path(journal),
        through=int(through),
        keep_from_ns=int(keep_from_ns),
        into=FOLDS[fold_name],
    )
    try:
        done = make_snapshot(task, parent=parent)
    except (EngineError, InterruptedError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(done) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
