"""`journal orders`, `journal fills`, `journal rebuild-index`: the past, from the query index.

A running router keeps the index; otherwise it is brought up to date here first, under the journal's
own lock, so that it never has two owners.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from actors.command import exits
from actors.command.operating import COLUMNS, listing
from actors.command.tables import Listing, show
from engine.errors import BadEnvelope, JournalBusy, JournalCorrupt
from engine.journal import IndexFailed, IndexReader, JournalFile, JournalIndex, JournalTail
from engine.orders.projection import TABLES, project

STEP_RECORDS = 5_000
"""Records taken in at once: bounded memory."""

_REBUILD = "python run.py journal rebuild-index makes it anew"


def table(verb: str, journal: Path, limit: int, *, as_json: bool) -> int:
    """The newest orders or fills of a journal, newest last."""
    try:
        with _index(journal) as index:
            found = index.select(verb, newest_first=True, limit=limit)
    except (IndexFailed, BadEnvelope) as error:
        exits.show_error(str(error), _REBUILD)
        return exits.CHECK_FAILED
    rows = [_row(verb, row) for row in reversed(found)]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        show(_view(verb, rows) if rows else Text(f"no {verb}"))
    return exits.OK


def rebuild(journal: Path) -> int:
    """Throw the index away and make it anew. JournalBusy while an engine writes the journal."""
    with _tail(journal) as tail, closing(JournalFile.open(journal)):
        try:
            with _own(journal) as index:
                count = index.rebuild(tail)
        except (IndexFailed, BadEnvelope) as error:
            exits.show_error(str(error))
            return exits.CHECK_FAILED
    sys.stdout.write(f"{_file(journal)}: {count} records\n")
    return exits.OK


@contextmanager
def _index(journal: Path) -> Iterator[IndexReader]:
    """The index as complete as it can be. Refuses what is no journal before it touches anything."""
    with _tail(journal) as tail:
        try:
            lock = JournalFile.open(journal)
        except JournalBusy:
            with IndexReader(_file(journal), TABLES) as reader:
                yield reader
            return
        with closing(lock), _own(journal) as index:
            while index.catch_up(tail, STEP_RECORDS):
                pass
            yield index


def _tail(journal: Path) -> JournalTail:
    try:
        return JournalTail(journal)
    except JournalCorrupt as error:
        raise JournalCorrupt(f"{journal}: {error}", offset=error.offset) from None


def _own(journal: Path) -> JournalIndex:
    return JournalIndex(_file(journal), TABLES, project)


def _file(journal: Path) -> Path:
    """Where the router keeps it."""
    return journal.with_suffix(".sqlite")


def _row(verb: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """With the names of the messages in place of the index's own columns."""
    fields = dict(row)
    key = fields.pop("key")
    if verb == "fills":
        return {**fields, "fill_key": key.removeprefix(f"{row['account']}:")}
    # A denied order was never given a client order id; its row has the intent's.
    return {"client_order_id": "" if row["lifecycle"] == "denied" else key, **fields}


def _view(verb: str, rows: list[dict[str, Any]]) -> Listing:
    columns = [column for column in COLUMNS[verb] if column[0] in rows[0] and column[0] != "ts_ns"]
    return listing((("when", "time"), *columns), [{**row, "when": _when(row)} for row in rows])


def _when(row: Mapping[str, Any]) -> str:
    """With the day, because the past is more than a day."""
    return datetime.fromtimestamp(row["ts_ns"] / 1e9, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
