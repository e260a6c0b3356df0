"""INV-10, INV-11: a cut journal gives back what was whole, and the same journal the same state."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from engine.drill.checkers.history import History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.errors import InvariantViolation
from engine.journal import HEADER_BYTES, scan
from engine.orders.book import BookOfOrders
from engine.orders.dump import dump

CUTS_MAX = 40
"""Places at which a journal is cut; spread over the file, at record ends and inside records."""

DIGEST_WITHIN_S = 300.0
"""How long the other process may take."""


def digest_of(records: Iterable[object]) -> str:
    """A fingerprint of the money state that the records lead to."""
    book = BookOfOrders()
    for record in records:
        book.apply(record)
    return digest_of_state(dump(book))


def digest_of_state(state: bytes) -> str:
    """The fingerprint of a dumped state."""
    return hashlib.sha256(state).hexdigest()


def digest_elsewhere(file: Path, count: int) -> str:
    """The same of the first `count` records of the file, by a process with another order of hashes.

    Raises:
        subprocess.SubprocessError: it could not do it.
    """
    command = [sys.executable, "-m", "engine.drill.checkers.digest", str(file), str(count)]
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(  # noqa: S603 - our own module
        command,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=DIGEST_WITHIN_S,
    )
    return done.stdout.strip()


def _prefixes(history: History, findings: Findings, *, cuts_max: int) -> None:
    data = history.journal_bytes or b""
    whole = scan(data)
    ends = [HEADER_BYTES, *(record.end for record in whole.records)]
    bodies = [record.body for record in whole.records]
    for cut in _cuts(ends, len(data), cuts_max):
        kept = scan(data[:cut])
        wanted = sum(1 for end in ends[1:] if end <= cut)
        findings.expect(
            [record.body for record in kept.records] == bodies[:wanted],
            f"cut at byte {cut}: {len(kept.records)} records instead of the first {wanted}",
        )
        findings.expect(
            cut >= len(data) or kept.end.reason.recoverable,
            f"cut at byte {cut}: not recoverable, {kept.end.reason}",
        )
    if history.sync_points:
        synced, last = history.sync_points[-1].sequence, whole.end.last_sequence
        findings.expect(synced <= last, f"record {synced} was synced, the file ends with {last}")
    if history.records is not None and history.records:
        there = {record.sequence for record in whole.records}
        newest = history.records[-1].sequence
        findings.expect(newest in there, f"record {newest} is not in the file")


def _cuts(ends: list[int], size: int, cuts_max: int) -> list[int]:
    """Spread evenly; from another place on in each file, so that many files are cut everywhere."""
    step = max(1, len(ends) * 3 // cuts_max)
    near = [cut for end in ends for cut in (end - 1, end, end + 7) if 0 <= cut <= size]
    return sorted({*near[size % step :: step], size})


def _deterministic(history: History, findings: Findings) -> None:
    records = [entry.record for entry in history.records or ()]
    try:
        first = digest_of(records)
        second = digest_of(records) if history.state is None else digest_of_state(history.state)
    except (InvariantViolation, ValueError, KeyError) as error:
        findings.violated(f"the records cannot be applied: {error}")
        return
    whose = "two replays in one process differ"
    if history.state is not None:
        whose = "a replay differs from what the router had made of it"
    findings.expect(first == second, whose)
    if history.journal_file is None:
        return
    try:
        elsewhere = digest_elsewhere(history.journal_file, len(records))
    except subprocess.SubprocessError as error:
        findings.violated(f"another process could not replay it: {error}")
        return
    findings.expect(first == elsewhere, "a replay in another process differs")


def journal_cut(cuts_max: int) -> Checker:
    """INV-10 with at most about so many cuts."""
    return Checker(
        "INV-10",
        "a journal cut anywhere gives exactly the records that were whole; none that was synced is gone",
        needs=frozenset({Evidence.JOURNAL_BYTES}),
        uses=frozenset({Evidence.SYNC_POINTS}),
        run=partial(_prefixes, cuts_max=cuts_max),
    )


INV_10 = journal_cut(CUTS_MAX)
INV_11 = Checker(
    "INV-11",
    "the same journal gives byte-identical state, twice, in two processes",
    needs=frozenset({Evidence.RECORDS}),
    uses=frozenset({Evidence.JOURNAL_FILE}),
    run=_deterministic,
)
