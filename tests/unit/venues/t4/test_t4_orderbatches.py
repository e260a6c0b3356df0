"""Batches: taken or refused as one, each order told by itself."""

from decimal import Decimal
from typing import Any

import pytest

from actors.venues.t4.orderbatches import BATCH_MAX
from actors.venues.t4.proto import orderrouting_pb2
from tests.kit.t4_trade import (
    ES,
    MARKET,
    at,
    frames,
    image,
    kinds,
    open_desk,
    sent,
    status,
    submit,
    tell,
    updates,
)

NQ = "XCME_Eq NQ (H24)"
ORDERS = (
    submit(),
    submit(client_order_id="p2", instrument=f"{NQ}.T4", price=Decimal(17_000)),
    submit(client_order_id="p3", price=Decimal(4790)),
)
Accepted = orderrouting_pb2.OrderBatchAcknowledge.Accepted
Trouble = orderrouting_pb2.OrderBatchReject.OrderError


def refusal(batch_id: str, *errors: Any, reason: str = "") -> Any:
    return orderrouting_pb2.OrderBatchReject(batch_id=batch_id, reason=reason, errors=errors)


def test_a_batch_has_one_submission_per_market():
    desk = open_desk()
    ((kind, message),) = sent(desk.submit_batch(ORDERS, at(0)))
    assert kind == "order_batch"
    assert [(s.market_id, [o.tag for o in s.orders]) for s in message.submissions] == [
        (MARKET, ["p1", "p3"]),
        (NQ, ["p2"]),
    ]
    assert not any(s.manual_order_indicator for s in message.submissions)


def test_an_acknowledgement_names_orders_before_they_are_shown():
    """A tag that is lost on the way is no harm then."""
    desk = open_desk()
    ((_, message),) = sent(desk.submit_batch(ORDERS, at(0)))
    taken = orderrouting_pb2.OrderBatchAcknowledge(
        batch_id=message.batch_id,
        accepted=[Accepted(unique_id=["u-1", "u-3"]), Accepted(unique_id=["u-2"])],
    )
    assert desk.heard("order_batch_acknowledge", taken, at(1)) == []
    effects = tell(desk, image(unique_id="u-3", tag=""), status(unique_id="u-3"))
    (news,) = updates(effects)
    assert (news.kind.value, news.client_order_id) == ("accepted", "p3")


def test_a_refused_batch_rejects_every_order_with_its_reason():
    desk = open_desk()
    ((_, message),) = sent(desk.submit_batch(ORDERS, at(0)))
    trouble = Trouble(submission_index=0, order_index=1, reason="too far")
    effects = desk.heard("order_batch_reject", refusal(message.batch_id, trouble), at(1))
    assert kinds(effects) == ["rejected"] * 3
    assert {u.client_order_id: u.text for u in updates(effects)} == {
        "p1": "another order of the batch was refused",
        "p2": "another order of the batch was refused",
        "p3": "too far",
    }
    assert desk.deadline() is None
    again = desk.heard("order_batch_reject", refusal(message.batch_id, trouble), at(2))
    assert again == []


def test_an_error_about_a_whole_submission_is_that_of_each_of_its_orders():
    desk = open_desk()
    ((_, message),) = sent(desk.submit_batch(ORDERS, at(0)))
    whole = Trouble(submission_index=0, order_index=-1, reason="closed")
    far = Trouble(submission_index=7, order_index=0, reason="nobody's")
    effects = desk.heard(
        "order_batch_reject", refusal(message.batch_id, whole, far, reason="bad"), at(1)
    )
    assert [u.text for u in updates(effects)] == ["closed", "closed", "bad"]


def test_a_batch_nobody_sent_is_nobodys():
    desk = open_desk()
    assert desk.heard("order_batch_reject", refusal("other"), at(1)) == []


@pytest.mark.parametrize(
    "orders",
    [(submit(), submit()), tuple(submit(client_order_id=f"p{n}") for n in range(BATCH_MAX + 1))],
)
def test_what_cannot_be_a_batch_is_not_sent(orders: Any):
    desk = open_desk()
    assert set(kinds(desk.submit_batch(orders, at(0)))) == {"not_sent"}


def test_one_order_that_cannot_be_said_keeps_the_whole_batch_here():
    desk = open_desk()
    bad = submit(client_order_id="p9", quantity=Decimal("1.5"))
    effects = desk.submit_batch((submit(instrument=ES), bad), at(0))
    assert (kinds(effects), frames(effects)) == (["not_sent", "not_sent"], [])
