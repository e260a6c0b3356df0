"""Reading a whole journal, over all its segments, as if it were one file.

Like `reader.Recovery`, with the same answers at the end. That each segment follows the one before is
checked on the way; a break, and any damage in a segment that others follow, is damage in the middle.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from engine.errors import InvariantViolation
from engine.journal.reader import Recovery, Verification
from engine.journal.record import JournalHeader, Record
from engine.journal.scan import End, Reason
from engine.journal.segments import archive_paths, mismatch, needed, older_segments


class Chain(Iterator[Record]):
    """The records of a journal above number `after`, then why they ended.

    Segments that end at or before `after` are not opened. Iterate it to the end; `end` and what
    follows from it are known from then on. Damage raises nothing here: look at `reason`.
    """

    def __init__(self, journal: Path, *, after: int = 0) -> None:
        self.path = journal
        self.after = after
        self.records = 0
        """Whole records read so far, also those not above `after`."""
        self.segments = 0
        """Files opened so far."""
        self.bad_file: Path | None = None
        """The file that `end` speaks of when it is not clean."""
        self._reader = self._newest = Recovery(journal)
        # Listed after the newest was opened: a rotation in between only adds the newest itself.
        self._older = _older(journal, self._newest.header, after)
        self._end: End | None = None
        self._records = self._run()

    @property
    def header(self) -> JournalHeader | None:
        """What the file being read says of itself."""
        return self._reader.header

    @property
    def end(self) -> End:
        """Where and why the records ended; InvariantViolation before they have."""
        if self._end is None:
            raise InvariantViolation(f"{self.path}: asked for the end before the last record")
        return self._end

    @property
    def reason(self) -> Reason:
        """Why the records ended."""
        return self.end.reason

    @property
    def dropped_bytes(self) -> int:
        """Bytes behind the last whole record of the file where they ended."""
        return self.end.dropped_bytes

    def __next__(self) -> Record:
        return next(self._records)

    def _run(self) -> Iterator[Record]:
        previous: tuple[JournalHeader, End, Path] | None = None
        for reader in self._files():
            first = next(reader, None)
            if previous is not None:
                header, end, path = previous
                if why := mismatch(header, end, reader.header):
                    self._stop(attrs.evolve(end, reason=Reason.CORRUPT, detail=why), path)
                    return
            if first is not None:
                yield from self._above(first, reader)
            end = reader.end
            if reader is self._newest:
                self._stop(end, None if end.clean else reader.path)
                return
            if reader.header is None:
                detail = f"{end.detail}, and further segments follow"
                self._stop(attrs.evolve(end, reason=Reason.CORRUPT, detail=detail), reader.path)
                return
            previous = reader.header, end, reader.path

    def _files(self) -> Iterator[Recovery]:
        for segment in self._older:
            self.segments += 1
            self._reader = Recovery(segment)
            yield self._reader
        self.segments += 1
        self._reader = self._newest
        yield self._newest

    def _above(self, first: Record, rest: Iterator[Record]) -> Iterator[Record]:
        self.records += 1
        if first.sequence > self.after:
            yield first
        for record in rest:
            self.records += 1
            if record.sequence > self.after:
                yield record

    def _stop(self, end: End, bad: Path | None) -> None:
        self._end, self.bad_file = end, bad
        self.close()

    def sync(self) -> None:
        """Return when the records read so far would survive a power loss; JournalError when not.

        Segments put aside are on the disk already.
        """
        self._reader.sync()

    def close(self) -> None:
        """Release the files. Closing twice does nothing."""
        self._reader.close()
        self._newest.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _older(journal: Path, written: JournalHeader | None, after: int) -> list[Path]:
    """The segments to read before the one being written."""
    if written is None:  # nothing is put aside before the file after it is whole: this is damage
        return needed(archive_paths(journal), after)
    if written.first_sequence <= after + 1:
        return []
    return needed(older_segments(journal, written), after)


def verify(journal: Path) -> Verification:
    """Check every byte of a journal and that its segments follow one another.

    JournalError when it cannot be read at all. A file that is being written may show a torn tail for
    a moment.
    """
    with Chain(journal) as chain:
        for _ in chain:
            pass
        end = chain.end
    return Verification(
        records=chain.records,
        ok=end.clean,
        first_bad_offset=end.first_bad_offset if end.clean else end.good_bytes,
        reason=end.reason.value,
        detail=end.detail,
        recoverable=end.reason.recoverable,
        segments=chain.segments,
        bad_file=chain.bad_file,
    )
