"""The joint session: events go to the halves that they concern, and both halves make one state."""

from typing import Any

import pytest

from actors.venues.t4 import wire
from actors.venues.t4.private import JointSession, MarketFacts
from actors.venues.t4.proto import account_pb2, market_pb2
from actors.venues.t4.proto import enums_pb2 as e
from engine.errors import LocalProtocolError
from engine.messages.market import Quote
from engine.messages.venue import CancelAllOrders, SubmitOrderList
from engine.model.enums import Contingency, Mode, VenueStateWord
from engine.session.contract import (
    CallFailure,
    CarriesOrders,
    Define,
    HttpResponse,
    SetState,
    TakesLists,
    Topic,
)
from tests.kit.t4_trade import (
    ES,
    MARKET,
    SECRETS,
    accepted_image,
    at,
    cancel,
    from_server,
    image,
    joint_session,
    kinds,
    login,
    multi,
    parts,
    price,
    query,
    replace,
    request,
    sent,
    settings,
    snapshot,
    status,
    submit,
)

GRANTED = from_server(
    "account_subscribe_response", account_pb2.AccountSubscribeResponse(success=True)
)
DETAILS = market_pb2.MarketDetails(
    market_id=MARKET,
    exchange_id="CME_Eq",
    contract_id="ES",
    real_decimals=2,
    min_price_increment=price("0.25"),
    point_value={"value": "0.5"},
    volume_increment=1,
)


def states(effects: Any) -> list[VenueStateWord]:
    return [effect.state for effect in effects if isinstance(effect, SetState)]


def test_it_offers_what_the_engine_asks_of_such_a_session():
    assert isinstance(joint_session(), CarriesOrders)
    assert isinstance(joint_session(), TakesLists)


def test_reconciling_when_the_account_is_shown_and_ready_when_data_is_too():
    protocol = JointSession(settings(markets=(f"CME_Eq/ES/{MARKET}",)), SECRETS)
    assert states(protocol.opened(at(0))) == [VenueStateWord.LOGGING_IN]
    effects = protocol.received(from_server("login_response", login()), at(0))
    assert states(effects) == [], "data is ready, the account is not"
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"]
    protocol.received(GRANTED, at(0))
    effects = protocol.received(from_server("account_snapshot", snapshot()), at(0))
    assert states(effects) == [VenueStateWord.RECONCILING, VenueStateWord.READY]


def test_a_new_login_begins_anew():
    protocol = joint_session()
    protocol.lost("cut", at(1))
    assert states(protocol.opened(at(2))) == [VenueStateWord.LOGGING_IN]
    protocol.received(from_server("login_response", login()), at(2))
    protocol.received(GRANTED, at(2))
    effects = protocol.received(from_server("account_snapshot", snapshot()), at(2))
    assert states(effects) == [VenueStateWord.RECONCILING, VenueStateWord.READY]


def test_every_command_reaches_the_desk():
    protocol = joint_session()
    orders = (submit(), submit(client_order_id="p2", price=submit().price))
    linked = SubmitOrderList(
        session_boot=1,
        router_boot=1,
        expires_mono_ns=0,
        mode=Mode.LIVE,
        contingency=Contingency.OCO,
        orders=orders,
    )
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    ((kind, message),) = sent(protocol.submit_list(linked, at(0)))
    assert (kind, message.order_link) == ("order_submit", e.ORDER_LINK_OCO)
    (frame,) = protocol.submit(submit(client_order_id="p3"), at(0))
    assert kinds(protocol.unsent(frame.order, at(0))) == ["not_sent"]
    batch = [submit(client_order_id="p4")]
    assert [kind for kind, _ in sent(protocol.submit_batch(batch, at(0)))] == ["order_batch"]
    events = from_server("order_update_multi", multi(image(), status()))
    assert kinds(protocol.received(events, at(1))) == ["accepted"]
    assert [kind for kind, _ in sent(protocol.replace(replace(), at(1)))] == ["order_revise"]
    assert [kind for kind, _ in sent(protocol.cancel(cancel(), at(1)))] == ["order_pull"]
    assert [kind for kind, _ in sent(protocol.cancel_all(everything, at(1)))] == ["order_pull"]
    assert [kind for kind, _ in sent(protocol.query(query(), at(1)))] == ["account_subscribe"]
    protocol.reconcile(request(), at(1))
    for _ in range(2):  # the query's and the reconciliation's
        protocol.received(GRANTED, at(1))
        shown = from_server("account_snapshot", snapshot(multi(accepted_image())))
        effects = protocol.received(shown, at(1))
    (part,) = parts(effects)
    assert part.complete


def test_details_in_an_account_define_the_market():
    protocol = joint_session(price_format="decimal", markets=(f"CME_Eq/ES/{MARKET}",))
    assert kinds(protocol.submit(submit(), at(0))) == ["not_sent"], "nobody knows its digits"
    details = market_pb2.MarketDetails()
    details.CopyFrom(DETAILS)
    details.min_price_increment.value = "25"
    shown = snapshot()
    shown.messages.add().market_details.CopyFrom(details)
    protocol.reconcile(request(), at(1))
    protocol.received(GRANTED, at(1))
    effects = protocol.received(from_server("account_snapshot", shown), at(1))
    assert [each.instrument.id for each in effects if isinstance(each, Define)] == [ES]
    ((_, message),) = sent(protocol.submit(submit(), at(2)))
    assert message.orders[0].limit_price.value == "480000"


def test_market_data_flows_beside_orders():
    protocol = joint_session(markets=(f"CME_Eq/ES/{MARKET}",))
    effects = protocol.demand(frozenset({Topic(Quote, ES)}), at(1))
    assert [kind for kind, _ in sent(effects)] == ["market_depth_subscribe"]


def test_an_answer_to_a_call_that_was_never_made_is_a_fault_of_ours():
    protocol = joint_session()
    with pytest.raises(LocalProtocolError):
        protocol.answered(1, HttpResponse(200, {}, b""), at(1))
    with pytest.raises(LocalProtocolError):
        protocol.failed(1, CallFailure(not_sent=True, reason="x"), at(1))


def test_an_account_of_a_busy_day_is_no_message_too_long():
    """It is told in one: a thousand orders are some four hundred thousand bytes."""
    protocol = joint_session()
    assert protocol.target().message_bytes_max == wire.ACCOUNT_BYTES_MAX
    protocol.reconcile(request(), at(1))
    protocol.received(GRANTED, at(1))
    day = [
        accepted_image(unique_id=f"u-{n}", tag=f"p{n}", status_detail="x" * 300)
        for n in range(4_000)
    ]
    shown = from_server("account_snapshot", snapshot(multi(*day)))
    assert len(shown) > wire.MESSAGE_BYTES_MAX
    found = parts(protocol.received(shown, at(1)))
    assert sum(len(part.orders) for part in found) == 4_000
    assert found[-1].complete


def test_deadlines_of_both_halves_count():
    protocol = joint_session(order_timeout_s=2, heartbeat_interval_s=40)
    protocol.submit(submit(), at(0))
    soonest = protocol.deadline()
    assert soonest is not None
    assert soonest < at(2).mono_ns, "the market half looks at its subscriptions"
    assert kinds(protocol.due(at(1.9))) == []
    assert kinds(protocol.due(at(2))) == ["unknown"]


def test_facts_of_a_market():
    facts = MarketFacts(settings(), None)
    terms = facts.terms_of(MARKET)
    assert terms is not None
    assert terms.tick is None
    assert facts.details_told(DETAILS, at(0)) == []
    other = MarketFacts(settings(price_format="clearing_decimal"), None)
    assert (other.pricing_of(MARKET), other.terms_of(MARKET)) == (None, None)
