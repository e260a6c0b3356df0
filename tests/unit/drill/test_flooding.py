"""F-13: a flood follows what the plugin wanted, and only while the plan says so."""

from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.drill.faultpoints import Action, NoPoints, PointPlan, fault_points, write_plan
from engine.drill.flooding import FLOOD_INTENTS, flooding
from engine.messages.orders import SubmitIntent
from engine.model.enums import TimeInForce
from engine.strategy.outbox import LogLine, ToRouter
from tests.kit.orders import Bench

TOKEN = "f" * 32
PLAN = PointPlan(number=1, actor="strategy.a", point="flood", action=Action.ERROR, probability=1.0)


class Host:
    """Wants one order, then notes what it is made to submit."""

    def __init__(self, *wishes: object) -> None:
        self.wishes = list(wishes)

    def take(self):
        taken, self.wishes = self.wishes, []
        return taken

    def submit(self, order):
        if len(self.wishes) >= FLOOD_INTENTS // 2:
            raise RuntimeError("too many wait")
        self.wishes.append(order)


@pytest.fixture
def order() -> ToRouter:
    return ToRouter(Bench().intent())


def test_without_a_drill_nothing_is_wrapped(order):
    host = Host(order)
    assert flooding(NoPoints(), host) == host.take


@pytest.mark.parametrize("planned", [True, False])
def test_a_flood_follows_an_order_until_the_host_refuses(tmp_path: Path, order, planned):
    write_plan(tmp_path, TOKEN, [PLAN] if planned else [])
    points = fault_points(TOKEN, tmp_path, "strategy.a", SystemClock())
    wishes = flooding(points, Host(order))()
    assert wishes[0] is order
    assert isinstance(order.message, SubmitIntent)
    assert len(wishes) == 1 + (FLOOD_INTENTS // 2 if planned else 0)
    assert all(each.time_in_force is TimeInForce.IOC for each in wishes[1:])


def test_nothing_follows_what_is_no_order(tmp_path: Path):
    """A strategy that wants nothing, say because its data are stale, is not made to trade."""
    write_plan(tmp_path, TOKEN, [PLAN])
    points = fault_points(TOKEN, tmp_path, "strategy.a", SystemClock())
    assert len(flooding(points, Host(LogLine("x", {})))()) == 1
