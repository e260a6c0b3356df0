"""A trade session's own care for its orders: how it cancels, what it tells, which timers it keeps."""

from typing import Any

import attrs

from engine.messages.venue import CancelAllOrders, CancelOrder
from engine.session.caretaker import CANCELS_MAX, Caretaker
from engine.session.contract import Note, Now
from engine.session.orphan import REPEAT_S, OrphanPolicy, OrphanSettings
from tests.kit.commands import BOOT, submit
from tests.kit.orders import CAPABILITIES

NS = 1_000_000_000


class Protocol:
    """Answers every command with the command."""

    def cancel(self, command: CancelOrder, _now: Now) -> list[object]:
        return [command]

    def cancel_all(self, command: CancelAllOrders, _now: Now) -> list[object]:
        return [command]


class Timed(Protocol):
    """A venue with timers."""

    dead_man_max = 3

    def arm_dead_man(self, instruments: Any, timeout_s: int, _now: Now) -> list[object]:
        return [("arm", tuple(instruments), timeout_s)]


def made(protocol: Any = None, *, native: bool = True, **settings: Any) -> Caretaker:
    capabilities = attrs.evolve(CAPABILITIES, cancel_all=native)
    return Caretaker(protocol or Protocol(), capabilities, OrphanSettings(**settings), boot=BOOT)


def look(care: Caretaker, at_s: float, silence_s: float = 99.0) -> list[Any]:
    now = Now(int(at_s * NS), 1)
    return list(care.look(now, silence_s=silence_s, connected=True))


def test_what_can_be_cancelled_natively_is_then_one_by_one():
    """The native way first; orders that it left are named in the next attempt."""
    care = made()
    care.orders.sent(submit())
    note, everything = look(care, 100)
    assert (note.event, note.alert) == ("router_gone", True)
    assert "1 orders known to be open: they are cancelled" in note.detail
    assert everything == CancelAllOrders(session_boot=BOOT, router_boot=0, instrument="")
    assert care.acted
    _, cancel = look(care, 100 + REPEAT_S)
    assert (cancel.client_order_id, cancel.instrument) == ("c-1", "A.V")
    assert cancel.expires_mono_ns > (100 + REPEAT_S) * NS


def test_where_there_is_no_native_way_the_own_list_is_cancelled():
    """All of it, bounded per attempt."""
    care = made(native=False)
    for number in range(CANCELS_MAX + 5):
        care.orders.sent(submit(client_order_id=f"c-{number}"))
    _, *cancels = look(care, 100)
    assert [each.client_order_id for each in cancels] == [f"c-{n}" for n in range(CANCELS_MAX)]


def test_kept_orders_are_told_and_left():
    """No command, no timer: whoever keeps orders wants them kept."""
    care = made(Timed(), policy=OrphanPolicy.KEEP)
    care.orders.sent(submit())
    assert look(care, 100, silence_s=0.0) == []
    (note,) = look(care, 101)
    assert "they are kept" in note.detail
    assert not care.acted
    assert care.gauges()["dead_man"] == {"timeout_s": 0, "armed": 0, "left_out": 0}


def test_a_router_that_is_back_is_noted():
    """No alert: it is good news."""
    care = made()
    look(care, 100)
    (note,) = look(care, 101, silence_s=0.0)
    assert note == Note("router_back", "0 orders known to be open")


def test_timers_run_while_orders_are_open_and_a_router_is_there():
    """Set, renewed, not renewed without a router, switched off at an orderly stop."""
    care = made(Timed(), dead_man_s=30)
    assert look(care, 100, silence_s=0.0) == []
    care.orders.sent(submit())
    assert look(care, 101, silence_s=0.0) == [("arm", ("A.V",), 30)]
    assert care.gauges()["dead_man"] == {"timeout_s": 30, "armed": 1, "left_out": 0}
    assert look(care, 111, silence_s=0.0) == [("arm", ("A.V",), 30)]
    assert not [each for each in look(care, 125) if isinstance(each, tuple)]
    assert care.leave(Now(126 * NS, 1)) == [("arm", ("A.V",), 0)]


def test_no_timer_is_set_again_once_the_session_leaves():
    """The look twice a second goes on while it waits for the venue; found by review M4."""
    care = made(Timed(), dead_man_s=30)
    care.orders.sent(submit())
    look(care, 101, silence_s=0.0)
    assert care.leave(Now(102 * NS, 1)) == [("arm", ("A.V",), 0)]
    assert look(care, 103, silence_s=0.0) == []
    assert look(care, 113, silence_s=0.0) == []


def test_instruments_beyond_what_the_venue_can_keep_are_told_and_not_counted():
    """Once each: none of them counts as armed, and none is asked for; found by review M4."""
    care = made(Timed(), dead_man_s=30)
    for name in "DCBA":
        care.orders.sent(submit(client_order_id=name, instrument=f"{name}.V"))
    arms, note = look(care, 101, silence_s=0.0)
    assert arms == ("arm", ("A.V", "B.V", "C.V"), 30)
    assert (note.event, note.alert) == ("dead_man_not_armed", True)
    assert "D.V" in note.detail
    assert care.gauges()["dead_man"] == {"timeout_s": 30, "armed": 3, "left_out": 1}
    assert look(care, 102, silence_s=0.0) == []
    assert care.leave(Now(103 * NS, 1)) == [("arm", ("A.V", "B.V", "C.V"), 0)]


def test_a_venue_without_timers_has_none():
    """Whatever is configured."""
    care = made(dead_man_s=30)
    care.orders.sent(submit())
    assert look(care, 100, silence_s=0.0) == []
    assert care.leave(Now(1, 1)) == []
