"""Opening a paper venue's journal: its account from the newest snapshot, and the records after it."""

import secrets
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import attrs

from actors.folds import PAPER
from engine.clock import Clock
from engine.errors import BadEnvelope, JournalError
from engine.journal import Durability, JournalHeader, JournalWriter, Record
from engine.journal.snapshot import newest
from engine.model.enums import Mode
from engine.paper.book import PaperBook


@attrs.frozen(kw_only=True)
class PaperRecovered:
    """The journal, ready to be continued, the account it leads to, and what had to be passed over."""

    journal: JournalWriter
    book: PaperBook
    snapshot_sequence: int
    problems: tuple[str, ...]


def recover_paper(file: Path, cash: Mapping[str, Decimal], clock: Clock) -> PaperRecovered:
    """Open the journal and rebuild the account that began with `cash`.

    The cash it began with is configured, not journaled, and in no snapshot: changed there, it counts.

    Raises:
        JournalError: see `JournalWriter`, or a record is of another release.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = newest(file, PAPER.thaw, format_version=PAPER.format_version)
    book = found.state or PaperBook()
    book.account.begin_with(cash)

    def replay(record: Record) -> None:
        try:
            PAPER.apply(book, record.body)
        except BadEnvelope as error:
            raise JournalError(
                f"{file}: record {record.sequence} is not of this release ({error}); "
                "move the file away or run the release that wrote it"
            ) from error

    journal = JournalWriter(
        file,
        Durability.PROCESS,
        header=JournalHeader(
            mode=Mode.PAPER,
            format_version=PAPER.format_version,
            created_ns=clock.wall_ns(),
            file_id=secrets.token_bytes(16),
        ),
        clock_ns=clock.monotonic_ns,
        on_record=replay,
        after=found.sequence,
    )
    return PaperRecovered(
        journal=journal, book=book, snapshot_sequence=found.sequence, problems=found.problems
    )
