"""Revising and pulling on the simulated T4, batches, spreads of users' own, and faults on orders."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.t4_orders_wire import new_order
from tests.kit.t4_simulator import Still
from tests.kit.t4_trading import (
    BUY,
    CL,
    CL_NEXT,
    ES,
    FIRST,
    SECOND,
    SELL,
    Trading,
    limit,
    order,
    stop,
)

STATUS, FAILED, TRADE = "order_update_status", "order_update_failed", "order_update_trade"


@pytest.fixture
def desk() -> Trading:
    return Trading()


# --- revisions ----------------------------------------------------------------------------


def test_only_what_is_named_changes_and_volume_is_the_new_total(desk: Trading) -> None:
    (name,) = desk.submit(limit("4799.75", volume=5, tag="t"))
    desk.print("4799.50", 2)
    desk.take()
    desk.revise(name, volume=4)
    asked, revised = (e.body for e in desk.events())
    assert (asked.change, asked.response_pending, asked.new_volume, asked.current_volume) == (
        10,
        2,
        4,
        5,
    )
    assert (revised.change, revised.current_volume, revised.working_volume) == (12, 4, 2)
    assert revised.current_limit_price.value == "4799.75"
    assert revised.tag == "t"


def test_a_new_price_may_fill_the_order_behind_the_news(desk: Trading) -> None:
    (name,) = desk.submit(limit("4799.75"))
    desk.take()
    desk.revise(name, limit_price="4800.25")
    assert [each[1] for each in desk.steps()] == [10, 12, 21]


def test_stops_and_hidden_orders_can_be_revised(desk: Trading) -> None:
    desk.print("4800")
    waiting, hidden = desk.submit(stop("4805"), limit("4790", volume=9, max_show=2))
    desk.revise(waiting, stop_price="4806")
    desk.revise(hidden, max_show=4, volume=8)
    desk.print("4805.50")
    assert desk.order(waiting).filled == 0
    assert desk.order(hidden).terms.volume == 8
    desk.print("4806")
    assert desk.order(waiting).filled == 1


@pytest.mark.parametrize(
    ("terms", "change"),
    [
        ({"volume": 2}, 13),
        ({"volume": 0}, 13),
        ({"volume": 11}, 13),
        ({"limit_price": "4799.80"}, 11),
        ({"stop_price": "4799"}, 11),
        ({"trail_price": "2"}, 11),
    ],
)
def test_a_refused_revision_leaves_everything_as_it_was(
    desk: Trading, terms: dict[str, Any], change: int
) -> None:
    (name,) = desk.submit(limit("4799.75", volume=5, max_volume=10))
    desk.print("4799.50", 2)
    desk.take()
    desk.revise(name, **terms)
    *_, failed = desk.events()
    assert (failed.kind, failed.body.change, failed.body.status) == (FAILED, change, 1)
    assert failed.body.status_detail
    found = desk.order(name)
    assert (found.current.volume, found.new) == (5, found.current)


def test_an_order_that_is_over_cannot_be_changed(desk: Trading) -> None:
    (name,) = desk.submit(order())
    desk.take()
    desk.revise(name, volume=5)
    desk.pull(name)
    assert desk.steps() == [(FAILED, 13, 2, 0), (FAILED, 19, 2, 0)]


def test_a_fill_on_the_way_beats_a_revision_and_a_pull() -> None:
    desk = Trading(step_ms=50.0)
    revised, pulled = desk.submit(limit("4799.75"), limit("4799.50"))
    desk.wait(0.05)
    desk.revise(revised, limit_price="4790")
    desk.pull(pulled)
    desk.take()
    desk.print("4799", 9)
    desk.wait(0.05)
    assert [each[:2] for each in desk.steps()] == [
        (TRADE, 21),
        (TRADE, 21),
        (FAILED, 13),
        (FAILED, 19),
    ]


# --- pulls --------------------------------------------------------------------------------


def test_a_pull_is_asked_and_done(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790"))
    desk.take()
    desk.pull(name)
    assert desk.steps() == [(STATUS, 16, 1, 3), (STATUS, 18, 2, 0)]


def test_unknown_orders_and_those_of_others_are_not_found(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790"))
    desk.take()
    desk.pull("nobody")
    desk.pull(name, account=SECOND)
    desk.pull(name, market=CL)
    desk.revise("nobody", volume=3)
    assert desk.steps() == [
        (FAILED, 17, 5, 0),
        (FAILED, 17, 5, 0),
        (FAILED, 17, 5, 0),
        (FAILED, 11, 5, 0),
    ]
    assert desk.order(name).open


def test_without_a_market_a_change_is_dropped_in_silence(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790"))
    desk.take()
    desk.pull(name, market="")
    desk.revise(name, market="", volume=4)
    assert not desk.take()
    assert desk.order(name).open
    assert len(desk.venue.log.since(kind="dropped")) == 2


# --- batches ------------------------------------------------------------------------------


def batch(desk: Trading, *submissions: dict[str, Any], name: str = "B1") -> list[Any]:
    """Send a batch; what is told."""
    desk.send("order_batch", batch_id=name, submissions=submissions)
    return desk.take()


def submission(
    *orders: Any, account: str = FIRST, market: str = ES, link: int = 0
) -> dict[str, Any]:
    """One part of a batch."""
    return {"account_id": account, "market_id": market, "order_link": link, "orders": orders}


def test_a_batch_is_acknowledged_before_its_events(desk: Trading) -> None:
    told = batch(desk, submission(order(), limit("4790")), submission(order(), account=SECOND))
    first = told[0].order_batch_acknowledge
    assert (first.batch_id, [len(each.unique_id) for each in first.accepted]) == ("B1", [2, 1])
    images = [
        update.order_update
        for message in told
        for update in message.order_update_multi.updates
        if update.HasField("order_update")
    ]
    assert {each.tag_relation_id for each in images} == {"B1"}
    assert [each.unique_id for each in images] == [n for a in first.accepted for n in a.unique_id]


def test_one_bad_order_refuses_the_whole_batch(desk: Trading) -> None:
    (message,) = batch(
        desk,
        submission(order()),
        submission(order(), limit("4800.10")),
        submission(order(volume=6), order(), account=SECOND),
        submission(order(), account="nobody"),
        submission(order(), market="nowhere"),
    )
    reject = message.order_batch_reject
    assert reject.batch_id == "B1"
    places = [(each.submission_index, each.order_index) for each in reject.errors]
    assert places == [(1, 1), (2, 0), (3, -1), (4, -1)]
    assert all(each.reason for each in reject.errors)
    assert not desk.venue.desk.books.stores[FIRST].open
    assert not desk.venue.desk.books.ledgers[FIRST].positions


def test_an_empty_batch_is_refused(desk: Trading) -> None:
    (message,) = batch(desk)
    assert message.order_batch_reject.errors[0].order_index == -1


# --- spreads of users' own ----------------------------------------------------------------


def legs(*terms: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Legs of a spread."""
    return [{"market_id": name, "buy_sell": side, "volume": n} for name, side, n in terms]


def create(desk: Trading, *terms: tuple[str, int, int], account: str = FIRST) -> Any:
    """Ask for a spread; the answer."""
    desk.send("create_uds", request_id="R", account_id=account, strategy_type=4, legs=legs(*terms))
    (answer,) = desk.take()
    return answer.create_uds_response


def test_a_spread_is_made_traded_and_found_again(desk: Trading) -> None:
    desk.set_book(CL, bids=[("75.30", 9)], asks=[("75.31", 9)])
    desk.set_book(CL_NEXT, bids=[("74.90", 9)], asks=[("74.92", 9)])
    made = create(desk, (CL, BUY, 2), (CL_NEXT, SELL, 1))
    assert (made.uds_status, made.request_id) == (1, "R")
    again = create(desk, (CL_NEXT, SELL, 1), (CL, BUY, 2))
    assert (again.uds_status, again.MarketRef) == (3, made.MarketRef)
    market_id = made.MarketRef
    instrument = desk.venue.market.states[market_id].instrument
    bid, _, ask, lots = desk.venue.market.exchange.top(market_id)
    assert (instrument.price(bid or 0), instrument.price(ask or 0), lots) == (
        instrument.price(7568),
        instrument.price(7572),
        4,
    )
    (name,) = desk.submit(limit("75.72"), market=market_id)
    assert desk.order(name).filled == 1
    positions = desk.venue.desk.books.ledgers[FIRST].positions
    assert (positions[CL].net, positions[CL_NEXT].net) == (2, -1)
    desk.set_book(CL, bids=[("75.40", 9)], asks=[("75.41", 9)])
    assert desk.venue.market.exchange.top(market_id)[0] == 7588
    desk.subscribe(FIRST)  # the new market is in the snapshot


def test_a_listed_calendar_spread_exists_already(desk: Trading) -> None:
    made = create(desk, (CL, BUY, 1), (CL_NEXT, SELL, 1))
    assert (made.uds_status, made.MarketRef) == (3, "XCME_Ny CL (H24-J24)")


@pytest.mark.parametrize(
    "terms",
    [
        ((CL, BUY, 1),),
        ((CL, BUY, 1), (ES, SELL, 1)),
        ((CL, BUY, 1), (CL, SELL, 1)),
        ((CL, BUY, 1), ("nowhere", SELL, 1)),
        ((CL, 0, 1), (CL_NEXT, SELL, 1)),
        ((CL, BUY, 0), (CL_NEXT, SELL, 1)),
    ],
)
def test_a_spread_of_nonsense_fails(desk: Trading, terms: Any) -> None:
    made = create(desk, *terms)
    assert (made.uds_status, made.MarketRef) == (2, "")
    assert made.status_detail


def test_a_spread_for_an_account_that_is_not_subscribed_fails() -> None:
    desk = Trading(subscribe=False)
    assert create(desk, (CL, BUY, 1), (CL_NEXT, SELL, 2)).uds_status == 2


# --- faults -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("reject_risk", (STATUS, 3)),
        ("reject_order", (STATUS, 7)),
        ("fail_order", (FAILED, 5)),
    ],
)
def test_orders_are_refused_on_demand(desk: Trading, kind: str, told: tuple[str, int]) -> None:
    desk.arm(kind, match=ES, value="because")
    desk.submit(order())
    last = desk.events()[-1]
    assert (last.kind, last.body.change, last.body.status_detail) == (*told, "because")
    desk.submit(order())
    assert desk.steps()[-1][:2] == (TRADE, 21)


def test_changes_are_refused_on_demand(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790"))
    desk.arm("reject_revise", match=ES)
    desk.arm("reject_pull", match=ES)
    desk.revise(name, volume=2)
    desk.pull(name)
    assert [each[1:] for each in desk.steps() if each[0] == FAILED] == [(13, 1, 0), (19, 1, 0)]
    assert desk.order(name).open


def test_an_order_is_carried_out_and_nothing_is_said(desk: Trading) -> None:
    desk.arm("no_answer", match=ES)
    desk.submit(order(tag="silent"))
    assert not any(m.WhichOneof("payload") == "order_update_multi" for m in desk.take())
    assert desk.venue.desk.books.ledgers[FIRST].positions[ES].net == 1
    desk.subscribe(FIRST)
    multi = desk.take()[-1].account_snapshot.messages[-1].order_update_multi
    assert [each.order_update.tag for each in multi.updates] == ["silent"]


def test_a_pulled_order_was_filled_after_all(desk: Trading) -> None:
    (name,) = desk.submit(limit("4790", volume=4))
    desk.arm("late_fill", match=ES, value=0.5)
    desk.pull(name)
    desk.take()
    desk.wait(0.5)
    (trade,) = (e.body for e in desk.events())
    assert (trade.change, trade.status, trade.volume, trade.total_fill_volume) == (20, 2, 2, 2)
    assert trade.working_volume == 0


def test_a_former_event_comes_again_behind_a_newer_one(desk: Trading) -> None:
    desk.arm("stale", match="*/orders")
    desk.submit(limit("4790"))
    assert [e.body.sequence_order for e in desk.events()] == [1, 2, 1]


def test_a_fill_is_taken_back(desk: Trading) -> None:
    (name,) = desk.submit(limit("4800.25", volume=12))
    told = [e.body for e in desk.events() if e.kind == TRADE][-1]
    fault = desk.arm("bust", match=ES)
    assert fault.used == 1
    (bust,) = (e.body for e in desk.events())
    assert (bust.change, bust.exchange_trade_id, bust.volume) == (22, told.exchange_trade_id, 10)
    assert (bust.total_fill_volume, bust.working_volume) == (0, 2)
    ledger = desk.venue.desk.books.ledgers[FIRST]
    assert ledger.positions[ES].net == 0
    assert ledger.balance == 10_000_000
    desk.print("4800", 9)
    assert [(e.body.change, e.body.volume) for e in desk.events()] == [(21, 2)]
    assert not desk.order(name).open


def test_nothing_to_bust(desk: Trading) -> None:
    assert desk.arm("bust", match=ES).used == 0


def test_the_day_ends_for_day_orders_and_goes_on_for_the_others(desk: Trading) -> None:
    (over,) = desk.submit(order(volume=2))
    day, kept = desk.submit(limit("4790"), limit("4790", time_type=2))
    desk.take()
    desk.arm("rollover", match="SIM00001")
    found = desk.take()
    changes = [
        (update.WhichOneof("payload"), getattr(update, update.WhichOneof("payload")).change)
        for message in found
        for update in message.order_update_multi.updates
    ]
    assert sorted(changes) == [("order_update", 30), (STATUS, 30)]
    position = next(m.account_position for m in found if m.HasField("account_position"))
    assert (position.buys, position.day_buys, position.overnight_position) == (2, 0, 2)
    assert desk.order(over) is None
    assert not desk.order(day).open
    assert desk.order(kept).open


# --- the witness --------------------------------------------------------------------------


def test_the_witness_tells_of_every_order(tmp_path: Path) -> None:
    file = tmp_path / "t4.jsonl"
    desk = Trading(witness_file=str(file))
    (name,) = desk.submit(limit("4799.75", volume=3, tag="1"))
    desk.print("4799.50", 1)
    desk.revise(name, volume=2)
    desk.pull(name)
    desk.submit(limit("4800.10", tag="2"))
    desk.submit(limit("4790"))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["word"], line.get("client_order_id")) for line in lines] == [
        ("order", "1"),
        ("accepted", "1"),
        ("fill", "1"),
        ("replace", "1"),
        ("replaced", "1"),
        ("cancel", "1"),
        ("cancelled", "1"),
        ("order", "2"),
        ("rejected", "2"),
        ("external", None),
    ]
    fill = lines[2]
    assert (fill["fill_key"], fill["symbol"], fill["price"]) == (f"{name}/3", ES, "4799.75")
    assert lines[4]["quantity"] == 2


def test_an_order_that_is_lost_on_the_way_is_known_to_be_none(tmp_path: Path) -> None:
    """A drill saw an order in the witness that the engine rightly called never arrived."""
    file = tmp_path / "t4.jsonl"
    still = Still(witness_file=str(file))
    line = still.line()
    for kind in ("request_lost", "request_reset_before"):
        still.fault(kind, match="order_submit")
        line.say("order_submit", market_id=ES, account_id=FIRST, orders=[new_order(tag=kind)])
    still.fault("request_delay", match="order_submit", value=5.0)
    line.say("order_submit", market_id=ES, account_id=FIRST, orders=[new_order(tag="late")])
    line.connection.gone()
    still.wait(6.0)
    lines = [json.loads(each) for each in file.read_text().splitlines()]
    assert [(each["word"], each["client_order_id"]) for each in lines] == [
        ("order", "request_lost"),
        ("rejected", "request_lost"),
        ("order", "request_reset_before"),
        ("rejected", "request_reset_before"),
        ("order", "late"),
        ("rejected", "late"),
    ]


def core_leaves(desk: Trading, name: str) -> int:
    """What the matching core still works of an order."""
    (found,) = (
        each
        for each in desk.venue.market.exchange.open_orders(FIRST)
        if each.order_id == desk.order(name).core_id
    )
    return int(found.leaves)


def test_a_busted_order_is_revised_by_what_it_still_works(desk: Trading) -> None:
    """The core counts a fill that was taken back; its volume was changed as if it did not."""
    (name,) = desk.submit(limit("4799.75", volume=5))
    desk.print("4799.50", 2)
    desk.arm("bust")
    assert core_leaves(desk, name) == desk.order(name).working == 3
    desk.revise(name, volume=7)
    assert core_leaves(desk, name) == desk.order(name).working == 5


def test_an_order_shown_again_in_whole_is_revised_by_what_it_still_works(desk: Trading) -> None:
    (name,) = desk.submit(limit("4799.75", volume=6, max_show=2))
    desk.print("4799.50", 2)
    desk.revise(name, max_show=0)
    desk.revise(name, volume=9)
    assert core_leaves(desk, name) == desk.order(name).working == 7
