"""From the supervisor's snapshot to status, brief line and report: keys that programs read."""

import json
from typing import Any

import pytest

from actors.command import report

LATENCY = {"p50": 100.0, "p99": 900.0, "count": 7}


def actor(name: str, kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "pid": 1,
        "boot": "a",
        "state": "ready",
        "restarts": 0,
        "last_reason": "",
        "heartbeat_age_s": 0.1,
        "rss_mib": 50.0,
        "gauges": {},
        **changes,
    }


def snapshot(*actors: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"mode": "paper", "since_ns": 5, "actors": list(actors), "alerts": [], **changes}


ROUTER = actor(
    "router",
    "router",
    gauges={
        "orders": {"open": 2, "filled": 5},
        "trading_state": "active",
        "venues": {"wooxpro.paper": {"state": "ready", "reason": ""}},
        "strategies": {"a": {"intents": 9, "realised_pnl": {"USDT": "1.5"}}},
        "latency_us": {"tick_to_route": {"p50": 1.0, "p99": 2.0, "count": 99}},
    },
)
DATA = actor(
    "wooxpro.data", "session", gauges={"state": "ready", "market_messages": 70, "reconnects": 1}
)
PAPER = actor("paper.wooxpro", "paper", restarts=2, gauges={"latency_us": LATENCY})
STRATEGY = actor("strategy.a", "strategy", state="degraded", restarts=1)


def test_a_venue_is_what_router_and_sessions_know_of_it():
    """Readiness from the router, counters summed over its processes, by the venue's own name."""
    status = report.status_of(snapshot(ROUTER, DATA, PAPER))

    assert status["venues"] == {
        "wooxpro": {
            "state": "ready",
            "reason": "",
            "market_messages": 70,
            "reconnects": 1,
            "restarts": 2,
        }
    }


def test_a_venue_that_nobody_has_heard_of_is_disconnected():
    """It is in the report all the same, with everything programs expect."""
    status = report.status_of(snapshot({**DATA, "gauges": {"market_messages": 70}}))

    assert status["venues"]["wooxpro"]["state"] == "disconnected"
    assert status["venues"]["wooxpro"]["market_messages"] == 70


def test_a_session_names_its_venue_itself():
    """A session's own word on its venue goes before its actor name."""
    odd = actor("x.y", "session", gauges={"venue": "wooxpro", "market_messages": 3})

    assert set(report.status_of(snapshot(odd))["venues"]) == {"wooxpro"}


def test_a_strategy_is_account_and_process():
    """Money from the router, state and restarts from the supervisor, zeros for what nobody said."""
    status = report.status_of(snapshot(ROUTER, STRATEGY))

    assert status["strategies"] == {
        "a": {
            "intents": 9,
            "denied": 0,
            "orders": 0,
            "fills": 0,
            "realised_pnl": {"USDT": "1.5"},
            "unrealised_pnl": {},
            "state": "degraded",
            "restarts": 1,
        }
    }


def test_latency_is_of_the_session_that_sent_most():
    """One that sent nothing, and the router's own measure, do not count."""
    few = actor("a.trade", "session", gauges={"latency_us": {**LATENCY, "count": 2}})
    none = actor("b.trade", "session", gauges={"latency_us": {"p50": 0, "p99": 0, "count": 0}})
    status = report.status_of(snapshot(ROUTER, few, none, PAPER))

    assert status["latency_us"] == {"tick_to_order": LATENCY}
    assert report.status_of(snapshot(none))["latency_us"]["tick_to_order"]["count"] == 0


def test_restarts_are_summed_and_alerts_joined():
    """Of all processes."""
    status = report.status_of(snapshot(PAPER, STRATEGY, alerts=[{"text": "x"}]))

    assert status["restarts"] == 3
    assert status["alerts"] == [{"text": "x"}]


def test_an_engine_that_has_just_started_has_a_status():
    """Processes without numbers, and no router yet: every key is there."""
    status = report.status_of(snapshot(actor("router", "router", gauges=None, pid=None)))

    assert status["trading_state"] == "unknown"
    assert status["orders"] == {}
    assert json.loads(json.dumps(report.summary(status, 0.5)))["duration_s"] == 0.5


def test_the_report_has_every_key_even_of_nothing():
    """A run that ended before anything was seen of it has the same keys as any other."""
    full = report.summary(report.status_of(snapshot(ROUTER, DATA, PAPER, STRATEGY)), 12.34567)
    nothing = report.summary({}, 0.1)

    assert full["duration_s"] == 12.346
    assert {"mode", "venues", "strategies", "orders", "latency_us", "restarts"} <= set(full)
    assert set(nothing) == set(full)


def test_the_brief_line_is_small():
    """Words and counts only; no process, no money."""
    brief = report.brief(report.status_of(snapshot(ROUTER, DATA, PAPER, STRATEGY)))

    assert brief["venues"] == {"wooxpro": "ready"}
    assert brief["strategies"]["a"] == {"state": "degraded", "orders": 0, "fills": 0, "denied": 0}
    assert len(json.dumps(brief)) < 400


def feed(name: str, state: str, messages: int = 10, **changes: Any) -> dict[str, Any]:
    gauges = {"venue": "two", "state": state, "market_messages": messages, "reconnects": 1}
    return actor(f"two.{name}.data", "session", gauges=gauges, **changes)


def test_the_sessions_of_a_venue_count_together():
    """Messages, reconnects and restarts are summed; without orders the sessions alone say how it is."""
    sessions = feed("stock", "ready", 10, restarts=1), feed("other", "ready", 5, restarts=2)
    assert report.status_of(snapshot(*sessions))["venues"] == {
        "two": {
            "state": "ready",
            "reason": "",
            "market_messages": 15,
            "reconnects": 2,
            "restarts": 3,
        }
    }


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("ready", "connecting"), "connecting"),
        (("disconnected", "connecting"), "disconnected"),
        (("down", "disconnected"), "down"),
        (("logging_in", "closed"), "logging_in"),
        (("ready", "closed"), "closed"),
    ],
)
def test_a_venue_is_as_well_as_the_worst_of_its_sessions(states, expected):
    """In whichever order they stand."""
    sessions = [feed(f"f{number}", state) for number, state in enumerate(states)]
    for order in (sessions, sessions[::-1]):
        assert report.status_of(snapshot(*order))["venues"]["two"]["state"] == expected


def test_a_session_that_is_not_in_service_shows_nothing():
    """What it said last does not count."""
    gone = {**feed("stock", "ready"), "state": "restarting"}
    row = report.status_of(snapshot(gone, feed("other", "ready")))["venues"]["two"]

    assert (row["state"], row["reason"]) == ("disconnected", "two.stock.data is away")


def test_an_account_is_no_better_than_its_market_data():
    """Ready for orders, but blind."""
    blind = actor("wooxpro.data", "session", gauges={"state": "connecting"})
    row = report.status_of(snapshot(ROUTER, blind))["venues"]["wooxpro"]

    assert row["state"] == "connecting"


def test_a_joined_session_shows_its_market_beside_its_account():
    """An account may be ready before the data is; a trade session without data shows none."""
    row = {"venue": "wooxpro", "state": "reconciling"}
    joined = actor("wooxpro.trade", "session", gauges={**row, "market_messages": 3})
    alone = actor("wooxpro.trade", "session", gauges=row)

    assert report.status_of(snapshot(ROUTER, joined))["venues"]["wooxpro"]["state"] == "reconciling"
    assert report.status_of(snapshot(ROUTER, alone))["venues"]["wooxpro"]["state"] == "ready"


BEHIND = {
    "intents": 9,
    "denied": 1,
    "orders": 8,
    "fills": 5,
    "realised_pnl": {"USDT": "1.5"},
    "fees": {"USDT": "0.5"},
    "positions": {"BTCUSDT.WOOXPRO": "20"},
    "held": 1,
}


def router_with(**row: Any) -> dict[str, Any]:
    return {**ROUTER, "gauges": {**ROUTER["gauges"], "strategies": {"a": row}}}


def test_a_run_is_told_apart_from_those_before_it():
    """Found where three runs of one configuration reported 1, 15 and 17 fills."""
    row = {"intents": 12, "denied": 1, "orders": 11, "fills": 7, "carried": BEHIND}
    money = {"realised_pnl": {"USDT": "-2", "CNY": "3"}, "fees": {"USDT": "0.75"}}
    status = report.status_of(snapshot(router_with(**row, **money), STRATEGY))
    carried = report.carried_of(status)
    assert carried == {"a": BEHIND}

    told = report.summary(status, 1.0, carried)
    assert told["strategies"]["a"]["fills"] == 7
    assert told["carried_over"] == {"a": BEHIND}
    assert told["this_run"] == {
        "a": {
            "intents": 3,
            "denied": 0,
            "orders": 3,
            "fills": 2,
            "realised_pnl": {"USDT": "-3.5", "CNY": "3"},
            "fees": {"USDT": "0.25"},
        }
    }
    assert report.carried_lines(carried) == [
        "a goes on from earlier runs: 8 orders, 5 fills, holds 20 BTCUSDT.WOOXPRO"
    ]
    assert report.added_lines(told) == [
        "a in this run: 3 orders, 0 denied, 2 fills, realised -3.5 USDT, 3 CNY, fees 0.25 USDT"
    ]


def test_of_many_positions_that_go_on_some_are_named_and_all_counted():
    """What travels with every heartbeat has a bound."""
    (line,) = report.carried_lines({"a": {**BEHIND, "held": 12}})
    assert line.endswith("holds 20 BTCUSDT.WOOXPRO and 11 more")


def test_a_first_run_carries_nothing_over():
    """And before the router has told, nobody knows."""
    fresh = {**BEHIND, "intents": 0, "denied": 0, "orders": 0, "fills": 0, "positions": {}}
    known = report.status_of(snapshot(router_with(intents=2, carried=fresh), STRATEGY))
    assert report.carried_of(known) == {}
    assert report.summary(known, 1.0, {})["this_run"]["a"]["intents"] == 2
    assert report.carried_of(report.status_of(snapshot(STRATEGY))) is None
