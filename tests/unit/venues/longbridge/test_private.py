"""The trade session: from the password to the granted order topic, and what ends it."""

import pytest

from actors.venues.longbridge.commands import Trade
from actors.venues.longbridge.packets import Kind, Packet, decode, encode
from actors.venues.longbridge.private import EVENTS_TOLD_MAX, TradeProtocol
from actors.venues.longbridge.proto import trade_pb2
from engine.errors import (
    ConfigError,
    CredentialsRejected,
    LocalProtocolError,
    PeerSilent,
    RemoteProtocolError,
)
from engine.messages.venue import CancelAllOrders, ReconcilePart, ReconcileRequest
from engine.model.enums import VenueStateWord
from engine.session.contract import CallFailure, Drop, GiveUp, Note, SetState
from tests.kit.longbridge_trade import (
    SECRETS,
    TENCENT,
    answer,
    at,
    calls,
    connected,
    frames,
    names,
    notification,
    order_push,
    order_row,
    orders,
    push_data,
    response,
    settings,
    submit,
    trade_session,
    updates,
)

ID = "701276261045858304"
CANCEL = ("DELETE", f"/v1/trade/order?order_id={ID}")


def request(number: int = 1) -> ReconcileRequest:
    return ReconcileRequest(
        session_boot=1,
        router_boot=1,
        request_id=number,
        since_ns=at(-600).wall_ns,
        instruments=(TENCENT,),
    )


def test_the_topic_is_subscribed_behind_each_login():
    """Subscriptions are per connection; in service only once the topic is granted."""
    protocol = TradeProtocol(settings(), SECRETS)
    (state,) = connected(protocol)
    assert isinstance(state, SetState)
    assert state.state is VenueStateWord.RECONCILING
    protocol.lost("cut", at(10))
    protocol.prepare(at(11))
    (resume,) = frames(protocol.opened(at(11)))
    (topic,) = frames(protocol.received(response(resume, b""), at(11)))
    asked = decode(topic.data)
    assert asked.command == Trade.SUB
    assert trade_pb2.Sub.FromString(asked.body).topics == ["private"]
    granted = trade_pb2.SubResponse(current=["private"]).SerializeToString()
    (state,) = protocol.received(response(topic, granted), at(11))
    assert isinstance(state, SetState)


def refused(body: bytes, status: int = 0) -> list[object]:
    protocol = TradeProtocol(settings(), SECRETS)
    (call,) = calls(protocol.prepare(at(0)))
    protocol.answered(call.call_id, answer({"otp": "o", "limit": 10, "online": 0}), at(0))
    (login,) = frames(protocol.opened(at(0)))
    (topic,) = frames(protocol.received(response(login, b""), at(0)))
    return list(protocol.received(response(topic, body, status=status), at(0)))


def test_without_the_topic_the_session_is_not_in_service():
    """Nothing would be told of orders: it is left, with the venue's reason."""
    fail = trade_pb2.SubResponse.Fail(topic="private", reason="not yours")
    note, drop = refused(trade_pb2.SubResponse(fail=[fail]).SerializeToString())
    assert isinstance(note, Note)
    assert note.alert
    assert isinstance(drop, Drop)
    assert "not yours" in str(drop.error)
    assert [type(each) for each in refused(b"", status=7)] == [Drop]


def test_a_topic_that_is_not_answered_ends_the_connection():
    """As a login without an answer does."""
    protocol = TradeProtocol(settings(request_timeout_s=3.0), SECRETS)
    (call,) = calls(protocol.prepare(at(0)))
    protocol.answered(call.call_id, answer({"otp": "o", "limit": 10, "online": 0}), at(0))
    (login,) = frames(protocol.opened(at(0)))
    protocol.received(response(login, b""), at(0))
    drops = [each for each in protocol.due(at(3)) if isinstance(each, Drop)]
    assert [type(drop.error) for drop in drops] == [PeerSilent]


def test_the_topic_is_renewed_now_and_then():
    """In case the venue lost it without a word; the state is not told again."""
    protocol = trade_session(topic_renewal_s=5.0, heartbeat_interval_s=30.0)
    (topic,) = frames(protocol.due(at(5)))
    granted = trade_pb2.SubResponse(success=["private"]).SerializeToString()
    assert protocol.received(response(topic, granted), at(5.1)) == []
    assert frames(protocol.due(at(9))) == []
    assert len(frames(protocol.due(at(10.2)))) == 1


@pytest.mark.parametrize("content_type", [0, 1, 2])
def test_a_push_is_json_whatever_its_content_type_says(content_type: int):
    """The documents show another type than is sent."""
    message = {"event": "order_changed_lb", "data": push_data()}
    push = notification(message, content_type=content_type)
    assert len(updates(trade_session().received(push, at(1)))) == 1


def test_events_that_are_none_of_ours_are_noted_once():
    """Grid trading, other topics, other pushes."""
    protocol = trade_session()
    pushes = [
        notification({"event": "gridtrading_order", "data": {}}),
        notification({}, topic="notice"),
        encode(Packet(kind=Kind.PUSH, command=99)),
    ]
    noted = [protocol.received(push, at(1)) for push in (*pushes, *pushes)]
    assert [len(effects) for effects in noted] == [1, 1, 1, 0, 0, 0]
    for number in range(2 * EVENTS_TOLD_MAX):
        protocol.received(notification({"event": f"e{number}"}), at(2))
    assert len(protocol._told) == EVENTS_TOLD_MAX


def test_a_status_newer_than_this_package_is_an_alert_and_no_reason_to_leave():
    """The connection works."""
    (note,) = trade_session().received(order_push(status="SuspendedStatus"), at(1))
    assert isinstance(note, Note)
    assert note.alert


@pytest.mark.parametrize("missing", ["side", "symbol", "status", "order_id", "order_type"])
def test_a_push_without_what_it_must_have_is_the_venue_s_fault(missing: str):
    """The connection is left; the reconciliation then tells."""
    data = push_data()
    del data[missing]
    push = notification({"event": "order_changed_lb", "data": data})
    with pytest.raises(RemoteProtocolError):
        trade_session().received(push, at(1))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"event":1}', b"\xff"])
def test_a_push_that_is_no_message_is_the_venue_s_fault(data: bytes):
    """Not JSON, or not an object with an event."""
    with pytest.raises(RemoteProtocolError):
        trade_session().received(notification(data), at(1))


def test_credentials_are_needed():
    """All three, named."""
    with pytest.raises(ConfigError, match="access_token"):
        TradeProtocol(settings(), {"app_key": "k", "app_secret": "s"})


@pytest.mark.parametrize("code", [403201, 403203, 401004, 401102])
def test_rejected_credentials_end_the_session(code: int):
    """One attempt (T-046); what was asked is known to be refused."""
    protocol = trade_session()
    (call,) = calls(protocol.submit(submit(), at(1)))
    told = protocol.answered(call.call_id, answer(code=code, status=403), at(1.1))
    assert len(updates(told)) == 1
    (give_up,) = [each for each in told if isinstance(each, GiveUp)]
    assert isinstance(give_up.error, CredentialsRejected)
    assert "stub-secret" not in str(give_up.error)


def test_what_the_venue_repeats_of_us_is_scrubbed():
    """Key, secret and token are in no report."""
    protocol = trade_session()
    (call,) = calls(protocol.submit(submit(), at(1)))
    said = answer(code=602001, status=400, message="bad stub-token of stub-key")
    (news,) = updates(protocol.answered(call.call_id, said, at(1.1)))
    assert "stub" not in news.text


def test_an_answer_to_no_call_is_a_bug():
    """It would mean that an order was lost sight of."""
    with pytest.raises(LocalProtocolError):
        trade_session().answered(999, answer({}), at(1))


# --- reconciliation ----------------------------------------------------------------------------


def parts(effects: object) -> list[ReconcilePart]:
    assert isinstance(effects, list)
    return [each for each in effects if isinstance(each, ReconcilePart)]


def test_a_reconciliation_needs_the_topic():
    """What happens between its answers would be lost."""
    protocol = TradeProtocol(settings(), SECRETS)
    (part,) = parts(protocol.reconcile(request(), at(0)))
    assert (part.last, part.complete) == (True, False)
    assert part.error


def test_a_new_reconciliation_and_the_end_of_the_connection_void_the_old_one():
    """Each request gets exactly one end."""
    protocol = trade_session()
    protocol.reconcile(request(1), at(1))
    (voided,) = parts(protocol.reconcile(request(2), at(2)))
    assert (voided.request_id, voided.last) == (1, True)
    (lost,) = parts(protocol.lost("cut", at(3)))
    assert (lost.request_id, lost.complete) == (2, False)
    assert parts(list(protocol.lost("cut", at(4)))) == []


def test_a_reconciliation_that_takes_too_long_ends():
    """Late answers to it are dropped."""
    protocol = trade_session(reconcile_timeout_s=5.0)
    (call, *_) = calls(protocol.reconcile(request(), at(1)))
    (part,) = parts(list(protocol.due(at(6))))
    assert "5 s" in part.error
    assert protocol.answered(call.call_id, answer({"list": []}), at(7)) == []


# --- everything --------------------------------------------------------------------------------


def cancel_all(instrument: str = "") -> CancelAllOrders:
    return CancelAllOrders(session_boot=1, router_boot=1, instrument=instrument)


def test_everything_known_is_cancelled_at_once_and_the_rest_as_it_is_found():
    """The venue has no call for it."""
    protocol = trade_session()
    protocol.received(order_push(), at(1))
    effects = protocol.cancel_all(cancel_all(), at(2))
    assert names(effects) == [CANCEL]
    (call,) = calls(effects)
    looks = protocol.answered(call.call_id, answer({}), at(2.1))
    (history,) = calls(looks)
    assert history.path.startswith("/v1/trade/order/history?status=NotReported&status=")
    other = order_row(order_id="9", remark="by hand")
    (today,) = calls(protocol.answered(history.call_id, orders(other), at(2.2)))
    assert today.path == "/v1/trade/order/today"
    protocol.answered(today.call_id, orders(order_row(status="CanceledStatus")), at(2.3))
    again = protocol.due(at(3.4))
    assert names(again) == [("DELETE", "/v1/trade/order?order_id=9")]


def test_cancelling_everything_elsewhere_is_an_alert():
    """An instrument of another venue."""
    (note,) = trade_session().cancel_all(cancel_all("BTCUSDT.WOOXPRO"), at(1))
    assert isinstance(note, Note)
    assert note.alert


def test_orders_that_wait_are_withdrawn_first():
    """They would arrive behind the cancels."""
    protocol = trade_session()
    protocol.submit(submit(), at(1))
    withdrawn, *looks = protocol.cancel_all(cancel_all(), at(1))
    assert type(withdrawn).__name__ == "Withdraw"
    assert len(calls(looks)) == 1


def test_a_password_that_does_not_come_ends_the_attempt():
    """The driver tries again, more slowly."""
    protocol = TradeProtocol(settings(), SECRETS)
    (call,) = calls(protocol.prepare(at(0)))
    (drop,) = protocol.failed(call.call_id, CallFailure(not_sent=False, reason="cut"), at(1))
    assert isinstance(drop, Drop)
