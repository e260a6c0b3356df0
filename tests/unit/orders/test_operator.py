"""The operator's desk and the kill switch: T-082, PT-19, and what programs read."""

import json

import pytest

from engine.messages.orders import TradingState
from engine.messages.venue import CancelAllOrders, CancelOrder, SubmitOrder, UpdateKind
from engine.model.enums import Lifecycle, Pending, Side, TradingStateWord
from engine.orders import records as r
from tests.kit.orders import BTC, ETH, SESSION, Bench, D, of_kind


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    made.greet("beta")
    return made.open_venue()


def opened(bench: Bench, **changes):
    order = bench.submit(**changes)
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def refused(bench: Bench, verb: str, reason: str = "", role: str = "operator", **arguments) -> str:
    (reply,) = bench.operate(verb, reason, role, **arguments)
    assert not reply.ok
    assert reply.body == ""
    return reply.error


# --- the kill switch --------------------------------------------------------------------------------


def test_kill_cancels_everything_at_once_and_first(bench):
    """T-082: killed: all cancels go out before anything else, nothing new leaves."""
    orders = [opened(bench), opened(bench, name="beta"), opened(bench, instrument=ETH)]
    before = len(bench.sent)
    answer = bench.ask("kill", "drill")
    sent = bench.sent[before:]
    assert answer == {
        "scope": "engine",
        "level": "killed",
        "changed": True,
        "journaled": True,
        "open_orders": 3,
    }
    assert isinstance(sent[0][1], CancelAllOrders)
    commands = [m for d, m in sent if d == SESSION and isinstance(m, CancelOrder)]
    assert [c.client_order_id for c in commands] == [o.client_order_id for o in orders]
    assert all(order.pending is Pending.CANCEL for order in orders)
    assert {m.state for m in of_kind([m for _, m in sent], TradingState)} == {
        TradingStateWord.KILLED
    }
    assert not of_kind(bench.send(bench.intent()), SubmitOrder)


@pytest.mark.parametrize(
    ("scope", "alpha", "beta"),
    [
        ("engine", True, True),
        ("venue:testvenue", True, True),
        ("account:testvenue.live", True, True),
        ("strategy:alpha", True, False),
    ],
)
def test_scopes_kill_what_they_cover(bench, scope, alpha, beta):
    """A scope cancels and stops its own, and leaves the others alone."""
    ours, theirs = opened(bench), opened(bench, name="beta")
    bench.ask("kill", "drill", scope=scope)
    assert (ours.pending is Pending.CANCEL) is alpha
    assert (theirs.pending is Pending.CANCEL) is beta
    stopped = [
        not of_kind(bench.send(bench.intent(name)), SubmitOrder) for name in ("alpha", "beta")
    ]
    assert stopped == [alpha, beta]


def test_killed_survives_a_restart_and_only_a_person_arms(bench):
    """The level is in the journal; arming needs the operator's key and a reason."""
    bench.ask("kill", "drill")
    later = bench.restarted()
    later.greet("alpha")
    later.open_venue()
    assert not of_kind(later.send(later.intent()), SubmitOrder)
    assert "--reason" in refused(later, "arm")
    assert "key" in refused(later, "arm", "please", role="viewer")
    assert later.ask("arm", "looked at it")["level"] == "active"
    assert later.submit()
    records = [r.from_bytes(body) for body in later.journal]
    moves = [m for m in records if isinstance(m, r.TradingStateChanged)]
    assert [(m.level, m.by, m.reason) for m in moves] == [
        (TradingStateWord.KILLED, "operator", "drill"),
        (TradingStateWord.ACTIVE, "operator", "looked at it"),
    ]


LEVELS = ["active", "reducing", "halted", "killed"]


@pytest.mark.parametrize("wanted", range(1, 4))
@pytest.mark.parametrize("current", range(4))
def test_kill_only_makes_stricter(bench, current, wanted):
    """Each level after each: a kill that would let more through is refused and changes nothing."""
    if current:
        bench.ask("kill", "drill", level=LEVELS[current])
    if wanted < current:
        words = refused(bench, "kill", "", level=LEVELS[wanted])
        assert f"`arm --level {LEVELS[wanted]}`" in words
    else:
        assert bench.ask("kill", level=LEVELS[wanted])["changed"] is (wanted > current)
    stands = bench.core.book.switch.level_of("engine")
    assert stands == LEVELS[max(current, wanted)]


@pytest.mark.parametrize("wanted", range(4))
@pytest.mark.parametrize("current", range(4))
def test_arm_only_lowers_and_says_why(bench, current, wanted):
    """Each level after each: to reducing and halted as well, never without a reason."""
    if current:
        bench.ask("kill", "drill", level=LEVELS[current])
    assert "--reason" in refused(bench, "arm", " ", level=LEVELS[wanted])
    if wanted > current or LEVELS[wanted] == "killed":
        words = refused(bench, "arm", "looked", level=LEVELS[wanted])
        assert f"`kill --level {LEVELS[wanted]}`" in words
    else:
        assert bench.ask("arm", "looked", level=LEVELS[wanted])["level"] == LEVELS[wanted]
    stands = bench.core.book.switch.level_of("engine")
    assert stands == LEVELS[min(current, wanted)]


def test_a_trigger_cannot_lower_what_a_person_set(bench):
    """Triggers only raise; killing again cancels again."""
    order = opened(bench)
    bench.ask("kill", "drill", level="halted")
    assert order.pending is None
    bench.take(bench.core.kill(by="file", reason="KILL", now=bench.now))
    assert order.pending is Pending.CANCEL
    assert bench.core.book.switch.level_of("engine") is TradingStateWord.KILLED


def test_kill_works_without_a_journal(bench):
    """With a full disk the cancels still go out, and the move is written when it can be."""
    opened(bench)
    bench.disk_full = True
    before = len(bench.sent)
    bench.operate("kill", "drill")
    assert of_kind([m for _, m in bench.sent[before:]], CancelOrder)
    assert not of_kind(bench.send(bench.intent()), SubmitOrder)
    bench.disk_full = False
    bench.tick(1.5)
    assert bench.core.book.switch.level_of("engine") is TradingStateWord.KILLED
    assert bench.restarted().core.book.switch.level_of("engine") is TradingStateWord.KILLED


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("kill", {"scope": "venue:nowhere"}, "venue:testvenue"),
        ("kill", {"level": "active"}, "arm"),
        ("kill", {"level": "gone"}, "halted"),
        ("accept", {"account": "testvenue.live"}, "reason"),
        ("resolve", {"client_order_id": "x"}, "reason"),
        ("bust", {"account": "testvenue.live", "fill_key": "f"}, "reason"),
        ("dance", {}, "positions"),
        ("orders", {"limit": 0}, "limit"),
    ],
)
def test_refusals_say_what_to_do(bench, verb, arguments, words):
    """A request that cannot be fulfilled is answered with the way out."""
    assert words in refused(bench, verb, **arguments)


@pytest.mark.parametrize("arguments", ["[]", "nonsense", '"x"'])
def test_arguments_must_be_an_object(bench, arguments):
    """Arguments are a JSON object or the request is refused."""
    from engine.messages.operator import OperatorRequest

    request = OperatorRequest(request_id="1", verb="orders", arguments=arguments, reason="")
    _, (reply,) = bench.core.operate(request, "viewer", bench.now)
    assert not reply.ok


@pytest.mark.parametrize("verb", ["kill", "arm", "cancel-all", "accept", "resolve", "bust"])
def test_viewers_only_look(bench, verb):
    """Every verb that changes something needs the operator's key."""
    order = opened(bench)
    records = len(bench.journal)
    assert "key" in refused(bench, verb, "because", role="viewer")
    assert len(bench.journal) == records
    assert order.pending is None


def test_cancel_all_by_hand(bench):
    """The operator cancels a scope, or one instrument of it, without stopping trading."""
    btc, eth = opened(bench), opened(bench, instrument=ETH)
    assert bench.ask("cancel-all", instrument=ETH)["open_orders"] == 1
    assert (btc.pending, eth.pending) == (None, Pending.CANCEL)
    bench.ask("cancel-all", scope="strategy:alpha")
    assert btc.pending is Pending.CANCEL
    assert bench.submit()


def test_busts_take_a_fill_back_once(bench):
    """A bust is keyed by its trade: position and cumulative quantity go back, and only once."""
    order = opened(bench)
    bench.fill(order, "f1", "4")
    bench.fill(order, "f2", "6", "110")
    row = bench.ask("bust", "notice 17", account="testvenue", fill_key="f2")
    assert (row["cum_qty"], row["lifecycle"]) == ("4", "filled")
    position = bench.core.book.strategies.find("alpha", BTC)
    assert (position.quantity, position.fees) == (4, {"USDT": D("0.01")})
    assert position.cash == D("-0.4")
    assert "no fill" in refused(bench, "bust", "again", account="testvenue", fill_key="f2")
    bench.fill(order, "f2", "6", "110")
    assert order.cum_qty == 4


# --- what programs read -----------------------------------------------------------------------------


def test_orders_and_fills_as_programs_read_them(bench):
    """Arrays of objects with the messages' names; Decimals as plain text, times as integers."""
    order = opened(bench, note="entry")
    bench.fill(order, "f1", "4", "99.5")
    (row,) = bench.ask("orders", open=True)
    assert {
        "strategy": "alpha",
        "client_order_id": order.client_order_id,
        "instrument": BTC,
        "side": "buy",
        "ord_type": "limit",
        "quantity": "10",
        "price": "100",
        "lifecycle": "partly_filled",
        "pending": None,
        "certainty": "known",
        "cum_qty": "4",
        "leaves_qty": "6",
        "avg_px": "99.5",
        "unattended": False,
        "note": "entry",
    }.items() <= row.items()
    (fill,) = bench.ask("fills", strategy="alpha")
    assert (fill["last_qty"], fill["last_px"], fill["fee"]) == ("4", "99.5", "0.01")
    assert isinstance(fill["ts_ns"], int)
    assert bench.ask("fills", strategy="beta") == []


def test_positions_as_programs_read_them(bench):
    """Strategies and accounts, with realised and unrealised profit and fees per currency."""
    order = opened(bench)
    bench.fill(order, "f1", "10", "90")
    closing = opened(bench, side=Side.SELL, quantity=D(4), price=D(95))
    bench.fill(closing, "f2", "4", "95")
    rows = bench.ask("positions")
    assert [(row["strategy"], row["account"]) for row in rows] == [
        ("alpha", ""),
        ("", "testvenue.live"),
    ]
    for row in rows:
        assert (row["quantity"], row["avg_px"], row["mark_px"]) == ("6", "90", "100")
        assert (row["realised_pnl"], row["unrealised_pnl"]) == ("0.02", "0.06")
        assert row["fees"] == {"USDT": "0.02"}


def test_summary_shows_what_a_person_should_look_at(bench):
    """Alarms, a blocked account and a full disk are alerts, newest last, never more than a screenful."""
    order = opened(bench)
    for number in range(30):
        bench.fill(order, f"f{number}", "-1", instrument=f"X{number}.TESTVENUE")
        bench.fill(order, f"f{number}", "1", instrument=f"X{number}.TESTVENUE")
    link = bench.core._k.by_session[SESSION]
    link.blocked = ("position BTC: 1 here, 2 at the venue",)
    bench.disk_full = True
    bench.send(bench.intent())
    alerts = bench.core.gauges()["alerts"]
    assert len(alerts) == 20
    assert all(set(alert) == {"ts_ns", "actor", "code", "text"} for alert in alerts)
    codes = [alert["code"] for alert in alerts]
    assert codes == ["fill_conflict"] * 18 + ["blocked", "journal"]
    assert "2 at the venue" in alerts[18]["text"]
    assert "no space left" in alerts[19]["text"]
    assert all(len(alert["text"]) <= 200 for alert in alerts)


def test_summary_as_reports_show_it(bench):
    """Counts by lifecycle, and intents, denials, orders, fills and profit by strategy."""
    order = opened(bench)
    bench.fill(order, "f1", "10", "90")
    bench.send(bench.intent(quantity=D("1.5")))
    bench.submit()
    bench.tick(8.0)
    summary = bench.ask("summary")
    assert summary["orders"] == {"denied": 1, "filled": 1, "planned": 1, "unknown": 1}
    alpha = summary["strategies"]["alpha"]
    figures = ("intents", "denied", "orders", "fills", "realised_pnl", "unrealised_pnl")
    assert [alpha[name] for name in figures] == [3, 1, 2, 1, {"USDT": "0"}, {"USDT": "0.1"}]
    assert summary["venues"]["testvenue.live"]["state"] == "disconnected"
    assert set(summary["latency_us"]["tick_to_route"]) == {"p50", "p99", "count"}


def test_summary_tells_what_was_there_before_this_boot(bench):
    """So that a report can tell a run from those before it; what comes later does not change it."""
    assert bench.ask("summary")["strategies"]["alpha"]["carried"]["orders"] == 0
    bench.fill(opened(bench), "f1", "4", "90")
    later = bench.restarted().open_venue()
    later.greet()
    later.send(later.intent(quantity=D("1.5")))
    alpha = later.ask("summary")["strategies"]["alpha"]
    assert (alpha["intents"], alpha["denied"]) == (2, 1)
    carried = alpha["carried"]
    figures = ("intents", "denied", "orders", "fills", "positions", "held")
    assert [carried[name] for name in figures] == [1, 0, 1, 1, {BTC: "4"}, 1]
    assert carried["fees"] == alpha["fees"]


def test_status_shows_scopes_and_alarms(bench):
    """What is not active and what went wrong is in the status, with who and why."""
    order = opened(bench)
    bench.update(order, UpdateKind.CANCELLED)
    bench.fill(order, "f1", "4")
    bench.ask("kill", "drill", scope="strategy:beta", level="reducing")
    status = bench.ask("status")
    assert status["scopes"]["strategy:beta"]["level"] == "reducing"
    assert status["scopes"]["strategy:beta"]["by"] == "operator"
    assert [alarm["kind"] for alarm in status["alarms"]] == ["late_fill"]
    assert status["alarm_counts"] == {"late_fill": 1}
    assert status["trading_state"] == "active"


def test_long_answers_come_in_parts(bench):
    """An answer larger than a message is complete when its parts are joined."""
    for _ in range(300):
        opened(bench, quantity=D(1), note="n" * 100)
    replies = bench.operate("orders", role="viewer")
    assert len(replies) > 1
    rows = json.loads("".join(reply.body for reply in replies))
    assert len(rows) == 300
    assert {row["lifecycle"] for row in rows} == {Lifecycle.OPEN.value}
