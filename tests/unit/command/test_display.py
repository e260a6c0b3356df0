"""What a person looks at shows every word as it is, whatever a plugin or a venue put into it."""

from typing import Any

import pytest
from rich.console import Console

from actors.command import display, report
from tests.unit.command.test_report import DATA, PAPER, ROUTER, STRATEGY, actor, snapshot

NASTY = ["[/bold]", "[red]x[/red]", r"\[/x]", "KeyError: ['a']", "[link=http://x]"]


def shown(renderable: Any, *, width: int = 200) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def view(*actors: dict[str, Any], **changes: Any) -> str:
    return shown(display.status_view(report.status_of(snapshot(*actors, **changes))))


def test_the_whole_picture_is_there():
    """Processes, venues, strategies, orders, latency and mode on one screen."""
    text = view(ROUTER, DATA, PAPER, STRATEGY)

    for word in ("paper.wooxpro", "strategy.a", "degraded", "50 MiB", "70", "+1.50 USDT"):
        assert word in text
    assert "orders: 2 open, 5 filled" in text
    assert "p50 100 µs, p99 900 µs (7 orders)" in text


def test_a_small_terminal_is_shown_what_matters():
    """Venues, strategies and who is not well; the processes that are well are counted."""
    well = [actor(f"strategy.s{number}", "strategy") for number in range(20)]
    status = report.status_of(snapshot(ROUTER, DATA, PAPER, STRATEGY, *well))
    others = [
        each["name"] for each in status["actors"] if each["state"] != "ready" or each["restarts"]
    ]
    for lines, whole in ((24 + len(well), False), (200, True)):
        text = shown(display.fitting_view(status, Console(width=200, height=lines)))
        assert ("strategy.s7  " in text.partition("market messages")[0]) == whole
        assert all(name in text.partition("market messages")[0] for name in others)
        assert "+1.50 USDT" in text
        assert ("processes ready, never restarted" in text) != whole


def test_eighty_columns_show_names_and_money_whole():
    """What is cut off is a count or a reason, never whom it is about or how much it is."""
    text = shown(
        display.status_view(report.status_of(snapshot(ROUTER, DATA, PAPER, STRATEGY))), width=80
    )
    for word in ("paper.wooxpro", "strategy.a", "+1.50 USDT"):
        assert word in text


@pytest.mark.parametrize(
    ("dead_man", "text"),
    [
        ({"timeout_s": 60, "armed": 2, "left_out": 0}, "2 of 60 s"),
        ({"timeout_s": 60, "armed": 40, "left_out": 3}, "40 of 60 s, 3 without"),
        ({"timeout_s": 0, "armed": 0, "left_out": 0}, "off"),
    ],
)
def test_the_venues_row_tells_which_dead_man_timers_run(dead_man, text):
    """Of its trade session; a venue without one leaves the place empty."""
    trade = actor("wooxpro.trade", "session", gauges={"dead_man": dead_man})
    assert text in view(ROUTER, DATA, trade)
    assert text not in view(ROUTER, DATA)
    assert (
        report.status_of(snapshot(ROUTER, DATA, trade))["venues"]["wooxpro"]["dead_man"] == dead_man
    )


def test_an_engine_that_has_just_started_can_be_shown():
    """No numbers yet, no process yet."""
    text = view(actor("router", "router", state="starting", pid=None, rss_mib=None, gauges={}))

    assert "orders: none" in text
    assert "starting" in text


@pytest.mark.parametrize("nasty", NASTY)
def test_brackets_are_only_brackets(nasty):
    """A reason with markup in it neither disappears nor ends the process that shows it."""
    venue = {"wooxpro.paper": {"state": "down", "reason": nasty}}
    router = actor("router", "router", last_reason=nasty, gauges={"venues": venue})
    alert = {"ts_ns": 0, "actor": "router", "code": "x", "text": nasty}
    text = view(router, alerts=[alert])

    assert text.count(nasty) == 3


def test_the_newest_alerts_are_shown_in_words():
    """When, who and what; older ones are in the log."""
    alerts = [
        {"ts_ns": n * 1_000_000_000, "actor": f"a{n}", "code": "c", "text": "fell"}
        for n in range(5)
    ]
    text = view(ROUTER, alerts=alerts)

    assert "! 00:00:04 a4: fell" in text
    assert "a1: fell" not in text


def test_why_a_process_waits_is_shown_whole():
    """Not only why it was started anew: a strategy that waits is degraded and has never ended."""
    reason = (
        "wooxpro does not list BTCUSDX.WOOXPRO: correct the strategy's instruments, all of them"
    )
    waits = {**STRATEGY, "reason": reason, "last_reason": "went before"}

    assert reason in view(ROUTER, waits)
    assert "went before" in view(ROUTER, {**waits, "reason": ""})
    narrow = shown(display.status_view(report.status_of(snapshot(waits))), width=80)
    assert all(word in narrow for word in reason.split())


def test_what_was_given_up_is_never_pushed_out_by_newer_alerts():
    """Each process that nobody starts again is told of by its own alert, once; its restarts are over."""
    lost = [
        actor(f"strategy.s{n}", "strategy", state="quarantined", reason="fell") for n in range(5)
    ]
    about = [
        ("quarantined", "strategy.s{}"),
        ("restarted", "strategy.s{}"),
        ("restarted", "v{}.data"),
    ]
    alerts = [
        {"ts_ns": n, "actor": name.format(n), "code": code, "text": f"{code} {n}"}
        for code, name in about
        for n in range(5)
    ]
    text = view(ROUTER, *lost, alerts=alerts)

    for n in range(5):
        assert text.count(f" strategy.s{n}: quarantined {n}") == 1
    assert "strategy.s4: restarted" not in text
    assert "v4.data: restarted 4" in text
    assert "2 older alerts: python run.py alarms" in text
    assert "strategy.s4: quarantined: fell; `python run.py restart strategy.s4`" in view(*lost)


def test_a_low_screen_has_first_what_is_wrong():
    """What does not fit is cut at the end."""
    status = report.status_of(snapshot(ROUTER, {**STRATEGY, "state": "failed", "reason": "fell"}))
    short = shown(display.status_view(status, short=True)).splitlines()

    assert "failed: fell" in short[1]
    assert "failed: fell" in shown(display.status_view(status)).splitlines()[-2]


def test_money_is_shown_after_fees_with_what_is_held():
    """Realised and unrealised alone look like break-even where the fees are the loss."""
    row = {
        "realised_pnl": {"USDT": "-0.17"},
        "unrealised_pnl": {"USDT": "0.34"},
        "fees": {"USDT": "21.5"},
        "net_pnl": {"USDT": "-21.33"},
        "positions": {"BTC.X": "-20"},
        "held": 1,
        "denied": 6,
        "denials": {"MARKET_ORDER_FORBIDDEN": 5, "PRICE_OFF_TICK": 1},
    }
    router = {**ROUTER, "gauges": {**ROUTER["gauges"], "strategies": {"a": row}}}
    status = report.status_of(snapshot(router, STRATEGY))
    for width in (200, 80):
        text = shown(display.status_view(status), width=width)
        assert all(word in text for word in ("-21.33 USDT", "21.50 USDT", "-20 BTC.X"))
        assert "denied of a: 5 MARKET_ORDER_FORBIDDEN, 1 PRICE_OFF_TICK" in text
    row |= {"positions": dict.fromkeys(("A.X", "B.X", "C.X"), "1"), "held": 30}
    assert "30 instruments" in shown(
        display.status_view(report.status_of(snapshot(router, STRATEGY)))
    )


def test_what_a_removed_strategy_left_is_shown_with_a_way_out():
    """Renamed in the configuration, it still holds what it held under the old name."""
    left = {"state": "removed", "positions": {"BTC.X": "20"}, "held": 1, "open_orders": 1}
    by_hand = {"state": "by_hand", "positions": {"BTC.X": "3"}, "held": 1}
    gauges = {**ROUTER["gauges"], "owners": {"my-btc": left, "operator": by_hand}}
    text = view({**ROUTER, "gauges": gauges}, STRATEGY)

    assert "my-btc is not configured and holds 20 BTC.X and has 1 open order →" in text
    assert "flatten --strategy my-btc" in text
    assert "by hand" in text
    assert "operator is not configured" not in text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "+0.00 BTC"), ("-0.000123", "-0.00012 BTC"), ("1234.567", "+1,234.57 BTC")],
)
def test_small_amounts_are_not_nothing(amount, text):
    """A fee in a coin that is worth much is a small number."""
    assert display._money({"BTC": amount}) == text


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("price", None, ""),
        ("price", "1.50", "1.50"),
        ("ts_ns", 1_700_000_000_123_000_000, "22:13:20.123"),
        ("ts_ns", None, ""),
        ("fees", {"USDT": "0.5", "BTC": "0.1"}, "0.5 USDT, 0.1 BTC"),
        ("text", "[/x]", "[/x]"),
    ],
)
def test_cells_are_plain(key, value, text):
    """Times of day in UTC, amounts per currency, blanks for nothing."""
    assert shown(display.cell(key, value)).rstrip("\n") == text


@pytest.mark.parametrize(
    ("word", "style"), [("ready", "green"), ("killed", "bold red"), ("starting", "yellow")]
)
def test_states_have_colours(word, style):
    """Green is well, red is not, everything else is on its way."""
    assert display.coloured(word).style == style
