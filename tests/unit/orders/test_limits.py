"""Limits set for a time (PT-29): by key, with a reason, on record, ended by themselves."""

import json
from typing import Any

import attrs
import pytest

from engine.model.enums import Side
from engine.orders import records as r
from engine.orders.dump import dump
from engine.risk.limits import Limits, RiskSettings
from engine.settings.converter import structure
from tests.kit.orders import ACCOUNT, BTC, Bench, D, instrument, of_kind, settings
from tests.property.test_orders_machine import replayed

RISK = RiskSettings(
    defaults=Limits(max_position=D(15), max_loss={"USDT": D(1)}),
    strategies={"beta": Limits(max_position=D(5))},
)
HOUR_S = 3600


@pytest.fixture
def bench() -> Bench:
    made = Bench(settings(RISK))
    made.greet("alpha")
    made.greet("beta")
    return made.open_venue()


def change(bench: Bench, value: Any = "30", **changes: Any) -> Any:
    """Raise the desk's largest position, for an hour."""
    wanted = {"scope": "engine", "limit": "max_position", "value": value, "expires_s": HOUR_S}
    return bench.ask("limits-set", "a roll", **{**wanted, **changes})


def refusal(bench: Bench, role: str = "operator", reason: str = "a roll", **changes: Any) -> str:
    wanted = {"scope": "engine", "limit": "max_position", "value": "30", "expires_s": HOUR_S}
    replies = bench.operate("limits-set", reason, role, **{**wanted, **changes})
    assert not replies[0].ok
    return replies[0].error


def passes(bench: Bench, name: str = "alpha", **changes: Any) -> bool:
    intent = bench.intent(name, **changes)
    bench.send(intent)
    return bench.core.book.orders.by_intent(intent.intent_id) is not None


def written(bench: Bench, kind: type) -> list[Any]:
    return of_kind([r.from_bytes(body) for body in bench.journal], kind)


def test_a_limit_is_raised_for_a_time_and_returns_by_itself(bench):
    """PT-29: orders go by the new value at once, and by the old one when the time is over."""
    assert not passes(bench, quantity=D(16))
    change(bench)
    assert passes(bench, quantity=D(16))
    (record,) = written(bench, r.LimitChanged)
    assert (record.value, record.before, record.by, record.reason) == (
        '"30"',
        '"15"',
        "operator",
        "a roll",
    )
    bench.tick(HOUR_S - 1)
    bench.beat()
    assert written(bench, r.LimitReturned) == []
    bench.tick(1.0)
    (returned,) = written(bench, r.LimitReturned)
    assert (returned.before, returned.value, returned.reason) == ('"30"', '"15"', "expired")
    assert bench.core._k.limits("alpha", BTC).account.max_position == D(15)
    assert dump(replayed(bench.journal)) == bench.core.dump()


def test_a_limit_can_be_lowered(bench):
    """PT-29: more careful for a while."""
    change(bench, "9", scope=f"account:{ACCOUNT}")
    assert not passes(bench)
    change(bench, "20", scope=f"instrument:{BTC}")
    assert passes(bench)  # the instrument's section stands before the account's


def test_a_change_survives_a_restart_but_not_its_time(bench):
    """PT-29: a restart neither ends it early nor keeps it longer."""
    change(bench)
    after = bench.restarted()
    assert after.core._k.limits("alpha", BTC).account.max_position == D(30)
    assert dump(replayed(after.journal)) == after.core.dump()
    after.wall_ns += HOUR_S * 10**9
    last = after.restarted(73)
    assert last.core._k.limits("alpha", BTC).account.max_position == D(15)
    assert len(written(last, r.LimitReturned)) == 1


def test_a_raised_limit_ends_in_time_when_the_wall_clock_goes_back(bench):
    """F-18: an hour set back is no hour more; found by review M6."""
    change(bench)
    bench.tick(1.0)
    bench.wall_ns -= HOUR_S * 10**9
    bench.tick(HOUR_S - 2)
    bench.beat()
    assert written(bench, r.LimitReturned) == []
    bench.tick(1.0)
    bench.beat()
    assert [each.reason for each in written(bench, r.LimitReturned)] == ["expired"]
    assert not passes(bench, quantity=D(16))
    assert dump(replayed(bench.journal)) == bench.core.dump()


def test_a_raised_limit_ends_when_the_wall_clock_says_so(bench):
    """F-18: the clock that is first ends it: too early is the careful side."""
    change(bench)
    bench.wall_ns += HOUR_S * 10**9
    bench.tick(1.0)
    assert len(written(bench, r.LimitReturned)) == 1


def test_a_raised_limit_begins_no_longer_time_with_a_boot_whose_clock_is_behind(bench):
    """F-18: set back between two boots, it lasts its whole length from there and no longer."""
    change(bench)
    bench.wall_ns -= HOUR_S * 10**9
    after = bench.restarted()
    after.tick(HOUR_S)
    after.beat()
    assert len(written(after, r.LimitReturned)) == 1


def test_the_version_of_limits_moves_with_a_change(bench):
    """PT-29: the journal tells at every order which limits held, also those set for a time."""
    assert passes(bench)
    answer = change(bench)
    assert passes(bench, side=Side.SELL)
    bench.ask("limits-reset", "done", scope="engine", limit="max_position")
    versions = written(bench, r.LimitsVersion)
    held = [structure(json.loads(each.text), RiskSettings) for each in versions]
    assert [each.defaults.max_position for each in held] == [D(15), D(30), D(15)]
    planned = written(bench, r.PlannedOrder)
    assert [each.limits_version for each in planned] == [1, answer["version"]] == [1, 2]
    assert held[0] == RISK


def test_a_dry_run_changes_nothing(bench):
    """PT-29: it says what would hold for whom."""
    before = len(bench.journal)
    answer = change(bench, dry_run=True)
    assert len(bench.journal) == before
    assert answer["dry_run"] is True
    affected = answer["would"]["affects"]
    rows = {(each["strategy"], each["instrument"]): each for each in affected}
    assert len(rows) == 3
    assert rows["alpha", BTC]["before"] == "15"
    assert rows["alpha", BTC]["after"] == "30"
    assert rows["alpha", BTC]["counted_over"] == "account"
    assert not passes(bench, quantity=D(16))
    change(bench)
    bench.ask("limits-reset", "try", scope="engine", limit="max_position", dry_run=True)
    assert passes(bench, quantity=D(16))


def test_only_an_operator_sets_limits(bench):
    """PT-29: a viewer may look."""
    assert "operator's key" in refusal(bench, role="viewer")
    assert bench.operate("limits", role="viewer")[0].ok


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"reason": " "}, "say why"),
        ({"scope": "venue:nowhere"}, "venue:testvenue"),
        ({"scope": "strategy"}, "strategy:alpha"),
        ({"limit": "max_postion"}, "max_position"),
        ({"value": None}, "cannot be taken away"),
        ({"value": "-1"}, "above zero"),
        ({"value": "many"}, "max_position cannot be"),
        ({"expires_s": None}, "--expires"),
        ({"expires_s": 0}, "--expires"),
        ({"expires_s": True}, "--expires"),
        ({"expires_s": 24 * 3600 + 1}, "belongs into the configuration"),
    ],
)
def test_changes_that_are_refused(bench, changes, text):
    """PT-29: what is refused says what to do, and leaves no trace."""
    before = len(bench.journal)
    assert text in refusal(bench, **changes)
    assert len(bench.journal) == before


def test_resetting_what_is_not_set(bench):
    """Nothing to take back is an answer, not silence."""
    replies = bench.operate("limits-reset", "why", scope="engine", limit="max_position")
    assert "limits show" in replies[0].error


def test_limits_as_they_are_shown(bench):
    """How much is used, what holds for single orders, and what is set for a time."""
    assert passes(bench)
    change(bench, "5", scope="strategy:alpha", limit="order_life_s_max")
    answer = bench.ask("limits")
    used = {(e["owner"], e["limit"], e["subject"]): e for e in answer["usage"]}
    assert used[ACCOUNT, "max_position", BTC]["used"] == "10"
    assert used[ACCOUNT, "max_position", BTC]["percent"] == 66
    assert used["beta", "max_position", BTC]["most"] == "5"
    (row,) = [e for e in answer["limits"] if (e["strategy"], e["instrument"]) == ("alpha", BTC)]
    assert row["order_life_s_max"] == 5.0
    (set_,) = answer["changes"]
    assert (set_["scope"], set_["limit"], set_["value"], set_["before"]) == (
        "strategy:alpha",
        "order_life_s_max",
        5.0,
        None,
    )


def test_a_change_of_another_release_is_let_go(bench):
    """A limit that this release does not know is ended at the start, and alarmed."""
    change(bench)
    (record,) = written(bench, r.LimitChanged)
    strange = attrs.evolve(record, limit="max_moons")
    bench.journal.append(r.to_bytes(strange))
    after = bench.restarted()
    assert list(after.core.book.risk.changes) == [("defaults", "", "max_position")]
    assert after.core.book.alarms[-1].kind is r.AlarmKind.LIMIT_CHANGE
    assert "max_moons" in after.core.book.alarms[-1].text
    assert dump(replayed(after.journal)) == after.core.dump()


def test_a_raised_loss_limit_lets_an_armed_strategy_trade():
    """PT-26, PT-29: after a loss it takes a person to arm, and one to raise the limit."""
    bench = Bench(settings(RiskSettings(strategies={"alpha": Limits(max_loss={"USDT": D("0.5")})})))
    bench.greet()
    bench.open_venue()
    order = bench.submit()
    bench.fill(order, "f1", "10")
    bench.price(40.0)
    bench.tick(0.5)
    loss = {"scope": "strategy:alpha", "limit": "max_loss", "value": {"USDT": "2"}}
    bench.ask("limits-set", "approved", **loss, expires_s=60)
    bench.ask("arm", "approved", scope="strategy:alpha")
    bench.tick(0.5)
    bench.submit(price=D(40))


def test_an_instrument_whose_symbol_has_dots_has_limits_of_its_own():
    """`700.HK` at one venue is named like any other, here and in the records."""
    name = "700.HK.TESTVENUE"
    config = settings(RiskSettings(instruments={name: Limits(max_position=D(5))}))
    alpha = attrs.evolve(config.strategies["alpha"], instruments=(BTC, name))
    bench = Bench(attrs.evolve(config, strategies={"alpha": alpha}))
    bench.greet("alpha")
    bench.open_venue()
    bench.define(instrument(name))
    bench.price(name=name)

    assert passes(bench, instrument=name, quantity=D(5))
    assert not passes(bench, instrument=name, quantity=D(1))
    change(bench, "20", scope=f"instrument:{name}")
    assert passes(bench, instrument=name, quantity=D(15))
    assert passes(bench, quantity=D(100))
    assert bench.core.book.account_exposure.instrument(ACCOUNT, name).buys == D(20)
