"""What needs a person comes from the supervisor and the router, and what stands is not forgotten."""

from actors.command import alarming
from tests.unit.command.test_report import ROUTER, STRATEGY, actor, snapshot

ALARM = {"kind": "late_fill", "account": "x", "subject": "o1", "text": "late", "ts_ns": 5}


def alert(name: str, code: str, ts_ns: int = 3) -> dict[str, object]:
    return {"ts_ns": ts_ns, "actor": name, "code": code, "text": f"{code} of {name}"}


def test_a_strategy_that_was_given_up_is_an_alarm():
    """With its alert while that is kept, and without it."""
    lost = actor("strategy.b", "strategy", state="quarantined", reason="fell", since_ns=7)
    kept = alarming.rows(snapshot(lost, alerts=[alert("strategy.b", "quarantined")]), [])
    lost_alert = alarming.rows(snapshot(lost), [])

    assert [(row["kind"], row["subject"]) for row in kept] == [("quarantined", "strategy.b")]
    assert kept[0]["text"] == "quarantined of strategy.b"
    assert [(row["kind"], row["ts_ns"]) for row in lost_alert] == [("quarantined", 7)]
    assert "fell" in lost_alert[0]["text"]


def test_all_of_them_come_in_order_with_the_keys_of_alarms():
    """Whoever knew of it; the router's alerts only where they are no alarms already."""
    told = [alert("router", "blocked", 9), alert("router", "late_fill", 5)]
    router = {**ROUTER, "gauges": {**ROUTER["gauges"], "alerts": told}}
    status = snapshot(router, STRATEGY, alerts=[alert("strategy.a", "restarted", 6)])
    rows = alarming.rows(status, [ALARM])

    assert [row["kind"] for row in rows] == ["late_fill", "restarted", "blocked"]
    assert all(set(row) == set(ALARM) for row in rows)
    assert alarming.rows(snapshot(STRATEGY), []) == []
