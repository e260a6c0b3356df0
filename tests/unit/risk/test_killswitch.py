"""Levels, scopes and who may move them."""

import pytest

from engine.model.enums import TradingStateWord as Level
from engine.risk.killswitch import (
    ENGINE_SCOPE,
    KillSwitch,
    Setting,
    account_scope,
    is_stricter,
    severity,
    strategy_scope,
    venue_scope,
)


def switch(**levels: Level) -> KillSwitch:
    made = KillSwitch()
    for scope, level in levels.items():
        name = scope.replace("_", ":")
        made.move(name, Setting(level=level, by="test", reason=scope, ts_ns=1))
    return made


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({}, Level.ACTIVE),
        ({"engine": Level.REDUCING}, Level.REDUCING),
        ({"venue_v": Level.HALTED, "engine": Level.REDUCING}, Level.HALTED),
        ({"strategy_s": Level.KILLED, "venue_v": Level.HALTED}, Level.KILLED),
        ({"strategy_other": Level.KILLED, "venue_other": Level.KILLED}, Level.ACTIVE),
    ],
)
def test_strictest_scope_holds(levels, expected):
    """Of engine, venue and strategy the strictest level holds; others do not matter."""
    assert switch(**levels).level_for("v", "s", "v.live") is expected


def test_arming_one_scope_leaves_the_others():
    """A scope made active again no longer counts, the rest stays."""
    made = switch(engine=Level.KILLED, strategy_s=Level.HALTED)
    made.move(ENGINE_SCOPE, Setting(level=Level.ACTIVE, by="operator", reason="", ts_ns=2))
    assert made.level_for("v", "s", "v.live") is Level.HALTED
    assert [scope for scope, _ in made] == [strategy_scope("s")]


@pytest.mark.parametrize("current", Level)
@pytest.mark.parametrize("wanted", Level)
def test_stricter_is_what_stops_more(current, wanted):
    """Anybody may raise a level; the same level is no raise."""
    assert is_stricter(wanted, current) is (severity(wanted) > severity(current))


def test_overlaid_levels_hold_beside_the_others():
    """Those laid over count with the rest; what they were laid over does not change."""
    made = switch(engine=Level.REDUCING, strategy_s=Level.HALTED)
    setting = Setting(level=Level.KILLED, by="test", reason="", ts_ns=2)
    over = made.overlaid({ENGINE_SCOPE: setting})
    assert over.level_for("v", "s", "v.live") is Level.KILLED
    assert over.level_of(strategy_scope("s")) is Level.HALTED
    assert made.level_for("v", "x", "v.live") is Level.REDUCING


def test_an_account_stands_for_itself():
    """A level of one account holds for it and not for the venue's other account."""
    made = KillSwitch()
    setting = Setting(level=Level.HALTED, by="test", reason="", ts_ns=1)
    made.move(account_scope("v.live"), setting)
    assert made.level_for("v", "s", "v.live") is Level.HALTED
    assert made.level_for("v", "s", "v.paper") is Level.ACTIVE
    assert made.level_for("v", "s", "") is Level.ACTIVE


def test_scopes_are_named_after_what_they_cover():
    """The names of scopes are part of the operator's language."""
    assert (venue_scope("wooxpro"), strategy_scope("x")) == ("venue:wooxpro", "strategy:x")
