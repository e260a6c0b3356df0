"""What processes under a drill note for the checkers: sync points of the router, what strategies heard.

One file per kind in the run directory (`engine.drill.witness`). Nothing is noted unless fault points
are on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from engine.clock import Clock
from engine.drill.faultpoints import Points
from engine.drill.witness import WitnessFile
from engine.messages.orders import (
    ExecutionReport,
    IntentJournaled,
    SnapshotEnd,
    SnapshotPart,
)

SYNCS_FILE: Final = "drill.syncs.jsonl"
HEARD_FILE: Final = "drill.heard.jsonl"


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
    notes, last = WitnessFile(run_dir / SYNCS_FILE), -1

    def noted(*arguments: object) -> None:
        nonlocal last
        function(*arguments)
        sequence = through()
        if sequence != last:
            last = sequence
            notes.note(clock.monotonic_ns(), "synced", sequence=sequence)

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
    notes = WitnessFile(run_dir / HEARD_FILE)

    def noted(mono_ns: int, row: dict[str, object]) -> None:
        word = str(row.pop("word"))
        notes.note(mono_ns, word, strategy=strategy, boot=boot, **row)

    def handled(message: object, mono_ns: int, wall_ns: int) -> None:
        before = host.report_taken
        # Noted before the plugin hears it: it may be killed in its callback.
        for row in _rows(message) if _is_next(message, before) else ():
            noted(mono_ns, row)
        host.handle(message, mono_ns, wall_ns)
        if isinstance(message, SnapshotEnd):
            noted(mono_ns, {"word": "resync", "number": host.report_seen})

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
