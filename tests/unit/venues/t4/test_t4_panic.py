"""Panic over the venue's WebSocket alone: no market data, no REST, until nothing is open."""

from typing import Any

import pytest

from actors.venues.t4.capabilities import CAPABILITIES
from actors.venues.t4.panic import DISPLACED_MAX, PanicSession
from actors.venues.t4.proto import account_pb2, auth_pb2, market_pb2
from actors.venues.t4.proto import enums_pb2 as e
from engine.errors import LocalProtocolError
from engine.messages.venue import CancelAllOrders
from engine.model.enums import VenueStateWord
from engine.session.contract import CallFailure, Drop, GiveUp, HttpResponse, SetState
from engine.session.panic import Panic, Phase
from tests.kit.t4_trade import (
    SECRETS,
    accepted_image,
    at,
    cancel,
    frames,
    from_server,
    login,
    multi,
    parts,
    sent,
    settings,
    snapshot,
    status,
)

GRANTED = from_server(
    "account_subscribe_response", account_pb2.AccountSubscribeResponse(success=True)
)
OVER = from_server("account_snapshot", snapshot())


def opened() -> PanicSession:
    protocol = PanicSession(settings(contracts=("CME_Eq/ES",)), SECRETS)
    protocol.opened(at(0))
    effects = protocol.received(from_server("login_response", login()), at(0))
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"], "nothing else is asked"
    return protocol


def test_it_cancels_what_the_account_shows_until_nothing_is_open():
    protocol = opened()
    panic = Panic(protocol, CAPABILITIES)
    two = multi(accepted_image(), accepted_image(unique_id="u-2", tag="by hand"))
    shown = from_server("account_snapshot", snapshot(two))

    def heard(effects: Any, now: Any) -> list[Any]:
        answered: list[Any] = []
        for effect in effects:
            if isinstance(effect, SetState):
                answered += panic.state(effect.state, effect.reason, now)
        for part in parts(effects):
            answered += panic.part(part, now)
        return answered

    protocol.received(GRANTED, at(0))
    asked = heard(protocol.received(shown, at(0)), at(0))
    assert [kind for kind, _ in sent(asked)] == ["account_subscribe"]
    protocol.received(GRANTED, at(0))
    pulls = sent(heard(protocol.received(shown, at(0)), at(0)))
    assert [(kind, m.pulls[0].unique_id) for kind, m in pulls] == [
        ("order_pull", "u-1"),
        ("order_pull", "u-2"),
    ]
    gone = [
        status(
            unique_id=name,
            change=e.ORDER_CHANGE_PULL_SUCCESS,
            status=e.ORDER_STATUS_FINISHED,
            sequence_order=9,
        )
        for name in ("u-1", "u-2")
    ]
    protocol.received(from_server("order_update_multi", multi(*gone)), at(0))
    panic.due(at(1))
    protocol.received(GRANTED, at(1))
    heard(protocol.received(OVER, at(1)), at(1))
    assert panic.phase is Phase.DONE
    report = panic.report()
    assert (report["ok"], len(report["gone"])) == (True, 2)  # type: ignore[arg-type]


def test_messages_about_markets_are_none_of_its_business():
    protocol = opened()
    details = market_pb2.MarketDetails(market_id="X")
    assert protocol.received(from_server("market_details", details), at(1)) == []


def test_an_engine_that_takes_its_place_is_outlasted():
    """The engine gives up after two displacements; panic tries again more often than that."""
    protocol = PanicSession(settings(), SECRETS)
    displaced = auth_pb2.LoginResponse(result=e.LOGIN_RESULT_LOGGED_IN_ELSEWHERE)
    for number in range(1, DISPLACED_MAX + 1):
        protocol.opened(at(number))
        protocol.received(from_server("login_response", login()), at(number))
        effects = protocol.received(from_server("login_response", displaced), at(number))
        last = number == DISPLACED_MAX
        assert any(isinstance(effect, GiveUp if last else Drop) for effect in effects)
        protocol.lost("displaced", at(number))


def test_cancel_all_and_what_did_not_leave():
    protocol = opened()
    protocol.received(GRANTED, at(0))
    protocol.received(from_server("account_snapshot", snapshot(multi(accepted_image()))), at(0))
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    assert [kind for kind, _ in sent(protocol.cancel_all(everything, at(1)))] == ["order_pull"]
    (frame,) = frames(protocol.cancel(cancel(), at(1)))
    assert protocol.unsent(frame.order, at(1))


def test_it_beats_and_makes_no_calls():
    protocol = opened()
    assert protocol.ping(at(5))
    assert protocol.deadline() is not None
    assert protocol.start(at(0)) == ()
    assert protocol.target().url == "ws://127.0.0.1:2/v1"
    with pytest.raises(LocalProtocolError):
        protocol.answered(1, HttpResponse(200, {}, b""), at(1))
    with pytest.raises(LocalProtocolError):
        protocol.failed(1, CallFailure(not_sent=True, reason="x"), at(1))


def test_a_login_that_shows_no_account_is_tried_again():
    protocol = opened()
    (drop,) = [each for each in protocol.due(at(11)) if isinstance(each, Drop)]
    assert "snapshot" in str(drop.error)
    assert not any(
        isinstance(each, SetState) and each.state is VenueStateWord.RECONCILING
        for each in protocol.lost("silent", at(11))
    )
