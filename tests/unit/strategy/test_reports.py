"""What a strategy hears of reports around its start, its end and its saved state."""

from decimal import Decimal

import attrs

from engine.messages.orders import SnapshotEnd, SnapshotPart, StrategyWelcome, SubmitIntent
from engine.model.enums import ExecType, Mode, OrdType, Side, TimeInForce, TradingStateWord
from engine.strategy import FillEvent, Strategy
from engine.strategy.host import HELD_REPORTS_MAX, StrategyHost
from engine.strategy.outbox import SaveState
from tests.kit.market import BTC, definition
from tests.unit.strategy.test_host import report

JOURNAL = 5
WISH = SubmitIntent(
    intent_id="s:1:1",
    strategy="s",
    boot=1,
    counter=1,
    instrument=BTC,
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    quantity=Decimal(5_000),
    price=Decimal(100),
    stop_price=None,
    time_in_force=TimeInForce.GTC,
    post_only=False,
    reduce_only=False,
    created_mono_ns=0,
    data_mono_ns=0,
    note="",
)


class Counter(Strategy):
    """Counts fills in a state that it saves with each."""

    def on_start(self) -> None:
        self.told: list[FillEvent] = []
        self.known = len(self.orders())

    def on_fill(self, order, fill) -> None:
        self.told.append(fill)
        self.save(fills=[*self.saved().get("fills", []), fill.trade_id])


def a_host(saved: SaveState | None = None) -> StrategyHost:
    host = StrategyHost("s", 7, (BTC,), saved=saved)
    host.create(Counter, Counter.Parameters())
    host.handle(definition(), 1, 1)
    return host


def welcome(host: StrategyHost, number: int, told_before: int = 0, journal: int = JOURNAL) -> None:
    """A router's welcome with the order's state."""
    for message in (
        StrategyWelcome(
            strategy="s",
            boot=7,
            router_boot=1,
            mode=Mode.PAPER,
            trading_state=TradingStateWord.ACTIVE,
            orders=1,
            positions=0,
            journal=journal,
        ),
        SnapshotPart(strategy="s", orders=(report(WISH, 0, ExecType.STATUS),)),
        SnapshotEnd(strategy="s", report_number=number, told_before=told_before),
    ):
        host.handle(message, 1, 1)


def fill(host: StrategyHost, number: int) -> None:
    """A numbered execution."""
    message = report(WISH, number, ExecType.TRADE, last_qty=Decimal(1), trade_id=f"t{number}")
    host.handle(message, 2, 2)


def told(host: StrategyHost) -> list[str]:
    return [each.trade_id for each in host.strategy.told]


def test_reports_before_the_start_are_told_after_it():
    """Or they would count as handled, and no callback would ever have heard of them."""
    host = a_host()
    welcome(host, 3)
    fill(host, 4)
    fill(host, 5)
    assert (host.report_seen, host.report_taken) == (3, 5)
    host.start(2, 2)
    assert host.strategy.known == 1
    assert told(host) == ["t4", "t5"]
    assert host.report_seen == host.report_taken == 5


def test_reports_that_are_sent_again_before_the_start_are_told_once():
    """A router may repeat them, and greet again, while the strategy waits for its data."""
    host = a_host()
    welcome(host, 3)
    for number in (4, 5, 4, 5, 6):
        fill(host, number)
    welcome(host, 3)
    fill(host, 4)
    fill(host, 5)
    host.start(2, 2)
    assert told(host) == ["t4", "t5"]


def test_what_is_held_before_the_start_is_bounded():
    """Later ones come again, for they are not acknowledged."""
    host = a_host()
    welcome(host, 0)
    for number in range(1, HELD_REPORTS_MAX + 10):
        fill(host, number)
    host.start(2, 2)
    assert host.report_seen == len(told(host)) == HELD_REPORTS_MAX
    fill(host, HELD_REPORTS_MAX + 11)
    assert host.misses_reports


def test_reports_after_the_end_are_left_to_the_next_process():
    """What no callback can hear any more is not acknowledged."""
    host = a_host()
    welcome(host, 0)
    host.start(2, 2)
    fill(host, 1)
    host.stop(3, 3)
    fill(host, 2)
    assert host.report_seen == 1
    assert told(host) == ["t1"]


def test_a_state_is_saved_with_the_report_it_was_made_from():
    """They come to disk together, so after a restart neither is ahead of the other."""
    host = a_host()
    welcome(host, 0)
    host.start(2, 2)
    fill(host, 1)
    fill(host, 2)
    saves = [wish for wish in host.take() if isinstance(wish, SaveState)]
    assert saves == [SaveState({"fills": ["t1"]}, 1, 5), SaveState({"fills": ["t1", "t2"]}, 2, 5)]
    again = a_host(saves[0])
    assert (again.report_seen, again.journal) == (1, JOURNAL)


def test_a_fill_that_may_be_known_says_so():
    """An earlier process may have been told: up to the number the router names, and not after it."""
    host = a_host()
    welcome(host, 3, told_before=4)
    host.start(2, 2)
    fill(host, 4)
    fill(host, 5)
    assert [each.possible_duplicate for each in host.strategy.told] == [True, False]


def test_a_router_that_comes_back_marks_nothing():
    """The process itself knows what it was told; the router's doubt is about others."""
    host = a_host()
    welcome(host, 0)
    host.start(2, 2)
    fill(host, 1)
    welcome(host, 0, told_before=9)
    fill(host, 1)
    fill(host, 2)
    assert told(host) == ["t1", "t2"]
    assert not any(each.possible_duplicate for each in host.strategy.told)


def test_another_journal_counts_anew():
    """The router lost or changed its journal: its numbers are others, whatever was seen before."""
    host = a_host(SaveState({}, report_seen=50, journal=JOURNAL))
    welcome(host, 0, journal=6)
    host.start(2, 2)
    fill(host, 1)
    assert told(host) == ["t1"]
    welcome(host, 0, journal=8)
    fill(host, 1)
    assert told(host) == ["t1", "t1"]
    assert attrs.astuple(host.take()[-1]) == ({"fills": ["t1", "t1"]}, 1, 8)
