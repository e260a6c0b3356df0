"""What the paper venue writes into its journal, and what of it the router hears.

The venue is a fold over these records: state changes by applying them and in no other way, so that
a journal gives back the state that was. Each carries the ids and the time that it led to; applying
one needs neither counter nor clock. They have a tag space of their own.
"""

import attrs

from engine.messages.codec import Registry
from engine.messages.venue import Fill, OrderUpdate, ReconcilePart, SubmitOrder
from engine.model.instrument import Instrument

FORMAT_VERSION = 1
"""Of these records; raise it when a field changes its meaning."""

_RECORDS = Registry(completes=True)
_record = _RECORDS.register
to_bytes = _RECORDS.encode


@_record(tag=1)
@attrs.frozen(kw_only=True)
class InstrumentDefined:
    """Terms of an instrument as orders and fills after this record are counted."""

    definition: Instrument
    ts_ns: int


@_record(tag=2)
@attrs.frozen(kw_only=True)
class OrderArrived:
    """An order was handed in; what becomes of it is another record, after its latency."""

    command: SubmitOrder
    venue_order_id: str
    ts_ns: int


@_record(tag=3)
@attrs.frozen(kw_only=True)
class OrderChanged:
    """An order was accepted, refused, changed or ended, or a request for it was refused."""

    update: OrderUpdate


@_record(tag=4)
@attrs.frozen(kw_only=True)
class OrderTraded:
    """An order was filled, wholly or in part."""

    fill: Fill


Record = InstrumentDefined | OrderArrived | OrderChanged | OrderTraded


def from_bytes(body: bytes) -> Record:
    """The record, also as an older release wrote it; BadEnvelope when it is none."""
    record: Record = _RECORDS.decode(body)  # type: ignore[assignment]  # nothing else is registered
    return record


@attrs.frozen
class Answer:
    """Something for the router that changes nothing here and so is not journaled."""

    message: OrderUpdate | ReconcilePart


def news_of(effect: object) -> OrderUpdate | Fill | ReconcilePart | None:
    """What the router is told of a record or an answer, if anything."""
    match effect:
        case OrderChanged():
            return effect.update
        case OrderTraded():
            return effect.fill
        case Answer():
            return effect.message
        case _:
            return None
