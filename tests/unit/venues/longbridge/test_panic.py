"""`run.py panic` over HTTP alone: what is open, cancelled one by one until nothing is left."""

import pytest

from actors.venues.longbridge import VENUE
from actors.venues.longbridge.openorders import ROUNDS_MAX
from actors.venues.longbridge.panic import HttpPanic
from engine.messages.venue import CancelAllOrders, ReconcilePart, ReconcileRequest
from engine.model.enums import VenueStateWord
from engine.session.contract import CallKind, Effects, GiveUp, HttpResponse, Note
from engine.session.panic import Panic, Phase
from tests.kit.longbridge_trade import (
    SECRETS,
    answer,
    at,
    calls,
    cancel,
    names,
    order_row,
    orders,
    settings,
)

REQUEST = ReconcileRequest(
    session_boot=1, router_boot=1, request_id=3, since_ns=at(0).wall_ns, instruments=()
)


def panic() -> HttpPanic:
    return HttpPanic(settings(), SECRETS)


def looked(protocol: HttpPanic, history: HttpResponse, today: HttpResponse) -> Effects:
    """The end of a look at what is open."""
    (call,) = calls(protocol.reconcile(REQUEST, at(1)))
    assert call.kind is CallKind.CANCEL
    effects = protocol.answered(call.call_id, history, at(1.1))
    for each in calls(effects):
        effects = protocol.answered(each.call_id, today, at(1.2))
    return effects


def test_both_lists_are_read_and_what_ended_is_left_out():
    """An order of last week is in the history only."""
    old, new = order_row(order_id="1"), order_row(order_id="2")
    gone = order_row(order_id="3", status="CanceledStatus")
    (part,) = looked(panic(), orders(old), orders(new, gone))
    assert isinstance(part, ReconcilePart)
    assert [order.venue_order_id for order in part.orders] == ["1", "2"]
    assert (part.last, part.complete, part.request_id) == (True, True, 3)


def test_an_order_that_ended_between_the_lists_is_not_open():
    """The newer sight counts."""
    (part,) = looked(panic(), orders(order_row()), orders(order_row(status="FilledStatus")))
    assert isinstance(part, ReconcilePart)
    assert part.orders == ()


def test_a_list_that_was_cut_is_not_complete():
    """What it shows is told all the same."""
    (part,) = looked(panic(), orders(order_row(), has_more=True), orders())
    assert isinstance(part, ReconcilePart)
    assert (len(part.orders), part.complete) == (1, False)


def test_many_open_orders_come_in_parts():
    """Messages are bounded; the last part ends them."""
    rows = [order_row(order_id=str(n)) for n in range(450)]
    parts = looked(panic(), orders(*rows), orders())
    assert [isinstance(part, ReconcilePart) and part.last for part in parts] == [False, False, True]


@pytest.mark.parametrize("response", [answer(code=500000, status=500), answer([1])])
def test_a_venue_that_does_not_tell_is_asked_again_by_whoever_drives(response: HttpResponse):
    """Not complete, with the reason."""
    (part,) = looked(panic(), response, orders())
    assert isinstance(part, ReconcilePart)
    assert not part.complete
    assert part.error


def test_refused_credentials_end_it():
    """One attempt; no secret in the reason."""
    refused = answer(code=401004, status=401, message="stub-token is bad")
    effects = looked(panic(), refused, orders())
    (give_up,) = [each for each in effects if isinstance(each, GiveUp)]
    assert "stub-token" not in str(give_up.error)


def test_it_drives_until_nothing_is_open():
    """With the engine's own decisions: look, cancel one by one, look again."""
    protocol = panic()
    driven = Panic(protocol, VENUE.capabilities)
    effects = driven.state(VenueStateWord.RECONCILING, "", at(1))
    open_rows = {"1": order_row(order_id="1"), "2": order_row(order_id="2")}
    cancelled = []
    second = 1.0
    while not driven.over:
        second += 0.5
        todo, effects = list(effects), []
        for effect in todo:
            if isinstance(effect, ReconcilePart):
                effects += driven.part(effect, at(second))
        for call in calls(todo):
            if call.method == "DELETE":
                name = call.path.rpartition("=")[2]
                cancelled.append(name)
                open_rows.pop(name, None)
                response = answer({})
            else:
                response = orders(*open_rows.values())
            effects += protocol.answered(call.call_id, response, at(second))
        effects += driven.due(at(second))
    assert (driven.phase, sorted(cancelled)) == (Phase.DONE, ["1", "2"])


def test_a_cancel_needs_the_venue_s_id_and_says_what_became_of_it():
    """The list has told it."""
    protocol = panic()
    (note,) = protocol.cancel(cancel(), at(1))
    assert isinstance(note, Note)
    (call,) = calls(protocol.cancel(cancel(venue_order_id="9"), at(1)))
    assert call.path == "/v1/trade/order?order_id=9"
    (note,) = protocol.answered(call.call_id, answer(code=602001, status=400), at(1.1))
    assert isinstance(note, Note)
    (call,) = calls(protocol.cancel(cancel(venue_order_id="9"), at(2)))
    assert protocol.answered(call.call_id, answer({}), at(2.1)) == []


def test_orders_that_stay_are_told_after_some_rounds():
    """A person has to see why."""
    protocol = panic()
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    effects, second, deletes = protocol.cancel_all(everything, at(1)), 1.0, 0
    while not any(isinstance(effect, Note) for effect in effects):
        second += 1.1
        deletes += sum(method == "DELETE" for method, _ in names(effects))
        made = calls(effects)
        effects = [] if made else protocol.due(at(second))
        for call in made:
            refused = answer(code=602001, status=400)
            response = refused if call.method == "DELETE" else orders(order_row())
            effects = [*effects, *protocol.answered(call.call_id, response, at(second))]
    (note,) = effects
    assert isinstance(note, Note)
    assert note.alert
    assert deletes == ROUNDS_MAX - 1


def test_a_refusal_that_repeats_the_token_is_told_without_it():
    """While everything is cancelled, too."""
    protocol = panic()
    effects = protocol.cancel_all(
        CancelAllOrders(session_boot=1, router_boot=1, instrument=""), at(0)
    )
    refusal = answer(code=500000, status=500, message="stub-token of stub-key failed")
    second = 0.0
    while not [each for each in effects if isinstance(each, Note)]:
        second += 1.1
        made = calls(effects)
        effects = list(protocol.due(at(second)))
        for call in made:
            effects = [*effects, *protocol.answered(call.call_id, refusal, at(second))]
    (note,) = [each for each in effects if isinstance(each, Note)]
    assert note.event == "cancel_all_incomplete"
    assert "stub" not in note.detail
