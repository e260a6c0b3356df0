"""The kill switch's triggers that are no person's: limits, unexplained differences, a silent console."""

import attrs
import pytest

from engine.messages.orders import StrategyWelcome, TradingState
from engine.messages.venue import CancelOrder, SubmitOrder, UpdateKind
from engine.model.enums import TradingStateWord, VenueStateWord
from engine.orders import records as r
from engine.orders.order import Order
from engine.orders.settings import RouterSettings
from tests.kit.orders import ACCOUNT, BTC, SESSION, Bench, held, of_kind, settings

SCOPE = f"account:{ACCOUNT}"


def strict(level: TradingStateWord) -> RouterSettings:
    """Settings whose only account goes to this level when nobody can explain it."""
    made = settings()
    session = attrs.evolve(made.trade_sessions[SESSION], unexplained=level)
    return attrs.evolve(made, trade_sessions={SESSION: session})


def differ(bench: Bench) -> None:
    """The venue shows a position twice that nobody knows of."""
    bench.state(VenueStateWord.DISCONNECTED)
    bench.state(VenueStateWord.RECONCILING)
    bench.answer((), (), (held(BTC, 3),))
    bench.tick(1.1)
    bench.beat()
    bench.answer((), (), (held(BTC, 3),))
    assert bench.core._k.links[ACCOUNT].blocked


def moves(bench: Bench) -> list[r.TradingStateChanged]:
    records = [r.from_bytes(body) for body in bench.journal]
    return [each for each in records if isinstance(each, r.TradingStateChanged)]


def served(config: RouterSettings) -> Bench:
    """A bench whose venue is open and whose strategies are served."""
    made = Bench(config)
    for name in ("alpha", "beta"):
        made.greet(name)
    made.open_venue()
    return made


def opened(bench: Bench) -> Order:
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED, venue_order_id="v1")
    return order


# --- reconciliation -------------------------------------------------------------------------------


def test_an_unexplained_difference_blocks_and_no_more_where_nothing_is_configured():
    """The account is blocked by itself; the kill switch stays where it is."""
    bench = served(settings())
    differ(bench)
    assert moves(bench) == []


@pytest.mark.parametrize("level", [TradingStateWord.HALTED, TradingStateWord.KILLED])
def test_an_unexplained_difference_halts_its_account(level):
    """The configured level is set for the account and stays when the difference is settled."""
    bench = served(strict(level))
    differ(bench)
    (move,) = moves(bench)
    assert (move.scope, move.level, move.by) == (SCOPE, level, "reconciliation")
    assert "3 at the venue" in move.reason
    bench.ask("accept", "seen at the venue", venue="testvenue")
    bench.answer((), (), (held(BTC, 3),))
    assert not bench.core._k.links[ACCOUNT].blocked
    assert not of_kind(bench.send(bench.intent()), SubmitOrder)
    bench.ask("arm", "the position is ours", scope=SCOPE)
    assert bench.submit()


def test_a_person_who_arms_is_not_overruled_by_the_same_difference():
    """A difference trips once; what a person decided about it holds until there is another."""
    bench = served(strict(TradingStateWord.HALTED))
    differ(bench)
    bench.ask("arm", "known", scope=SCOPE)
    bench.tick(31.0)
    bench.beat()
    bench.answer((), (), (held(BTC, 3),))
    assert len(moves(bench)) == 2


# --- positions that nobody vouches for ------------------------------------------------------------


def compared(bench: Bench, unproven: str) -> None:
    """Another log-in, whose positions rest on this."""
    bench.state(VenueStateWord.DISCONNECTED)
    bench.state(VenueStateWord.RECONCILING)
    bench.answer(unproven=unproven)


def test_a_venue_whose_positions_nobody_vouches_for_opens_for_reducing_orders_only():
    """It is open, nothing can add to what it holds, and a person's word on it lasts."""
    bench = served(settings())
    compared(bench, "no file for 2026-11-27")
    (move,) = moves(bench)
    assert (move.scope, move.level) == (SCOPE, TradingStateWord.REDUCING)
    assert "2026-11-27" in move.reason
    assert not of_kind(bench.send(bench.intent()), SubmitOrder)
    bench.ask("arm", "counted by hand", scope=SCOPE)
    compared(bench, "no file for 2026-11-27")
    assert len(moves(bench)) == 2
    assert bench.submit()


def test_what_a_person_confirmed_holds_for_what_was_asked_only():
    """Another reason, of the next day for example, needs another word; a confirmation ends it."""
    bench = served(settings())
    compared(bench, "no file for 2026-11-27")
    bench.ask("arm", "counted by hand", scope=SCOPE)
    compared(bench, "no file for 2026-11-28")
    assert moves(bench)[-1].level is TradingStateWord.REDUCING
    bench.ask("arm", "counted by hand", scope=SCOPE)
    compared(bench, "")
    assert bench.core.book.unproven[ACCOUNT] == ""
    compared(bench, "no file for 2026-11-28")
    assert moves(bench)[-1].level is TradingStateWord.REDUCING


# --- the operator's console -----------------------------------------------------------------------


def test_a_silent_console_kills_everything():
    """Where a console is demanded, its silence cancels what is open, and arming gives it time anew."""
    bench = served(attrs.evolve(settings(), console_silence_s_max=10.0))
    opened(bench)
    bench.tick(9.0)
    bench.ask("alive")
    bench.beat()
    bench.tick(9.0)
    assert moves(bench) == []
    bench.beat()
    before = len(bench.sent)
    bench.tick(2.0)
    (move,) = moves(bench)
    assert (move.scope, move.level, move.by) == ("engine", TradingStateWord.KILLED, "console")
    assert of_kind([message for _, message in bench.sent[before:]], CancelOrder)
    bench.ask("arm", "the console is back")
    bench.tick(9.0)
    assert len(moves(bench)) == 2


def test_no_console_is_waited_for_unless_configured():
    """By default nothing happens however long nobody says that they are there."""
    bench = served(settings())
    bench.tick(100_000.0)
    assert moves(bench) == []


def test_a_viewer_is_no_console():
    """Being alive keeps the engine trading, so it takes the operator's key."""
    bench = served(settings())
    (reply,) = bench.operate("alive", "", "viewer")
    assert not reply.ok


# --- the seam for controls ------------------------------------------------------------------------


def test_a_trip_only_raises_and_outlives_a_full_disk():
    """A control's trip is in force at once, cannot lower a level, and is journaled when it can be."""
    bench = served(settings())
    killing = bench.core._killing
    assert killing.trip("strategy:alpha", TradingStateWord.HALTED, by="control", reason="x" * 9_999)
    assert not killing.trip("strategy:alpha", TradingStateWord.REDUCING, by="control", reason="")
    bench.disk_full = True
    killing.trip("engine", TradingStateWord.KILLED, by="control", reason="loss")
    assert not of_kind(bench.send(bench.intent("beta")), SubmitOrder)
    bench.disk_full = False
    bench.tick(1.5)
    assert [(each.scope, each.level) for each in moves(bench)] == [
        ("strategy:alpha", TradingStateWord.HALTED),
        ("engine", TradingStateWord.KILLED),
    ]


# --- an account's own level -----------------------------------------------------------------------


@pytest.mark.parametrize("scope", [SCOPE, "venue:testvenue"])
def test_an_accounts_level_is_shown_to_who_trades_on_it(scope):
    """Strategies hear of it at once and when they say hello, and it is in their figures."""
    bench = served(settings())
    before = len(bench.sent)
    bench.ask("kill", "drill", level="reducing", scope=scope)
    told = of_kind([message for _, message in bench.sent[before:]], TradingState)
    assert {message.state for message in told} == {TradingStateWord.REDUCING}
    assert bench.ask("status")["strategies"]["alpha"]["trading_state"] == "reducing"
    bench.boots["alpha"] = 55
    (welcome,) = of_kind(bench.greet("alpha"), StrategyWelcome)
    assert welcome.trading_state is TradingStateWord.REDUCING


def test_flatten_knows_that_the_account_is_halted():
    """It says so at once instead of being denied each of its orders."""
    bench = served(settings())
    order = opened(bench)
    bench.fill(order, "f1", "3")
    bench.ask("kill", "drill", level="halted", scope=SCOPE)
    (reply,) = bench.operate("flatten", "home", strategy="alpha")
    assert not reply.ok
    assert "trading is halted for alpha" in reply.error
