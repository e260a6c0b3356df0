"""Busts and corrections that a session tells: keyed by trade, in any order, any number of times (ORD-10)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from engine.drill.checkers import Entry, History, judge
from engine.messages.orders import ExecutionReport, PositionReport
from engine.messages.venue import Fill, FillCorrection, ReconcileRequest, UpdateKind
from engine.model.enums import ExecType, Lifecycle, Side, TradingStateWord
from engine.orders import records as r
from engine.orders.dump import dump
from engine.orders.exposure import reserved_quantity
from engine.orders.order import Order
from engine.orders.projection import project
from tests.kit.orders import ACCOUNT, BTC, Bench, D, of_kind, venue_order
from tests.kit.revisions import bust, correction


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    return made.open_venue()


def opened(bench: Bench) -> Order:
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def position(bench: Bench, owner: str = "alpha") -> Any:
    ledger = bench.core.book.accounts if owner == ACCOUNT else bench.core.book.strategies
    found = ledger.find(owner, BTC)
    assert found is not None
    return found


def alarms(bench: Bench) -> dict[str, int]:
    return {str(kind): count for kind, count in bench.core.book.alarm_counts.items()}


# --- busts -----------------------------------------------------------------------------------------


def test_a_session_s_bust_takes_the_fill_back_once(bench):
    """Order, both positions, fees and cash go back; the strategy is told; a repetition changes nothing."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.fill(order, "f2", "3", "110")
    told = bench.session(bust(order, "f2"))
    assert (order.cum_qty, order.lifecycle, order.avg_px) == (4, Lifecycle.PARTLY_FILLED, 100)
    for owner in ("alpha", ACCOUNT):
        held = position(bench, owner)
        assert (held.quantity, held.avg_px, held.cash) == (4, 100, D("-0.4"))
        assert held.fees == {"USDT": D("0.01")}
    (report,) = of_kind(told, ExecutionReport)
    assert (report.exec_type, report.trade_id, report.last_qty) == (ExecType.TRADE_BUSTED, "f2", 0)
    assert (report.cum_qty, report.leaves_qty) == (4, 6)
    assert [type(m) for m in told].index(PositionReport) < [type(m) for m in told].index(
        ExecutionReport
    )
    assert of_kind(told, ReconcileRequest)  # the venue's sums must agree
    assert alarms(bench)["bust"] == 1
    before = len(bench.journal)
    bench.session(bust(order, "f2"))
    bench.fill(order, "f2", "3", "110")
    assert (len(bench.journal), order.cum_qty) == (before, 4)


def test_a_bust_of_a_finished_order_frees_what_the_venue_claimed(bench):
    """The venue had called the order filled: what it took back is not waited for as a missing fill."""
    order = opened(bench)
    bench.fill(order, "f1", "10")
    bench.update(order, UpdateKind.FILLED, cum_qty=D(10))
    bench.session(bust(order, "f1"))
    assert (order.lifecycle, order.cum_qty, order.leaves_qty) == (Lifecycle.FILLED, 0, 0)
    assert reserved_quantity(order) == 0
    assert position(bench).quantity == 0


def test_a_bust_may_come_before_its_fill(bench):
    """Then the fill is never counted, and its quantity is not reserved any longer."""
    order = opened(bench)
    bench.update(order, UpdateKind.CANCELLED, cum_qty=D(4))
    assert reserved_quantity(order) == 4
    bench.session(bust(order, "f1", last_qty=D(4)))
    assert reserved_quantity(order) == 0
    bench.fill(order, "f1", "4")
    assert order.cum_qty == 0
    assert bench.core.book.strategies.find("alpha", BTC) is None
    assert alarms(bench)["bust"] == 1


def test_a_bust_of_another_boot_is_void(bench):
    """As all news, it counts only from the boot that serves."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    message = attrs.evolve(
        bust(order, "f1"), session="testvenue.trade", boot=999, sequence=bench.sequence + 1
    )
    bench.handle(message, "testvenue.trade")
    assert order.cum_qty == 4


def test_busts_of_no_market_are_not_taken_in(bench):
    """Implausible numbers and names are alarmed and ignored."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.session(bust(order, "f1", last_qty=D(-4)))
    bench.session(bust(order, "x" * 300))
    bench.session(correction(order, "f1", "0", "100"))
    bench.session(correction(order, "f1", "4", "101", corrects="x" * 300))
    assert (order.cum_qty, order.avg_px) == (4, 100)
    assert bench.core._k.counters["implausible_message"] == 4


# --- corrections -----------------------------------------------------------------------------------


def test_a_correction_replaces_the_fill(bench):
    """Price, quantity and fee are those that stand now, everywhere; the strategy hears which trade."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.fill(order, "f2", "4", "110")
    told = bench.session(correction(order, "f2", "3", "108"))
    assert order.cum_qty == 7
    assert order.cost == 4 * 100 + 3 * 108
    for owner in ("alpha", ACCOUNT):
        held = position(bench, owner)
        assert (held.quantity, held.cash) == (7, D("-0.724"))
        assert held.fees == {"USDT": D("0.03")}
        assert held.avg_px == order.avg_px
    (report,) = of_kind(told, ExecutionReport)
    assert report.exec_type is ExecType.TRADE_CORRECTED
    assert (report.trade_id, report.last_qty, report.last_px) == ("f2", 3, 108)
    assert alarms(bench)["correction"] == 1
    shown = {row["fill_key"]: row for row in bench.ask("fills")}
    assert (shown["f2"]["last_qty"], shown["f2"]["last_px"]) == ("3", "108")
    before = len(bench.journal)
    bench.session(correction(order, "f2", "3", "108"))
    assert len(bench.journal) == before


def test_a_correction_may_come_before_its_fill_or_without_it(bench):
    """It tells all that the fill would have told; the late original changes nothing."""
    order = opened(bench)
    bench.session(correction(order, "f1", "4", "99"))
    assert (order.cum_qty, order.avg_px) == (4, 99)
    bench.fill(order, "f1", "4", "100")
    assert (order.cum_qty, order.avg_px) == (4, 99)


def test_a_correction_under_a_new_key(bench):
    """Some venues give the corrected trade another id: neither may be counted beside the other."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.session(correction(order, "f1", "4", "98", fill_key="f1a", trade_id="f1a"))
    bench.fill(order, "f1", "4")
    bench.fill(order, "f1a", "4", "98")
    assert (order.cum_qty, order.avg_px) == (4, 98)
    bench.session(bust(order, "f1a"))
    assert (order.cum_qty, order.lifecycle) == (0, Lifecycle.OPEN)
    ahead = opened(bench)
    bench.session(correction(ahead, "g1", "5", "97", fill_key="g1a", trade_id="g1a"))
    bench.fill(ahead, "g1", "5", "100")
    assert (ahead.cum_qty, ahead.avg_px) == (5, 97)


def test_a_correction_upwards_beyond_the_order_halts_its_strategy(bench):
    """More than was asked for is an overfill, however it comes about."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.session(correction(order, "f1", "12", "100"))
    assert (order.cum_qty, order.lifecycle) == (12, Lifecycle.FILLED)
    assert alarms(bench)["overfill"] == 1
    assert (
        bench.core.book.switch.level_for("testvenue", "alpha", ACCOUNT) is TradingStateWord.HALTED
    )


def test_a_correction_that_completes_the_order_ends_it(bench):
    """The lifecycle follows from the fills as they stand now."""
    order = opened(bench)
    bench.fill(order, "f1", "9")
    bench.session(correction(order, "f1", "10", "100"))
    assert order.lifecycle is Lifecycle.FILLED


def test_a_correction_that_names_another_side_is_a_conflict(bench):
    """It is alarmed and the venue is asked; nothing changes."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.session(correction(order, "f1", "4", "90", side=Side.SELL))
    assert (order.cum_qty, order.avg_px) == (4, 100)
    assert alarms(bench)["fill_conflict"] == 1


def test_the_venue_s_sums_agree_after_a_revision(bench):
    """A comparison asked after the revision finds nothing; one that still counts the fill blocks."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.tick(10)
    bench.session(bust(order, "f1"))
    bench.answer((venue_order(order, cum_qty=D(0)),))
    assert not bench.core._k.links[ACCOUNT].suspected


# --- the journal -----------------------------------------------------------------------------------


def revised(bench: Bench) -> Bench:
    one, two = opened(bench), opened(bench)
    bench.fill(one, "f1", "4")
    bench.fill(two, "f2", "5", "101")
    bench.session(correction(one, "f1", "3", "99"))
    bench.session(bust(two, "f2"))
    bench.session(bust(two, "f3", last_qty=D(1)))
    bench.session(correction(one, "f1", "3", "98", fill_key="f1a"))
    return bench


def test_revisions_replay_to_the_byte(bench):
    """INV-11, and the strategy's reports keep their numbers."""
    revised(bench)
    other = Bench(journal=list(bench.journal), boot=71)
    records = [r.from_bytes(body) for body in bench.journal]
    assert {r.CorrectionRecord, r.BustRecord, r.FillVoided} <= {type(each) for each in records}
    again = Bench(journal=bench.journal[:])
    assert dump(other.core.book) == dump(again.core.book)
    assert other.core.book.figures["alpha"].reports.last == (
        bench.core.book.figures["alpha"].reports.last
    )
    for order in bench.core.book.orders:
        copy = other.core.book.orders.take(order.client_order_id)
        assert (copy.cum_qty, copy.cost) == (order.cum_qty, order.cost)


def test_the_invariants_hold_over_revisions(bench):
    """Independent folds of the same records come to the same sums (INV-3, INV-5, INV-8)."""
    revised(bench)
    entries = tuple(Entry(n, r.from_bytes(b)) for n, b in enumerate(bench.journal, 1))
    found = judge(History(records=entries))
    assert [each for each in found if each.held is False] == []
    assert {"INV-5", "INV-8"} <= {each.invariant for each in found if each.held}


def test_the_index_shows_fills_as_they_stand(bench):
    """A corrected fill has its new numbers, one that moved to another key is marked as gone."""
    revised(bench)
    rows: dict[str, dict[str, object]] = {}
    for body in bench.journal:
        for row in project(body):
            if row.table == "fills":
                rows.setdefault(row.key, {}).update(row.columns)
    stands = rows[f"{ACCOUNT}:f1a"]
    assert (stands["last_qty"], stands["last_px"]) == (D(3), D(98))
    assert rows[f"{ACCOUNT}:f1"]["busted"] == 1
    assert rows[f"{ACCOUNT}:f2"]["busted"] == 1


def test_a_fill_s_copy_as_revision_is_still_the_message_of_a_fill():
    """A correction tells everything a fill tells, so one that comes alone can be counted."""
    of_fill = {field.name for field in attrs.fields(Fill)}
    assert of_fill < {field.name for field in attrs.fields(FillCorrection)}
