"""From a journal, and from the files that venues of our own left, to evidence that checkers judge."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from engine.drill.checkers import Entry, VenueEvent, VenueWord
from engine.drill.witness import lines_of
from engine.journal import Chain
from engine.model.enums import Side
from engine.orders.records import from_bytes


def read_records(journal: Path) -> tuple[Entry, ...]:
    """All records of a journal over its segments; JournalError, BadEnvelope when they cannot be read."""
    with Chain(journal) as records:
        return tuple(Entry(record.sequence, from_bytes(record.body)) for record in records)


def read_venue(file: Path, account: str) -> tuple[VenueEvent, ...]:
    """The log of a simulator or paper venue; its symbols become instruments of the account's venue."""
    suffix = f".{account.partition('.')[0].upper()}"
    return tuple(_venue_event(line, account, suffix) for line in lines_of(file))


class VenueReader:
    """Reads the log of a venue that still runs: each call goes on behind the last whole line."""

    def __init__(self, file: Path, account: str) -> None:
        self._file = file
        self._account = account
        self._suffix = f".{account.partition('.')[0].upper()}"
        self._offset = 0
        self._events: list[VenueEvent] = []

    def read(self) -> Sequence[VenueEvent]:
        """All events so far; none when it never wrote."""
        if self._file.is_file():
            with self._file.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._offset += len(whole)
            self._events.extend(
                _venue_event(json.loads(line), self._account, self._suffix)
                for line in whole.splitlines()
            )
        return self._events


def _venue_event(line: Mapping[str, object], account: str, suffix: str) -> VenueEvent:
    symbol, side = str(line.get("symbol", "")), line.get("side")
    return VenueEvent(
        mono_ns=int(str(line["mono_ns"])),
        word=VenueWord(str(line["word"])),
        account=account,
        client_order_id=str(line.get("client_order_id", "")),
        venue_order_id=str(line.get("venue_order_id", "")),
        instrument=symbol if symbol.endswith(suffix) or not symbol else symbol + suffix,
        side=None if side is None else Side(str(side)),
        quantity=_decimal(line.get("quantity")),
        price=_decimal(line.get("price")),
        fill_key=str(line.get("fill_key", "")),
        text=str(line.get("text", "")),
        leg=str(line.get("leg", "")),
    )


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
