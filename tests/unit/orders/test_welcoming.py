"""What a strategy hears when it, the router, or both were restarted: nothing twice, nothing never."""

import attrs
import pytest

from engine.bus.options import ORDER_BYTES_MAX, ORDER_QUEUE_MAX
from engine.messages.codec import encode
from engine.messages.orders import (
    ExecutionReport,
    SnapshotEnd,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
)
from engine.messages.venue import UpdateKind
from engine.model.enums import ExecType, Mode, VenueStateWord
from engine.orders import records as r
from engine.orders.order import Order
from engine.orders.plausible import NAME_CHARS_MAX, TEXT_CHARS_MAX
from engine.orders.reports import RESEND_MAX, report_of
from engine.orders.welcoming import parts_of
from tests.kit.orders import Bench, D, of_kind

REPORTS = 4
"""What `bench` has reported: accepted, three fills."""


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    made.open_venue()
    order = made.submit()
    made.update(order, UpdateKind.ACCEPTED)
    for key in ("f1", "f2", "f3"):
        made.fill(order, key, "1")
    return made


def the_order(bench: Bench) -> Order:
    (order,) = bench.core.book.orders.open_of_strategy("alpha")
    return order


def numbers(messages) -> list[int]:
    """Of the reports that reach `on_fill` and `on_order`."""
    return [each.number for each in of_kind(messages, ExecutionReport)]


def comes_back(bench: Bench, seen: int = 0, **changes) -> list:
    """A new process of the strategy says hello."""
    bench.boots["alpha"] += 100
    hello = StrategyHello(
        strategy="alpha",
        boot=bench.boots["alpha"],
        mode=Mode.LIVE,
        report_seen=seen,
        journal=bench.core.book.boot.salt if seen else 0,
    )
    return bench.send(attrs.evolve(hello, **changes))


def end_of(messages) -> SnapshotEnd:
    (end,) = of_kind(messages, SnapshotEnd)
    return end


def acknowledgements(bench: Bench) -> list[int]:
    found = [r.from_bytes(body) for body in bench.journal]
    return [each.through for each in found if isinstance(each, r.ReportSeenRecord)]


def again(bench: Bench, boot: int = 72) -> Bench:
    """The router was restarted; sessions come back as well."""
    later = bench.restarted(boot)
    later.hello()
    later.state(VenueStateWord.RECONCILING)
    return later


# --- the strategy alone ----------------------------------------------------------------------------


def test_a_strategy_that_comes_back_hears_nothing_it_has_acknowledged(bench):
    """The router is alive and knows, also of what is in no journal yet."""
    bench.seen(3)
    assert acknowledgements(bench) == []
    messages = comes_back(bench)
    assert end_of(messages).report_number == 3
    assert numbers(messages) == [4]


def test_what_may_have_been_told_is_marked(bench):
    """Handled, but not acknowledged: it comes again, and the strategy learns that it may know it."""
    bench.seen(2)
    messages = comes_back(bench)
    assert numbers(messages) == [3, 4]
    assert end_of(messages).told_before == REPORTS


def test_what_happened_meanwhile_is_not_marked(bench):
    """What could not be handed over was not told: it is new, and said to be."""
    bench.seen(2)
    report = bench.core.book.figures_of("alpha").reports.find(REPORTS)
    bench.take(bench.core.undelivered("strategy.alpha", report, "gone", bench.now))
    bench.fill(the_order(bench), "f4", "1")
    messages = comes_back(bench)
    assert numbers(messages) == [3, 4, 5]
    assert end_of(messages).told_before == REPORTS


def test_a_saved_state_has_heard_what_is_in_it(bench):
    """Its number counts when it is higher than what was acknowledged, else what was acknowledged does."""
    bench.seen(2)
    assert numbers(comes_back(bench, 3)) == [4]
    assert numbers(comes_back(bench, 1)) == [4]


@pytest.mark.parametrize("journal", [0, 72])
def test_numbers_of_another_journal_mean_nothing(bench, journal):
    """Saved in paper mode or before the journal was removed: all that is here is new to it."""
    messages = comes_back(bench, 3, journal=journal)
    assert numbers(messages) == [1, 2, 3, 4]


def test_a_hello_that_is_repeated_is_answered_as_before(bench):
    """What this boot was told in vain is not taken for what an earlier one was told."""
    bench.seen(2)
    first = comes_back(bench)
    bench.fill(the_order(bench), "f4", "1")
    second = bench.greet("alpha")
    assert end_of(first) == end_of(second)
    assert numbers(second) == [3, 4, 5]


# --- the router alone ------------------------------------------------------------------------------


@pytest.mark.parametrize("by_hello", [True, False])
def test_a_strategy_that_lived_on_goes_on_where_it_was(bench, by_hello):
    """Its own number counts, whatever the journal knows."""
    later = again(bench)
    messages = later.greet("alpha", 3) if by_hello else later.seen(3)
    assert numbers(messages) == [4]
    later.tick(1)
    assert acknowledgements(later) == [3]


def test_numbers_nobody_was_told_are_not_acknowledged(bench):
    """Or a report would be forgotten that nobody has heard."""
    later = again(bench)
    later.fill(the_order(later), "f4", "1")
    assert later.seen(REPORTS + 1) == []
    assert later.core.gauges()["counters"]["absurd_report_number"] == 1
    assert numbers(later.greet("alpha", REPORTS)) == [REPORTS + 1]


# --- both ------------------------------------------------------------------------------------------


def test_when_both_come_back_the_journal_knows_what_was_heard(bench):
    """What was acknowledged a second before the end is not told again."""
    bench.seen(3)
    bench.tick(1)
    messages = comes_back(again(bench))
    assert numbers(messages) == [4]


def test_when_both_come_back_all_that_was_reported_is_marked(bench):
    """A router that has only the journal does not know who was told; what is new it does know."""
    later = again(bench)
    later.fill(the_order(later), "f4", "1")
    messages = comes_back(later)
    assert numbers(messages) == [1, 2, 3, 4, 5]
    assert end_of(messages).told_before == REPORTS


def test_when_both_come_back_the_saved_state_counts(bench):
    """It needs no acknowledgement: it came to disk with its number."""
    assert numbers(comes_back(again(bench), 3)) == [4]


def test_a_router_that_is_asked_to_stop_forgets_nothing(bench):
    """Also what was acknowledged just before."""
    bench.seen(2)
    bench.tick(1)
    bench.seen(4)
    assert acknowledgements(bench) == [2]
    bench.take(bench.core.stop(bench.now))
    assert numbers(comes_back(again(bench))) == []


def test_a_lost_end_of_the_journal_loses_no_new_report(bench):
    """The state was saved, the journal lost its end: new reports under old numbers are heard."""
    later = again(bench)
    later.fill(the_order(later), "f4", "1")
    assert numbers(comes_back(later, 100)) == [REPORTS + 1]


def test_a_boot_is_recorded_with_what_its_strategy_has_heard(bench):
    """So a hello alone saves the number, without waiting for an acknowledgement."""
    bench.seen(3)
    comes_back(bench)
    assert numbers(comes_back(again(bench))) == [4]


# --- how often it is recorded ----------------------------------------------------------------------


def test_acknowledgements_are_recorded_once_a_second(bench):
    """Not each: a record per report would double what the journal takes."""
    bench.seen(1)
    bench.tick(0.1)
    for through in (2, 3):
        bench.seen(through)
        bench.tick(0.4)
    assert acknowledgements(bench) == [1]
    bench.tick(0.2)
    assert acknowledgements(bench) == [1, 3]
    bench.tick(10)
    bench.seen(3)
    bench.tick(10)
    assert acknowledgements(bench) == [1, 3]


def test_a_full_disk_delays_the_record_and_nothing_else(bench):
    """What was lost on the way still comes again, and what was acknowledged is recorded later."""
    bench.disk_full = True
    bench.seen(2)
    bench.tick(1)
    assert numbers(bench.seen(2)) == [3, 4]
    bench.disk_full = False
    bench.tick(2)
    bench.tick(2)
    assert acknowledgements(bench) == [2]


# --- the snapshot ----------------------------------------------------------------------------------


def test_a_snapshot_of_thousands_fits_the_queue(bench):
    """5,000 open orders and a long backlog: all of them, and no message finds the queue full."""
    for _ in range(4_999):
        bench.update(bench.submit(quantity=D(2)), UpdateKind.ACCEPTED)
    messages = comes_back(bench)
    (welcome,) = of_kind(messages, StrategyWelcome)
    told = [order.intent_id for part in of_kind(messages, SnapshotPart) for order in part.orders]
    assert welcome.orders == len(told) == len(set(told)) == 5_000
    assert len(numbers(messages)) == RESEND_MAX
    assert len(messages) < ORDER_QUEUE_MAX
    assert max(len(encode(part)) for part in of_kind(messages, SnapshotPart)) < ORDER_BYTES_MAX


def test_parts_of_the_longest_reports_can_be_sent(bench):
    """Texts as long as they may be, in the longest characters, still fit."""
    plain = report_of(the_order(bench), ExecType.STATUS, number=0, ts_ns=2**63 - 1)
    wide, long = "𝄞" * NAME_CHARS_MAX, D(10) ** 17 + D(10) ** -18
    amounts = ("quantity", "price", "cum_qty", "leaves_qty", "avg_px", "last_qty", "last_px", "fee")
    names = ("intent_id", "client_order_id", "venue_order_id", "instrument", "code", "trade_id")
    texts = dict.fromkeys(("text", "note"), "𝄞" * TEXT_CHARS_MAX)
    report = attrs.evolve(
        plain, **texts, **dict.fromkeys(names, wide), **dict.fromkeys(amounts, long)
    )
    reports = [report] * 50
    parts = list(parts_of(reports))
    assert [each for part in parts for each in part] == reports
    assert len(parts) < len(reports)
    for part in parts:
        assert len(encode(SnapshotPart(strategy=wide, orders=part))) <= ORDER_BYTES_MAX
    assert list(parts_of([])) == []
