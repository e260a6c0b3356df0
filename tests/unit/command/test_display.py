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
