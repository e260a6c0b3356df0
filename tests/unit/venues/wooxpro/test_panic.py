"""The venue's panic protocol: REST only, open orders and cancels, believes no answer that was cut."""

import json
from typing import Any

import pytest

from actors.venues.wooxpro import VENUE
from actors.venues.wooxpro.lookup import OPEN_ORDERS_LIMIT
from actors.venues.wooxpro.panic import RestPanic
from engine.messages.venue import CancelAllOrders, ReconcilePart, ReconcileRequest
from engine.model.enums import VenueStateWord
from engine.session.contract import CallFailure, CallKind, GiveUp, Note, SetState
from tests.kit.wooxpro import answer, at, calls, cancel, order_row, settings

SECRETS = {"api_key": "key-of-the-test", "api_secret": "secret-of-the-test", "memo": "memo-x"}


def made() -> RestPanic:
    assert VENUE.panic is not None
    protocol = VENUE.panic(settings(), SECRETS)
    assert isinstance(protocol, RestPanic)
    return protocol


def look(protocol: RestPanic, response: Any) -> list[Any]:
    request = ReconcileRequest(
        session_boot=1, router_boot=1, request_id=7, since_ns=0, instruments=()
    )
    (call,) = calls(protocol.reconcile(request, at(0)))
    assert (call.method, call.kind) == ("GET", CallKind.CANCEL)
    return list(protocol.answered(call.call_id, response, at(0)))


def test_it_is_in_service_without_a_stream_and_without_a_login():
    """Every request proves by itself who we are."""
    protocol = made()
    assert protocol.target().url == ""
    assert protocol.start(at(0)) == ()
    assert protocol.opened(at(0)) == [SetState(VenueStateWord.RECONCILING, "REST only")]


def test_open_orders_are_told_and_complete_unless_the_list_was_cut():
    """A list of the longest length may hide more."""
    (part,) = look(made(), answer([order_row()]))
    assert isinstance(part, ReconcilePart)
    assert (part.request_id, len(part.orders), part.complete, part.last) == (7, 1, True, True)
    many = [order_row(order_id=str(number)) for number in range(OPEN_ORDERS_LIMIT)]
    (part,) = look(made(), answer(many))
    assert not part.complete


@pytest.mark.parametrize(
    "response", [answer(code=40012, status=500), answer([{"symbol": 1}]), answer("nonsense")]
)
def test_an_answer_that_says_nothing_is_an_error(response):
    """It must not pass for "nothing open"."""
    (part,) = look(made(), response)
    assert part.error
    assert not part.complete


def test_a_refused_key_ends_it():
    """Accounts get locked by those who try again."""
    (effect,) = look(made(), answer(code=30005, status=401))
    assert isinstance(effect, GiveUp)


def test_everything_is_cancelled_by_symbol():
    """The symbols of the open orders at once, in the signed form."""
    protocol = made()
    look(protocol, answer([order_row()]))
    command = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    (call,) = calls(protocol.cancel_all(command, at(1)))
    assert (call.path, call.kind) == ("/contract/private/cancel-orders", CallKind.CANCEL)
    assert json.loads(call.body) == {"symbol": "BTCUSDT"}


def test_single_cancels_name_their_order():
    """A failure is told without secrets; a cancel that cannot be written is told as well."""
    protocol = made()
    (call,) = calls(protocol.cancel(cancel(), at(0)))
    assert call.path == "/contract/private/cancel-order"
    failure = CallFailure(not_sent=False, reason="reset by secret-of-the-test")
    (note,) = protocol.failed(call.call_id, failure, at(0))
    assert isinstance(note, Note)
    assert "secret" not in note.detail
    (note,) = protocol.cancel(cancel(client_order_id="", venue_order_id=""), at(0))
    assert note.alert
