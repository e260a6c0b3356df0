"""How far a command has come that reads a whole journal: shown to people who wait for it."""

from collections.abc import Iterator
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from actors.command import exits
from engine.journal import FRAME_BYTES, Chain, Record
from engine.journal.segments import archive_paths

SHOW_FROM_BYTES = 20 << 20
"""A journal smaller than this is read before a bar could be looked at."""

STEP_RECORDS = 2_000
"""Between two looks at the bar."""


def followed(chain: Chain, what: str) -> Iterator[Record]:
    """The records of a chain, with a bar on standard error where a person would wait."""
    total = size_of(chain.path)
    if total < SHOW_FROM_BYTES or not exits.stderr.is_terminal:
        yield from chain
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=exits.stderr, transient=True) as progress:
        bar = progress.add_task(f"{what} (MB)", total=total >> 20)
        done = 0
        for count, record in enumerate(chain):
            yield record
            done += FRAME_BYTES + len(record.body)
            if count % STEP_RECORDS == 0:
                progress.update(bar, completed=done >> 20)


def size_of(journal: Path) -> int:
    """Bytes of a journal in all its segments."""
    return sum(path.stat().st_size for path in (*archive_paths(journal), journal) if path.exists())
