"""A trade session's own care for its orders: how it cancels, what it tells, which timers it keeps."""

from typing import Any

import attrs

from engine.messages.venue import CancelAllOrders, CancelOrder, ReconcileRequest, UpdateKind
from engine.session.caretaker import ANSWER_S, CANCELS_MAX, Caretaker
from engine.session.contract import Note, Now
from engine.session.openorders import ALONE_REQUEST_ID
from engine.session.orphan import REPEAT_S, OrphanPolicy, OrphanSettings
from tests.kit.commands import BOOT, request, submit
from tests.kit.orders import CAPABILITIES
from tests.unit.session.test_openorders import an_id, part, update, venue_order

NS = 1_000_000_000


class Protocol:
    """Answers every command with the command."""

    def cancel(self, command: CancelOrder, _now: Now) -> list[object]:
        return [command]

    def cancel_all(self, command: CancelAllOrders, _now: Now) -> list[object]:
        return [command]

    def reconcile(self, request: ReconcileRequest, _now: Now) -> list[object]:
        return [request]


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


def test_names_that_have_ended_do_not_starve_the_rest():
    """Each attempt takes those that were tried least; found by review M5."""
    care = made(native=False)
    for number in range(CANCELS_MAX + 5):
        care.orders.sent(submit(client_order_id=f"c-{number}"))
    look(care, 100)
    cancels = look(care, 100 + REPEAT_S)
    names = [each.client_order_id for each in cancels]
    last = [f"c-{n}" for n in range(CANCELS_MAX, CANCELS_MAX + 5)]
    assert names == last + [f"c-{n}" for n in range(CANCELS_MAX - 5)]


def test_orders_of_strangers_are_neither_timed_nor_cancelled_one_by_one():
    """ORD-12; found by review M5."""
    care = made(Timed(), native=False, dead_man_s=30)
    care.orders.sent(request())
    care.orders.told(part(venue_order("web-1", venue_order_id="v-9")))
    assert look(care, 100, silence_s=0.0) == []
    note, question = look(care, 101)
    assert "0 orders known to be open" in note.detail
    assert question.request_id == ALONE_REQUEST_ID
    care.orders.told(part(venue_order("web-1", venue_order_id="v-9"), number=ALONE_REQUEST_ID))
    assert look(care, 120) == []
    assert not care.left
    figures = care.gauges()
    assert (figures["open_orders"], figures["open_orders_of_others"]) == (1, 1)


def test_a_session_that_begins_alone_asks_what_is_open_and_cancels_what_is_ours():
    """Its list is empty and there is no native way: ask once, cancel when it is answered. Review M5."""
    care = made(native=False)
    _, question = look(care, 100)
    assert (question.request_id, question.session_boot) == (ALONE_REQUEST_ID, BOOT)
    assert care.left
    assert look(care, 100 + REPEAT_S) == []
    ours = an_id(1)
    found = (venue_order(ours, venue_order_id="v-1"), venue_order("", venue_order_id="v-2"))
    care.orders.told(part(*found, number=ALONE_REQUEST_ID))
    (cancel,) = look(care, 101 + REPEAT_S)
    assert (cancel.client_order_id, cancel.venue_order_id) == (ours, "v-1")
    care.orders.told(update(UpdateKind.CANCELLED, client_order_id=ours))
    assert not care.left
    assert look(care, 200) == []


def test_a_question_without_a_complete_answer_is_asked_anew():
    """Until the attempts are over; then the operator is told that nobody knows. Review M5."""
    care = made(native=False)
    asked = [at for at in range(100, 100 + 2 * int(ANSWER_S) + 1) if len(look(care, at)) > 0]
    assert asked == [100, 100 + int(ANSWER_S), 100 + 2 * int(ANSWER_S)]
    seen = [each for at in range(141, 500) for each in look(care, at)]
    (alert,) = [each for each in seen if isinstance(each, Note)]
    assert (alert.event, alert.alert) == ("orphans_left", True)
    assert "did not say" in alert.detail


def test_nothing_is_asked_where_the_venue_does_not_know_our_login():
    """It would be refused; the log-in begins anew."""
    care = made(native=False)
    now = Now(100 * NS, 1)
    (note,) = care.look(now, silence_s=99.0, connected=False)
    assert isinstance(note, Note)
    (question,) = look(care, 101)
    assert isinstance(question, ReconcileRequest)


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
