"""The simulator's own word for drills: what arrived and what became of it, leg by leg."""

import json

from tests.kit.webctp_simulator import SELL, YESTERDAY, Quiet


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def words(path, *names):
    return [each for each in lines(path) if each["word"] in names]


def test_an_order_in_two_legs(tmp_path):
    path = tmp_path / "witness.jsonl"
    quiet = Quiet(witness_file=str(path), positions=("rb2101 short 1",))
    quiet.book("rb2101", {4379: 5}, {4380: 5})
    link = quiet.trade()
    link.log_in()
    memo = "12345678901"
    assert link.insert(memo=memo, ref=memo + "1", offset=YESTERDAY)[-1] == "16:1"
    assert link.insert(memo=memo, ref=memo + "2", volume=2)[-1] == "16:2"
    (held,) = words(path, "position")
    assert (held["symbol"], held["side"], held["quantity"]) == ("rb2101", "sell", "1")
    arrived = words(path, "order")
    assert [(each["client_order_id"], each["leg"]) for each in arrived] == [
        (memo, memo + "1"),
        (memo, memo + "2"),
    ]
    fills = words(path, "fill")
    assert [each["quantity"] for each in fills] == ["1", "2"]
    assert [each["price"] for each in fills] == ["4380", "4380"]
    assert [each["fill_key"] for each in fills] == [
        "20210104/SHFE/0/buy",
        "20210104/SHFE/1/buy",
    ]
    assert {each["venue_order_id"] for each in fills} == {"20210104/SHFE/1"}


def test_what_became_of_others(tmp_path):
    path = tmp_path / "witness.jsonl"
    quiet = Quiet(witness_file=str(path))
    link = quiet.trade()
    link.log_in()
    link.insert(price=4300)
    link.delete(f"{1:12d}")
    link.insert(price=4300.5)
    link.insert(direction=SELL, offset=YESTERDAY)
    link.insert(offset=2)
    quiet.venue.faults.arm("lost", match="trade/insert_order")
    link.insert(price=4301)
    link.insert(price=4302)
    link.delete(f"{99:12d}")
    quiet.venue.end_day(quiet.now)
    assert [each["word"] for each in lines(path)] == [
        *("order", "accepted", "cancel", "cancelled"),
        *("order", "rejected"),
        *("order", "rejected"),
        *("order", "rejected"),
        *("order", "rejected"),
        *("order", "accepted", "expired"),
    ]
    assert {each["leg"] for each in lines(path)} == {"1", "2", "3", "4", "5", "6"}


def test_nothing_is_written_unless_it_is_asked_for(tmp_path):
    link = Quiet().trade()
    link.log_in()
    link.insert()
    assert list(tmp_path.iterdir()) == []
