"""From a journal, and from the files that venues of our own left, to evidence that checkers judge."""

from collections.abc import Mapping
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
    )


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
