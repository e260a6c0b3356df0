"""Hostile messages to the trade side: effects that may travel, or RemoteProtocolError (T-041)."""

import random
from contextlib import suppress
from typing import Any

from google.protobuf.message import Message
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from actors.venues.t4.desk import TradeDesk
from actors.venues.t4.private import JointSession
from actors.venues.t4.proto import account_pb2, enums_pb2, orderrouting_pb2, service_pb2
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode as encoded
from engine.messages.venue import Fill, FillBust, OrderUpdate, ReconcilePart
from engine.orders.plausible import fault_of
from tests.kit.fuzzing import INPUTS, mutated
from tests.kit.t4_trade import (
    accepted_image,
    at,
    cancel,
    failed,
    from_server,
    image,
    joint_session,
    last_trade,
    login,
    money,
    multi,
    open_desk,
    position,
    query,
    replace,
    request,
    snapshot,
    status,
    submit,
    trade,
    traded_in_image,
)

COUNT = INPUTS or 2_000
E = enums_pb2
BUST = trade(change=E.ORDER_CHANGE_TRADE_BUSTED, total_fill_volume=0, sequence_order=6)
WHOLE = accepted_image(
    status=E.ORDER_STATUS_FINISHED,
    total_fill_volume=1,
    trades=[traded_in_image()],
    sequence_order=9,
)
SEEDS = [
    from_server("login_response", login()),
    from_server("account_subscribe_response", account_pb2.AccountSubscribeResponse(success=True)),
    from_server("account_snapshot", snapshot(position(), money(), multi(WHOLE))),
    from_server("account_position", position()),
    from_server("account_update", money()),
    from_server("account_profit", account_pb2.AccountProfit(account_id="a-1", upl=1.0)),
    from_server("order_update_multi", multi(image(), status(), trade(), last_trade(), BUST)),
    from_server("order_update", WHOLE),
    from_server("order_update_status", status()),
    from_server("order_update_failed", failed()),
    from_server("order_batch_reject", orderrouting_pb2.OrderBatchReject(batch_id="batch1")),
    from_server(
        "order_batch_acknowledge", orderrouting_pb2.OrderBatchAcknowledge(batch_id="batch1")
    ),
    from_server("create_uds_response", orderrouting_pb2.CreateUDSResponse(request_id="uds1")),
]


def may_travel(effects: Any) -> None:
    """Every piece of news is one that the bus takes and the router believes."""
    for effect in effects:
        if isinstance(effect, OrderUpdate | Fill | FillBust | ReconcilePart):
            encoded(effect)
            assert fault_of(effect) == "", effect


def busy() -> JointSession:
    protocol = joint_session()
    protocol.submit(submit(), at(0))
    protocol.submit_batch([submit(client_order_id="p5")], at(0))
    protocol.received(from_server("order_update_multi", multi(image(), status(), trade())), at(0))
    protocol.replace(replace(), at(0))
    protocol.cancel(cancel(), at(0))
    protocol.reconcile(request(), at(0))
    return protocol


def test_messages_bit_by_bit():
    """Spoilt envelopes; the session is made anew when it has gone astray."""
    rng, protocol, read = random.Random(4), busy(), 0
    for number in range(COUNT):
        data = mutated(rng.choice(SEEDS), rng)
        moment = at(number * 0.001)
        try:
            may_travel(protocol.received(data, moment))
            read += 1
        except RemoteProtocolError:
            protocol = busy()
        if number % 50 == 0:
            may_travel(protocol.due(at(number * 0.001 + 5)))
            protocol = busy()
    assert read > COUNT // 20, "some of them are messages all the same"


NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 5, 2**31 - 1, -(2**31)])
TEXTS = st.sampled_from(["", "u-1", "a-1", "p1", "4800", "x", "9" * 45, "-0.25", "\x00", "NaN"])


@st.composite
def filled(draw: st.DrawFn, kind: type[Message]) -> Any:
    """A message of this type with fields of any value, known names among them."""
    made = kind()
    for field in kind.DESCRIPTOR.fields:
        if field.is_repeated or not draw(st.booleans()):
            continue
        if field.enum_type is not None:
            values = [value.number for value in field.enum_type.values]
            setattr(made, field.name, draw(st.sampled_from([*values, 99])))
        elif field.message_type is not None:
            if field.message_type.name == "Price":
                getattr(made, field.name).value = draw(TEXTS)
            elif field.message_type.name == "Timestamp":
                getattr(made, field.name).seconds = draw(st.sampled_from([0, 1_795_225_000, 2**40]))
        elif field.cpp_type == field.CPPTYPE_STRING:
            setattr(made, field.name, draw(TEXTS))
        elif field.cpp_type == field.CPPTYPE_BOOL:
            setattr(made, field.name, draw(st.booleans()))
        elif field.cpp_type == field.CPPTYPE_DOUBLE:
            setattr(made, field.name, draw(st.floats()))
        else:
            setattr(made, field.name, draw(NUMBERS))
    return made


EVENTS = st.one_of(
    filled(orderrouting_pb2.OrderUpdate),
    filled(orderrouting_pb2.OrderUpdateStatus),
    filled(orderrouting_pb2.OrderUpdateTrade),
    filled(orderrouting_pb2.OrderUpdateFailed),
    filled(orderrouting_pb2.OrderUpdateTradeLeg),
)
ACCOUNTS = st.one_of(
    filled(account_pb2.AccountUpdate).map(lambda m: ("account_update", m)),
    filled(account_pb2.AccountPosition).map(lambda m: ("account_position", m)),
    filled(account_pb2.AccountProfit).map(lambda m: ("account_profit", m)),
    filled(account_pb2.AccountSubscribeResponse).map(lambda m: ("account_subscribe_response", m)),
)


def as_ours(event: Any) -> Any:
    event.account_id = "a-1"
    return event


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    events=st.lists(EVENTS.map(as_ours), max_size=6),
    accounts=st.lists(ACCOUNTS, max_size=3),
    known=st.booleans(),
)
def test_messages_with_any_values(events: list[Any], accounts: list[Any], *, known: bool):
    """Live, and then in the snapshot that answers a reconciliation."""
    desk: TradeDesk = open_desk()
    desk.submit(submit(), at(0))
    if known:
        may_travel(desk.heard("order_update_multi", multi(image(), status(), trade()), at(1)))
    for event in events:
        with suppress(RemoteProtocolError):
            may_travel(desk.heard("order_update_multi", multi(event), at(2)))
    for kind, message in accounts:
        with suppress(RemoteProtocolError):
            may_travel(desk.heard(kind, message, at(2)))
    may_travel(desk.cancel(cancel(), at(3)))
    may_travel(desk.query(query(), at(3)))
    may_travel(desk.reconcile(request(since_ns=0), at(3)))
    for _ in range(3):
        granted = account_pb2.AccountSubscribeResponse(success=True)
        with suppress(RemoteProtocolError):
            may_travel(desk.heard("account_subscribe_response", granted, at(3)))
            may_travel(desk.heard("account_snapshot", snapshot(multi(*events)), at(3)))
    may_travel(desk.due(at(30)))
    may_travel(desk.lost("over", at(40)))


def test_the_envelope_of_the_kit_is_a_server_message():
    """So that the seeds above are what they seem."""
    for seed in SEEDS:
        assert service_pb2.ServerMessage.FromString(seed).WhichOneof("payload")
