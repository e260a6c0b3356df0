"""Witness files: whole lines whatever happens, and the history that is read from them."""

from __future__ import annotations

from decimal import Decimal

from engine.drill.checkers import VenueEvent, VenueWord
from engine.drill.gathering import VenueReader, read_venue
from engine.drill.paperwitness import note_effect
from engine.drill.witness import WitnessFile, file_of, lines_of
from engine.messages.venue import SubmitOrder
from engine.model.enums import Mode, OrdType, Side, TimeInForce
from engine.paper.records import OrderArrived
from tests.kit.wooxpro_simulator import Quiet

D = Decimal


def test_nobody_writes_unless_asked():
    assert WitnessFile.wanted("") is None


def test_lines_survive_boots_and_a_torn_end(tmp_path):
    path = tmp_path / "folder" / "router.jsonl"
    for boot in (1, 2):
        file = WitnessFile(path)
        file.note(boot, "order", quantity=D("1.50"), side=Side.BUY, price=None, text="")
        file.close()
    with path.open("a") as torn:
        torn.write('{"mono_ns": 3, "wo')

    assert list(lines_of(path)) == [
        {"mono_ns": boot, "word": "order", "quantity": "1.50", "side": "buy"} for boot in (1, 2)
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(lines_of(tmp_path / "never.jsonl")) == []


def test_what_a_venue_noted_becomes_evidence(tmp_path):
    """Its symbols are instruments of the account's venue; what is not said is left open."""
    file = file_of(tmp_path, "simulator.testvenue")
    venue = WitnessFile(file)
    venue.note(200, "order", client_order_id="c1", symbol="BTCUSDT", side="buy", quantity=D(10))
    venue.note(210, "cancel", client_order_id="c1")

    order, cancel = read_venue(file, "testvenue.live")

    assert order == VenueEvent(
        mono_ns=200,
        word=VenueWord.ORDER,
        account="testvenue.live",
        client_order_id="c1",
        instrument="BTCUSDT.TESTVENUE",
        side=Side.BUY,
        quantity=D(10),
    )
    assert (cancel.word, cancel.instrument, cancel.side) == (VenueWord.CANCEL, "", None)


def test_a_reader_goes_on_where_the_last_whole_line_ended(tmp_path):
    path = tmp_path / "venue.jsonl"
    reader = VenueReader(path, "testvenue.live")
    assert not reader.read()
    line = b'{"mono_ns": 1, "word": "cancel", "client_order_id": "c%d"}\n'
    path.write_bytes(line % 1 + (line % 2)[:20])
    assert [event.client_order_id for event in reader.read()] == ["c1"]
    path.write_bytes(line % 1 + line % 2)
    assert [event.client_order_id for event in reader.read()] == ["c1", "c2"]
    assert tuple(reader.read()) == read_venue(path, "testvenue.live")


def test_the_paper_venue_tells_what_arrived(tmp_path):
    command = SubmitOrder(
        session_boot=1,
        router_boot=1,
        expires_mono_ns=1,
        mode=Mode.PAPER,
        client_order_id="c1",
        instrument="BTCUSDT.TESTVENUE",
        side=Side.SELL,
        ord_type=OrdType.LIMIT,
        quantity=D(3),
        price=D(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        position_quantity=D(0),
        tick_mono_ns=0,
        intent_mono_ns=0,
        routed_mono_ns=0,
    )
    file = WitnessFile(tmp_path / "paper.testvenue.jsonl")

    note_effect(file, 7, OrderArrived(command=command, venue_order_id="p1", ts_ns=0))

    (line,) = lines_of(tmp_path / "paper.testvenue.jsonl")
    assert (line["word"], line["symbol"], line["quantity"]) == ("order", "BTCUSDT.TESTVENUE", "3")


def test_the_simulator_tells_what_arrived_and_what_became_of_it(tmp_path):
    """Orders, refusals, changes, fills and cancels, in the order in which they happened."""
    file = file_of(tmp_path, "simulator.wooxpro")
    quiet = Quiet(witness_file=str(file))
    quiet.book({600000: 5}, {600020: 5})
    quiet.submit(client_order_id="c1", price="60000", size=10)
    quiet.post(
        "/contract/private/modify-limit-order",
        symbol="BTCUSDT",
        client_order_id="c1",
        price="60001",
        size=4,
    )
    quiet.submit(client_order_id="c2", price="60002", size=2)
    quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", client_order_id="c1")
    quiet.submit(client_order_id="c3", price="50000", size=1)
    repeated = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "size": 1, "price": "50000"}
    quiet.post("/contract/private/submit-order", client_order_id="c3", **repeated)

    events = read_venue(file, "wooxpro.live")

    told = [(event.word, event.client_order_id) for event in events]
    assert told == [
        (VenueWord.ORDER, "c1"),
        (VenueWord.ACCEPTED, "c1"),
        (VenueWord.REPLACE, "c1"),
        (VenueWord.REPLACED, "c1"),
        (VenueWord.ORDER, "c2"),
        (VenueWord.ACCEPTED, "c2"),
        (VenueWord.FILL, "c2"),
        (VenueWord.CANCEL, "c1"),
        (VenueWord.CANCELLED, "c1"),
        (VenueWord.ORDER, "c3"),
        (VenueWord.ACCEPTED, "c3"),
        (VenueWord.ORDER, "c3"),
        (VenueWord.REJECTED, "c3"),
    ]
    (fill,) = [event for event in events if event.word is VenueWord.FILL]
    assert (fill.quantity, fill.side, fill.instrument) == (D(2), Side.BUY, "BTCUSDT.WOOXPRO")
    assert fill.fill_key.startswith("BTCUSDT/")
    assert fill.fill_key.endswith("/buy")
