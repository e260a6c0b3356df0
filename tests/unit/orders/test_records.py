"""The journal's records: what is written is what is read, for as long as the format is the same."""

import hashlib

import attrs
import msgpack
import pytest

from engine.errors import BadEnvelope
from engine.journal.schema import stored
from engine.messages.codec import encode
from engine.messages.orders import ReportSeen
from engine.messages.shapes import Nested
from engine.messages.venue import UpdateKind
from engine.model.enums import VenueStateWord
from engine.orders import records as r
from engine.orders.projection import TABLES, project
from tests.kit.orders import BTC, Bench, D, held
from tests.kit.revisions import bust, correction

FINGERPRINTS = {1: "dcbc92ce"}
"""Of all records' fields, by format version. Added words keep old journals readable: then only the
fingerprint changes, and so with fields that are added last and have a default. Changed fields need a
new version, and a reader of both."""


def lived() -> Bench:
    """A bench whose journal has a record of nearly every kind."""
    bench = Bench()
    bench.greet("alpha")
    bench.open_venue()
    one, two, three = (bench.submit() for _ in range(3))
    for order in (one, two, three):
        bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(one, "f1", "4", "99.9")
    bench.cancel(two)
    bench.modify(three, quantity=D(12))
    bench.modify(one, quantity=D(1))
    bench.send(bench.intent(quantity=D("0.5")))
    bench.fill(two, "f9", "3", client_order_id="manual", venue_order_id="m")
    bench.fill(one, "f1", "5")
    bench.session(correction(one, "f1", "3", "99.8"))
    bench.session(bust(one, "f7"))
    bench.ask("bust", "notice", account="testvenue", fill_key="f1")
    bench.ask("kill", "drill", level="reducing")
    for _ in range(300):
        bench.send(bench.intent(quantity=D("0.5")))
    bench.seen(300)
    bench.tick(1)
    bench.state(VenueStateWord.DISCONNECTED)
    return bench


def kinds() -> dict[str, type]:
    return {kind.cls.__name__: kind.cls for kind in r.kinds().values()}


def test_every_record_reads_back_as_it_was_written():
    """Bytes to record to bytes is the identity, for all that a router's life writes."""
    written = lived().journal
    seen = set()
    for body in written:
        record = r.from_bytes(body)
        seen.add(type(record).__name__)
        assert r.to_bytes(record) == body
    elsewhere = {"BalancesTold", "DayBegan", "Marked", "LimitChanged", "LimitReturned"}
    assert set(kinds()) - seen - elsewhere == {
        "PositionAdopted",
        "FillsKnown",
        "PositionsUnproven",
        "OrderClaimed",
        "PositionClaimed",
        "OwnerDeclared",
        "OwnerAbsence",
    }


def test_adoption_reads_back_as_well():
    """So do the records of a first contact."""
    bench = Bench()
    bench.hello()
    bench.state(VenueStateWord.RECONCILING)
    bench.answer((), (), (held(BTC, 5),))
    record = r.from_bytes(bench.journal[-2])
    assert isinstance(record, r.PositionAdopted)
    known = r.FillsKnown(account="a", fill_keys=("f",), ts_ns=1)
    assert r.from_bytes(r.to_bytes(known)) == known


def test_the_format_is_the_one_its_version_names():
    """Old journals must stay readable: changed fields need a new format version and a way to read both."""
    shapes = "\n".join(kind.shape for _, kind in sorted(r.kinds().items()))
    digest = hashlib.sha256(shapes.encode()).hexdigest()[:8]
    assert digest == FINGERPRINTS[r.FORMAT_VERSION]


def without_newest(shape, values):
    """What a release without the fields that have defaults wrote."""
    fields = attrs.fields(shape.cls)
    old = [v for field, v in zip(fields, values, strict=True) if field.default is attrs.NOTHING]
    inner = [each for _, each in shape.fields]
    return [
        without_newest(kind, v) if isinstance(kind, Nested) else v
        for kind, v in zip(inner, old, strict=False)
    ]


def test_records_without_the_newest_fields_are_read_with_their_defaults():
    """A journal outlives the release that wrote it."""
    shortened = 0
    for body in lived().journal:
        record = r.from_bytes(body)
        kind = next(each for each in r.kinds().values() if each.cls is type(record))
        tag, *values = msgpack.unpackb(body, use_list=False)
        old = msgpack.packb([tag, *without_newest(kind, values)])
        assert r.from_bytes(old) == record
        shortened += len(old) < len(body)
    assert shortened > 3


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_record_that_lacks_more_than_the_newest_fields_is_refused(cut):
    """A cut array is damage, not age."""
    body = next(b for b in lived().journal if type(r.from_bytes(b)) is r.FillRecord)
    values = msgpack.unpackb(body)
    with pytest.raises(BadEnvelope):
        r.from_bytes(msgpack.packb(values[: -1 - cut]))


@pytest.mark.parametrize("body", [b"", b"\x91", b"\xc1", b"\x91\x7f"])
def test_bytes_that_are_no_record_are_refused(body):
    """Anything that is not exactly one record is refused."""
    with pytest.raises(BadEnvelope):
        r.from_bytes(body)


def test_messages_are_no_records():
    """A message of the bus in a journal is refused."""
    with pytest.raises(BadEnvelope):
        r.from_bytes(encode(ReportSeen(strategy="alpha", boot=1, through=1)))


def test_every_record_fits_the_index():
    """Rows name tables and columns the index has, with values it can keep."""
    tables = {table.name: table for table in TABLES}
    touched = set()
    for body in lived().journal:
        for row in project(body):
            tables[row.table].check_known(row.columns)
            for value in row.columns.values():
                stored(value)
            touched.add(row.table)
    assert touched == set(tables)


def test_the_index_tells_an_order_s_life():
    """The last row of an order says where it ended."""
    bench = lived()
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for body in bench.journal:
        for row in project(body):
            rows.setdefault((row.table, row.key), {}).update(row.columns)
    for order in bench.core.book.orders:
        row = rows["orders", order.client_order_id]
        assert row["lifecycle"] == order.lifecycle
        assert row["certainty"] == order.certainty
        assert D(str(row["cum_qty"])) == order.cum_qty
    assert rows["fills", "testvenue.live:f1"]["busted"] == 1
