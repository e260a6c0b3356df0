"""What processes under a drill note for the checkers: sync points of the router, what strategies heard.

One file per kind in the run directory, one JSON row per line, appended with one write, so that a kill
cuts at most the last line off. Nothing is noted unless fault points are on.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from engine.clock import Clock
from engine.drill.faultpoints import Points
from engine.errors import BadEnvelope
from engine.messages.orders import (
    ExecutionReport,
    IntentJournaled,
    SnapshotEnd,
    SnapshotPart,
)

SYNCS_FILE: Final = "drill.syncs.jsonl"
HEARD_FILE: Final = "drill.heard.jsonl"


class Notes:
    """An append-only file of rows."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def add(self, row: Mapping[str, object]) -> None:
        """Append one row."""
        os.write(self._fd, (json.dumps(row) + "\n").encode())


def read_notes(file: Path) -> Iterator[dict[str, Any]]:
    """Rows noted so far; a line that was cut off is left out.

    Raises:
        BadEnvelope: a line in the middle is no row.
    """
    try:
        lines = file.read_text(encoding="ascii").split("\n")[:-1]
    except OSError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            raise BadEnvelope(f"{file.name} has a line that is no row") from None


def noting_syncs(
    points: Points,
    run_dir: Path,
    clock: Clock,
    function: Callable[..., None],
    through: Callable[[], int],
) -> Callable[..., None]:
    """`function`, noting after it through which record the journal is durable; itself when off."""
    if not points.on:
        return function
    notes, last = Notes(run_dir / SYNCS_FILE), -1

    def noted(*arguments: object) -> None:
        nonlocal last
        function(*arguments)
        sequence = through()
        if sequence != last:
            last = sequence
            notes.add({"sequence": sequence, "mono_ns": clock.monotonic_ns()})

    return noted


class Hearing(Protocol):
    """A strategy's host, as far as notes are concerned."""

    def handle(self, message: object, mono_ns: int, wall_ns: int) -> None:
        """Take a message in."""
        ...

    @property
    def report_seen(self) -> int:
        """Number of the last report that was handled."""
        ...

    @property
    def report_taken(self) -> int:
        """Number of the last report that was handled, or waits for the start to be."""
        ...


def noting_reports(
    points: Points, run_dir: Path, host: Hearing, strategy: str, boot: int
) -> Callable[[object, int, int], None]:
    """`host.handle`, noting which reports, confirmations and snapshots it took; itself when off."""
    if not points.on:
        return host.handle
    notes = Notes(run_dir / HEARD_FILE)

    def handled(message: object, mono_ns: int, wall_ns: int) -> None:
        before = host.report_taken
        # Noted before the plugin hears it: it may be killed in its callback.
        for row in _rows(message) if _is_next(message, before) else ():
            notes.add({"mono_ns": mono_ns, "strategy": strategy, "boot": boot, **row})
        host.handle(message, mono_ns, wall_ns)
        if isinstance(message, SnapshotEnd):
            resync = {"word": "resync", "number": host.report_seen}
            notes.add({"mono_ns": mono_ns, "strategy": strategy, "boot": boot, **resync})

    return handled


def _is_next(message: object, seen: int) -> bool:
    return not isinstance(message, ExecutionReport) or message.number in (0, seen + 1)


def _rows(message: object) -> list[dict[str, object]]:
    if isinstance(message, IntentJournaled):
        return [{"word": "confirmed", "intent_id": message.intent_id}]
    if isinstance(message, SnapshotPart):
        return [_heard(report) for report in message.orders]
    return [_heard(message)] if isinstance(message, ExecutionReport) else []


def _heard(report: ExecutionReport) -> dict[str, object]:
    return {
        "word": "report",
        "intent_id": report.intent_id,
        "client_order_id": report.client_order_id,
        "number": report.number,
        "lifecycle": report.lifecycle.value,
        "cum_qty": str(report.cum_qty),
    }
