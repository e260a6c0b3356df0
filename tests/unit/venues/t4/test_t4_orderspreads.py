"""Create UDS: a market of legs is asked for, and what became of it is told."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from actors.venues.t4.orderspreads import REQUESTS_MAX, Leg
from actors.venues.t4.proto import enums_pb2 as e
from actors.venues.t4.proto import orderrouting_pb2
from engine.model.enums import Side
from engine.session.contract import Note
from tests.kit.t4_trade import ACCOUNT, at, joint_session, open_desk, sent

NEAR = Leg(exchange_id="CME_Ny", contract_id="CL", market_id="XCME_Ny CL (H24)", side=Side.BUY)
FAR = attrs.evolve(NEAR, market_id="XCME_Ny CL (J24)", side=Side.SELL, price=Decimal("71.5"))


def answer(request_id: str, status: int, **changes: Any) -> Any:
    return orderrouting_pb2.CreateUDSResponse(
        request_id=request_id,
        uds_status=status,  # type: ignore[arg-type]  # numbers
        **changes,
    )


def test_a_spread_is_asked_for():
    ((kind, message),) = sent(
        open_desk().create_spread((NEAR, FAR), e.STRATEGY_TYPE_CALENDAR_SPREAD)
    )
    assert kind == "create_uds"
    assert (message.account_id, message.strategy_type) == (
        ACCOUNT,
        e.STRATEGY_TYPE_CALENDAR_SPREAD,
    )
    assert [(leg.market_id, leg.buy_sell, leg.volume) for leg in message.legs] == [
        ("XCME_Ny CL (H24)", e.BUY_SELL_BUY, 1),
        ("XCME_Ny CL (J24)", e.BUY_SELL_SELL, 1),
    ]
    assert (message.legs[0].HasField("price"), message.legs[1].price.value) == (False, "71.5")


@pytest.mark.parametrize(
    ("status", "changes", "note"),
    [
        (e.UDS_STATUS_Success, {"MarketRef": "M9"}, Note("spread_created", "M9")),
        (e.UDS_STATUS_ALREADY_EXISTS, {"MarketRef": "M9"}, Note("spread_exists", "M9")),
        (
            e.UDS_STATUS_FAILED,
            {"status_detail": "no such leg"},
            Note("spread_not_created", "no such leg", alert=True),
        ),
        (e.UDS_STATUS_UNKNOWN, {}, Note("spread_not_created", "no reason", alert=True)),
        (e.UDS_STATUS_Success, {}, Note("spread_not_created", "no reason", alert=True)),
    ],
)
def test_every_answer_is_told_once(status: int, changes: dict[str, str], note: Note):
    desk = open_desk()
    ((_, message),) = sent(desk.create_spread((NEAR, FAR)))
    response = answer(message.request_id, status, **changes)
    assert desk.heard("create_uds_response", response, at(1)) == [note]
    assert desk.heard("create_uds_response", response, at(2)) == []


@pytest.mark.parametrize(
    "legs", [(NEAR,), (NEAR, attrs.evolve(FAR, volume=0)), (NEAR, attrs.evolve(FAR, market_id=""))]
)
def test_legs_that_cannot_be_are_not_sent(legs: Any):
    (note,) = open_desk().create_spread(legs)
    assert isinstance(note, Note)
    assert note.event == "spread_not_created"


def test_no_more_requests_than_the_bound_and_none_without_a_subscription():
    desk = open_desk()
    for _ in range(REQUESTS_MAX):
        assert sent(desk.create_spread((NEAR, FAR)))
    assert not sent(desk.create_spread((NEAR, FAR)))
    desk.lost("cut", at(1))
    assert not sent(desk.create_spread((NEAR, FAR)))


def test_the_session_offers_it():
    assert sent(joint_session().create_spread((NEAR, FAR)))
