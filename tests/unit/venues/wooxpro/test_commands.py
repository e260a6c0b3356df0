"""Order commands against each other: a cancel never overtakes its order, look-ups never flood."""

from typing import Any

import attrs
import pytest

from actors.venues.wooxpro.lookups import LOOKUPS_MAX
from actors.venues.wooxpro.private import PrivateProtocol
from actors.venues.wooxpro.rest import Path
from engine.messages.venue import (
    CancelAllOrders,
    OrderUpdate,
    QueryOrder,
    ReconcileRequest,
    UpdateKind,
)
from engine.model.enums import Pending
from engine.session.contract import CallFailure, CallKind, HttpCall, Note, Withdraw
from engine.session.submitting import HELD_MAX, HELD_S_MAX, Submitting
from tests.kit.wooxpro import (
    BTC,
    answer,
    at,
    calls,
    cancel,
    order_push,
    order_row,
    replace,
    submit,
    trade_session,
)

WITHDRAWN = CallFailure(not_sent=True, reason="withdrawn before it was sent")
LOST = CallFailure(not_sent=False, reason="no answer")
ACCEPTED = answer({"order_id": 31, "price": "9000.5"})


def under_way(second: float = 0, **changes: Any) -> tuple[PrivateProtocol, HttpCall]:
    """A session with one order on its way, and the order's call."""
    protocol = trade_session(ping_interval_s=19.0)
    (order,) = calls(protocol.submit(submit(**changes), at(second)))
    return protocol, order


def kinds(effects: Any) -> list[UpdateKind]:
    return [effect.kind for effect in effects if isinstance(effect, OrderUpdate)]


def names(effects: Any) -> list[tuple[str, bytes]]:
    return [(call.path, call.body) for call in calls(effects)]


CANCEL_BY_VENUE_ID = [(Path.CANCEL, b'{"symbol":"BTCUSDT","order_id":"31"}')]
CANCEL_BY_OUR_ID = [(Path.CANCEL, b'{"symbol":"BTCUSDT","client_order_id":"p1"}')]


def test_an_order_that_still_waits_is_withdrawn_and_nothing_else_is_sent():
    """Not sent, once; no cancel, no look-up, nothing left to wait for."""
    protocol, order = under_way()
    quiet = protocol.deadline()
    assert protocol.cancel(cancel(), at(0)) == [Withdraw(order.call_id)]
    (news,) = protocol.failed(order.call_id, WITHDRAWN, at(0.1))
    assert (news.kind, news.command) == (UpdateKind.NOT_SENT, Pending.NEW)
    assert protocol.deadline() == quiet
    assert not calls(protocol.due(at(5)))


def test_an_order_under_way_is_cancelled_right_behind_its_answer():
    """The news first, then the cancel by the id that the answer told."""
    protocol, order = under_way()
    assert protocol.cancel(cancel(), at(0)) == [Withdraw(order.call_id)]
    effects = protocol.answered(order.call_id, ACCEPTED, at(0.2))
    assert type(effects[0]) is OrderUpdate
    assert names(effects) == CANCEL_BY_VENUE_ID
    assert kinds(effects) == [UpdateKind.ACCEPTED]
    assert names(protocol.cancel(cancel(), at(0.3))) == CANCEL_BY_OUR_ID


def test_the_push_of_the_order_releases_its_cancel():
    """The answer may be slow; what comes of it later asks for nothing more."""
    protocol, order = under_way()
    protocol.cancel(cancel(), at(0))
    effects = protocol.received(order_push(), at(0.2))
    assert names(effects) == CANCEL_BY_VENUE_ID
    assert names(protocol.answered(order.call_id, ACCEPTED, at(0.4))) == []


def test_after_the_push_a_cancel_does_not_wait_for_the_answer():
    """Whoever has heard of the order may cancel it at once, whatever its call does."""
    protocol, _ = under_way()
    protocol.received(order_push(), at(0.2))
    assert names(protocol.cancel(cancel(), at(0.3))) == CANCEL_BY_OUR_ID
    other, _ = under_way()
    assert names(other.cancel(cancel(venue_order_id="31"), at(0.3))) == CANCEL_BY_VENUE_ID


@pytest.mark.parametrize(
    "push",
    [
        order_push(1, state=4, deal_size="3", deal_avg_price="9000.5"),
        order_push(3, state=4, deal_size="1", deal_avg_price="9000.5"),
    ],
    ids=["filled", "rest cancelled"],
)
def test_an_order_that_ended_at_once_needs_no_cancel(push: str):
    """Filled, or its rest cancelled by the venue: the waiting cancel is dropped."""
    protocol, order = under_way()
    protocol.cancel(cancel(), at(0))
    assert names(protocol.received(push, at(0.2))) == []
    assert names(protocol.answered(order.call_id, ACCEPTED, at(0.4))) == []
    assert protocol._commands.deadline() is None


def test_a_partial_fill_does_not_drop_the_cancel():
    """What is left is still to be cancelled."""
    trade = {"lastTradeID": 7, "fillQty": "1", "fillPrice": "9000.5", "fee": "0", "feeCcy": "USDT"}
    protocol, _ = under_way()
    protocol.cancel(cancel(), at(0))
    push = order_push(1, deal_size="1", deal_avg_price="9000.5", last_trade=trade)
    assert names(protocol.received(push, at(0.2))) == CANCEL_BY_VENUE_ID


def test_a_refused_order_drops_its_cancel():
    """There is nothing to cancel, and the refusal answers both."""
    protocol, order = under_way()
    protocol.cancel(cancel(), at(0))
    effects = protocol.answered(order.call_id, answer(code=40011, status=400), at(0.2))
    assert kinds(effects) == [UpdateKind.REJECTED]
    assert calls(effects) == []


def test_an_order_with_unknown_outcome_is_cancelled_by_our_id():
    """It may be working: the cancel is tried, and the order looked for."""
    protocol, order = under_way()
    protocol.cancel(cancel(), at(0))
    effects = protocol.failed(order.call_id, LOST, at(0.9))
    assert kinds(effects) == [UpdateKind.UNKNOWN]
    assert names(effects) == CANCEL_BY_OUR_ID


def test_a_cancel_waits_a_bounded_time():
    """A venue that is slow to answer may work the order already: the cancel goes in any case, once."""
    protocol, order = under_way()
    protocol.cancel(cancel(), at(0))
    protocol.cancel(cancel(), at(0.9))  # a repeated one does not wait longer
    assert protocol.deadline() == at(HELD_S_MAX).mono_ns
    assert names(protocol.due(at(HELD_S_MAX))) == CANCEL_BY_OUR_ID
    assert names(protocol.cancel(cancel(), at(1.1))) == CANCEL_BY_OUR_ID  # nor does the next
    assert names(protocol.answered(order.call_id, ACCEPTED, at(2))) == []


def test_a_cancel_is_released_while_it_may_still_be_sent():
    """Half of its remaining time is for the wait, half for the way."""
    protocol, _ = under_way()
    protocol.cancel(cancel(expires_mono_ns=at(1.0).mono_ns), at(0.5))
    assert protocol.deadline() == at(0.75).mono_ns
    (call,) = calls(protocol.due(at(0.75)))
    assert call.expires_mono_ns == at(1.0).mono_ns


def test_a_lost_stream_does_not_hold_the_cancel_back():
    """No push will come; the answer still does, and time passes in any case."""
    for end in ("answer", "time"):
        protocol, order = under_way()
        protocol.cancel(cancel(), at(0))
        protocol.lost("reset", at(0.1))
        if end == "answer":
            effects = protocol.answered(order.call_id, ACCEPTED, at(0.2))
        else:
            effects = protocol.due(at(HELD_S_MAX))
        assert [path for path, _ in names(effects)] == [Path.CANCEL]


def test_a_change_of_an_order_on_its_way_is_not_sent():
    """It would overtake the order; the order itself goes on."""
    protocol, order = under_way()
    (news,) = protocol.replace(replace(), at(0))
    assert (news.kind, news.command) == (UpdateKind.NOT_SENT, Pending.REPLACE)
    protocol.answered(order.call_id, ACCEPTED, at(0.2))
    assert [path for path, _ in names(protocol.replace(replace(), at(0.3)))] == [Path.MODIFY]


def test_cancel_everything_withdraws_what_waits():
    """Orders in the queue would arrive behind the sweep; those of other symbols stay."""
    protocol, order = under_way()
    (other,) = calls(
        protocol.submit(submit(client_order_id="e", instrument="ETHUSDT.WOOXPRO"), at(0))
    )
    command = CancelAllOrders(session_boot=1, router_boot=1, instrument=BTC)
    effects = protocol.cancel_all(command, at(0))
    assert effects[0] == Withdraw(order.call_id)
    assert [path for path, _ in names(effects)] == [Path.CANCEL_SYMBOL]
    everything = protocol.cancel_all(attrs.evolve(command, instrument=""), at(0))
    withdrawn = [effect for effect in everything if isinstance(effect, Withdraw)]
    assert withdrawn == [Withdraw(order.call_id), Withdraw(other.call_id)]


def test_held_cancels_are_bounded():
    """Beyond the bound a cancel goes at once instead of being kept or dropped."""
    orders = Submitting()
    for number in range(HELD_MAX + 1):
        orders.begin(submit(client_order_id=f"o{number}"), number)
    held = [
        orders.hold(cancel(client_order_id=f"o{number}"), at(0)) for number in range(HELD_MAX + 1)
    ]
    assert held == [*range(HELD_MAX), None]
    assert orders.hold(cancel(client_order_id="o0"), at(0)) == 0
    assert len(orders.take(at(HELD_S_MAX))) == HELD_MAX
    assert orders.deadline() is None


# --- look-ups ------------------------------------------------------------------------------------


def query(client_order_id: str) -> QueryOrder:
    return QueryOrder(
        session_boot=1,
        router_boot=1,
        client_order_id=client_order_id,
        venue_order_id="",
        instrument=BTC,
    )


def test_one_lookup_per_order_at_a_time():
    """Its answer serves all who ask; afterwards it may be asked for anew."""
    protocol = trade_session()
    (call,) = calls(protocol.query(query("p1"), at(0)))
    assert call.kind is CallKind.LOOKUP
    assert protocol.query(query("p1"), at(0.1)) == []
    protocol.answered(call.call_id, answer([order_row()]), at(0.2))
    assert len(calls(protocol.query(query("p1"), at(0.3)))) == 1


def test_lookups_at_once_are_bounded_and_a_reconciliation_finds_room():
    """Doubts about hundreds of orders keep neither reconciliation nor cancel-all from starting."""
    protocol = trade_session()
    made: list[HttpCall] = []
    notes: list[Note] = []
    for number in range(300):
        effects = protocol.query(query(f"o{number}"), at(0))
        made += calls(effects)
        notes += [effect for effect in effects if isinstance(effect, Note)]
    assert len(made) == LOOKUPS_MAX
    assert {note.event for note in notes} == {"order_not_looked_up"}
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    assert [call.kind for call in calls(protocol.cancel_all(everything, at(0)))] == [CallKind.QUERY]
    request = ReconcileRequest(
        session_boot=1, router_boot=1, request_id=1, since_ns=0, instruments=(BTC,)
    )
    assert [call.kind for call in calls(protocol.reconcile(request, at(0)))] == [CallKind.QUERY]


def test_orders_in_doubt_wait_for_room_and_lose_no_try():
    """Each unknown order is looked up as soon as an earlier look-up has ended."""
    protocol = trade_session(ping_interval_s=19.0)
    for number in range(LOOKUPS_MAX + 2):
        (order,) = calls(protocol.submit(submit(client_order_id=f"o{number}"), at(0)))
        protocol.failed(order.call_id, LOST, at(0))
    first = calls(protocol.due(at(0.5)))
    assert len(first) == LOOKUPS_MAX
    deadline = protocol.deadline()
    assert deadline is not None
    assert deadline > at(0.5).mono_ns  # no use in asking again before there is room
    for call in first[:2]:
        protocol.failed(call.call_id, LOST, at(0.6))
    assert protocol.deadline() == at(0.5).mono_ns
    assert len(calls(protocol.due(at(0.6)))) == 2


def test_a_lookup_that_is_not_sent_ends():
    """A full queue is no answer, and the next list would find it full as well."""
    protocol = trade_session()
    (call,) = calls(protocol.query(query("p1"), at(0)))
    assert protocol.failed(call.call_id, WITHDRAWN, at(0.1)) == []
