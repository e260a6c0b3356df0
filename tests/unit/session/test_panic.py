"""Cancelling everything without the engine: look, cancel, look again, until the venue shows nothing."""

from typing import Any

import attrs
import pytest

from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest
from engine.model.enums import Lifecycle, VenueStateWord
from engine.session.contract import Now
from engine.session.panic import ANSWER_S, LOOK_AGAIN_S, Panic, Phase
from tests.kit.orders import CAPABILITIES
from tests.unit.session.test_openorders import part, venue_order

NS = 1_000_000_000


class Venue:
    """A protocol whose commands are kept, and the clock."""

    def __init__(self, *, native: bool = True, dry_run: bool = False) -> None:
        self.now_s = 10.0
        self.commands: list[Any] = []
        capabilities = attrs.evolve(CAPABILITIES, cancel_all=native)
        self.panic = Panic(self, capabilities, dry_run=dry_run)

    @property
    def now(self) -> Now:
        return Now(int(self.now_s * NS), int(self.now_s * NS))

    def _keep(self, command: Any, _now: Now) -> list[object]:
        self.commands.append(command)
        return [command]

    cancel = cancel_all = reconcile = _keep

    def taken(self) -> list[type]:
        kinds, self.commands = [type(each) for each in self.commands], []
        return kinds

    def log_in(self) -> None:
        self.panic.state(VenueStateWord.CONNECTING, "", self.now)
        self.panic.state(VenueStateWord.RECONCILING, "", self.now)

    def answer(self, *names: str, **changes: Any) -> None:
        orders = [venue_order(name, venue_order_id=f"v-{name}") for name in names]
        number = changes.pop("number", self.panic._request_id)
        made = attrs.evolve(part(*orders, number=number), **changes)
        self.panic.part(made, self.now)

    def wait(self, seconds: float = LOOK_AGAIN_S) -> None:
        self.now_s += seconds
        self.panic.due(self.now)


def test_it_is_over_when_the_venue_shows_nothing_after_the_cancel():
    """Look, cancel natively, look again; what was found and is not shown any more is gone."""
    venue = Venue()
    venue.log_in()
    assert venue.taken() == [ReconcileRequest]
    venue.answer("a", "b")
    assert venue.taken() == [CancelAllOrders]
    assert not venue.panic.over
    venue.wait()
    assert venue.taken() == [ReconcileRequest]
    venue.answer()
    report = venue.panic.report()
    assert (report["ok"], report["left"], report["rounds"]) == (True, [], 1)
    assert [row["client_order_id"] for row in report["gone"]] == ["a", "b"]
    assert [p.detail for p in venue.panic.progress() if p.event == "open orders"] == ["2", "0"]


def test_nothing_open_is_over_at_once():
    """And is what the venue itself has confirmed."""
    venue = Venue()
    venue.log_in()
    venue.answer()
    assert venue.panic.report()["ok"]
    assert venue.taken() == [ReconcileRequest]


def test_what_stays_is_cancelled_one_by_one_and_natively_again():
    """A native cancel that did not do it gets help, and now and then another try."""
    venue = Venue()
    venue.log_in()
    kinds = []
    for _ in range(4):
        venue.answer("a")
        kinds.append([kind for kind in venue.taken() if kind is not ReconcileRequest])
        venue.wait()
    assert kinds == [
        [CancelAllOrders],
        [CancelOrder],
        [CancelOrder],
        [CancelAllOrders, CancelOrder],
    ]
    assert not venue.panic.report()["ok"]
    assert venue.panic.report()["left"][0]["venue_order_id"] == "v-a"


def test_venues_without_a_native_way_get_every_cancel_by_name():
    """From the first round."""
    venue = Venue(native=False)
    venue.log_in()
    venue.answer("a", "b")
    assert venue.taken() == [ReconcileRequest, CancelOrder, CancelOrder]


def test_a_dry_run_looks_and_cancels_nothing():
    """The open orders are shown; it is not ok as long as there are any."""
    venue = Venue(dry_run=True)
    venue.log_in()
    venue.answer(error="busy")
    venue.wait()
    venue.answer("a")
    assert venue.taken() == [ReconcileRequest, ReconcileRequest]
    report = venue.panic.report()
    assert (report["phase"], report["ok"], len(report["left"])) == ("done", False, 1)


@pytest.mark.parametrize("changes", [{"error": "busy"}, {"complete": False}])
def test_a_venue_that_does_not_say_what_is_open_is_cancelled_blindly(changes):
    """Neither an error nor an answer that was cut confirms anything: cancel, and ask again."""
    venue = Venue()
    venue.log_in()
    venue.answer(**changes)
    assert venue.taken() == [ReconcileRequest, CancelAllOrders]
    venue.wait()
    venue.answer()
    assert venue.panic.report()["ok"]


def test_silence_and_strays_confirm_nothing():
    """No answer: asked anew; an answer to the old question does not count."""
    venue = Venue()
    venue.log_in()
    old = venue.panic._request_id
    venue.wait(ANSWER_S)
    assert venue.taken() == [ReconcileRequest, ReconcileRequest]
    venue.answer(number=old)
    assert venue.panic.phase is Phase.LOOKING


def test_a_lost_connection_begins_anew():
    """What was asked is void; after the log-in it is asked again."""
    venue = Venue()
    venue.log_in()
    venue.answer("a")
    venue.panic.state(VenueStateWord.DISCONNECTED, "reset", venue.now)
    venue.wait(60)
    assert venue.panic.phase is Phase.CONNECTING
    venue.taken()
    venue.log_in()
    assert venue.taken() == [ReconcileRequest]


def test_a_venue_that_refuses_us_is_a_failure():
    """Down is for good: credentials are not tried again."""
    venue = Venue()
    venue.log_in()
    venue.answer("a")
    venue.panic.state(VenueStateWord.DOWN, "rejected", venue.now)
    report = venue.panic.report()
    assert venue.panic.over
    assert (report["ok"], report["phase"], report["reason"]) == (False, "failed", "rejected")
    assert len(report["left"]) == 1


def test_ended_orders_in_an_answer_are_not_open():
    """A trade protocol's answer holds history too."""
    venue = Venue()
    venue.log_in()
    venue.answer(orders=(venue_order(lifecycle=Lifecycle.FILLED),))
    assert venue.panic.report()["ok"]
