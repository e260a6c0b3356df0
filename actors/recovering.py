"""Opening the router's journal: from the newest snapshot that can be used, and the records after it.

Whatever had to be passed over or cut off on the way is told in words: the router alarms it.
"""

import gc
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from actors.folding import state_of
from engine.clock import Clock
from engine.journal import Durability, JournalFile, JournalHeader, JournalWriter
from engine.journal.snapshot import newest
from engine.model.enums import Mode
from engine.orders.records import FORMAT_VERSION
from engine.orders.router import RouterCore


@attrs.frozen(kw_only=True)
class Recovered:
    """The journal, ready to be continued, and what its recovery took."""

    journal: JournalWriter
    snapshot_sequence: int
    took_s: float
    problems: tuple[str, ...]


def recover(
    file: Path,
    durability: Durability,
    *,
    mode: Mode,
    core: RouterCore,
    clock: Clock,
    open_file: Callable[[Path], JournalFile] = JournalFile.open,
) -> Recovered:
    """Bring `core` to the state that the journal says, and open the journal.

    Raises:
        JournalError: see `JournalWriter`; the core is not to be used then.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    began_ns = clock.monotonic_ns()
    with _no_collector():
        found = newest(file, state_of, format_version=FORMAT_VERSION)
        if found.state is not None:
            core.restore(found.state)
        journal = JournalWriter(
            file,
            durability,
            header=JournalHeader(
                mode=mode,
                format_version=FORMAT_VERSION,
                created_ns=clock.wall_ns(),
                file_id=secrets.token_bytes(16),
            ),
            clock_ns=clock.monotonic_ns,
            on_record=lambda record: core.recover(record.body),
            after=found.sequence,
            open_file=open_file,
        )
    problems = list(found.problems)
    if dropped := journal.recovered.dropped_bytes:
        end = journal.recovered.end
        problems.append(f"{dropped} bytes behind record {end.last_sequence} dropped: {end.detail}")
    return Recovered(
        journal=journal,
        snapshot_sequence=found.sequence,
        took_s=(clock.monotonic_ns() - began_ns) / 1e9,
        problems=tuple(problems),
    )


@contextmanager
def _no_collector() -> Iterator[None]:
    """Nothing that a recovery makes is garbage; looking for some would take a third of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
