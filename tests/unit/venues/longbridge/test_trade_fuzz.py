"""Hostile pushes and answers to the trade session: effects that may travel, or RemoteProtocolError (T-041)."""

import json
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from actors.venues.longbridge.commands import Trade
from actors.venues.longbridge.packets import Kind, Packet, encode
from actors.venues.longbridge.panic import HttpPanic
from actors.venues.longbridge.private import TradeProtocol
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode as encoded
from engine.messages.venue import Fill, OrderUpdate, ReconcilePart, ReconcileRequest
from engine.session.contract import CallFailure, HttpCall, HttpResponse, Now
from tests.kit.fuzzing import INPUTS, examples, hostile, mutated
from tests.kit.longbridge_trade import (
    SECRETS,
    TENCENT,
    answer,
    at,
    calls,
    cancel,
    execution_row,
    notification,
    order_push,
    order_row,
    push_data,
    query,
    replace,
    settings,
    submit,
    trade_session,
)

COUNT = INPUTS or 3_000
SEEDS = [
    order_push(),
    order_push(status="PartialFilledStatus", executed_quantity="100", executed_price="320.6"),
    order_push(status="FilledStatus", executed_quantity="200", executed_price="320.6"),
    order_push(status="RejectedStatus", msg="no"),
    notification({"event": "gridtrading_order", "data": {}}),
    encode(Packet(kind=Kind.PUSH, command=Trade.NOTIFY)),
]
CASH = {"available_cash": "5000", "frozen_cash": "1", "settling_cash": "", "currency": "HKD"}
STOCK = {"symbol": "700.HK", "quantity": "100", "cost_price": "320.6"}
ANSWERS: list[dict[str, Any]] = [
    {"orders": [order_row(), order_row(order_id="2", remark="")], "has_more": False},
    {"trades": [execution_row(1), execution_row(2, side="Sell")], "has_more": False},
    {"list": [{"cash_infos": [CASH], "stock_info": [STOCK]}]},
    {"order_id": "701276261045858304"},
    {"token": "t", "otp": "o", "limit": 10, "online": 1},
    {"lot_size": "100", "bid_sizes": [{"end_proceed": "0.25", "bid_size": "0.001"}]},
    order_row(),
]
REQUEST = ReconcileRequest(
    session_boot=1,
    router_boot=1,
    request_id=1,
    since_ns=at(-9).wall_ns,
    instruments=(TENCENT,),
)


def may_travel(effects: Any) -> list[HttpCall]:
    """Every piece of news is one that the bus takes; the calls that follow."""
    for effect in effects:
        if isinstance(effect, OrderUpdate | Fill | ReconcilePart):
            encoded(effect)
    return calls(effects)


def test_pushes_bit_by_bit():
    """Spoilt packets, protobuf and JSON; the session is made anew when it has gone astray."""
    protocol, outcomes = trade_session(), {"news": 0, "refused": 0}
    for number, (word, data) in enumerate(hostile(SEEDS, COUNT)):
        if number % 500 == 0:
            protocol = trade_session()
        try:
            may_travel(protocol.received(data, at(number / 1_000)))
            outcomes["news"] += 1
        except RemoteProtocolError:
            outcomes["refused"] += 1
        except Exception as error:
            raise AssertionError(f"input {word}: {data!r}") from error
    assert min(outcomes.values()) > 50


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "0", "-1", "1e9", "FilledStatus", "700.HK", "9" * 60, "NaN"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@given(st.dictionaries(st.sampled_from(sorted(push_data())), VALUES, min_size=1, max_size=4))
@hypothesis_settings(max_examples=examples(80), suppress_health_check=[HealthCheck.too_slow])
def test_pushes_field_by_field(changes: dict[str, Any]):
    """Any value in any field of an order push."""
    with suppress(RemoteProtocolError):
        may_travel(trade_session().received(order_push(**changes), at(1)))


def spoilt(rng: random.Random) -> HttpResponse:
    """An answer of some route, perhaps of another than was asked, perhaps spoilt."""
    response = answer(rng.choice(ANSWERS), code=rng.choice([0, 0, 0, 0, 602001, 403202, 7]))
    body = mutated(response.body, rng) if rng.random() < 0.5 else response.body
    return HttpResponse(rng.choice([200, 200, 200, 400, 429, 500]), {}, body)


def given_to(protocol: TradeProtocol | HttpPanic, rng: random.Random, now: Now) -> list[HttpCall]:
    """Something that makes the session ask."""
    commands: list[tuple[str, Any]] = [
        ("reconcile", REQUEST),
        ("cancel", cancel(venue_order_id=rng.choice(["", "701276261045858304"]))),
    ]
    if isinstance(protocol, TradeProtocol):
        commands += [("submit", submit()), ("replace", replace()), ("query", query())]
    method, command = rng.choice(commands)
    return may_travel(getattr(protocol, method)(command, now))


def test_answers_bit_by_bit():
    """Nothing here may raise: an answer that cannot be read is an outcome, too."""
    rng = random.Random(1)
    protocol: TradeProtocol | HttpPanic = trade_session()
    waiting: list[HttpCall] = []
    for number in range(COUNT):
        now = at(number / 10)
        if number % 300 == 0:
            made = HttpPanic(settings(), SECRETS)
            protocol, waiting = rng.choice([trade_session(), made]), []
        if not waiting or rng.random() < 0.2:
            waiting += given_to(protocol, rng, now)
        if not waiting:
            continue
        call = waiting.pop(rng.randrange(len(waiting)))
        if rng.random() < 0.1:
            failure = CallFailure(not_sent=rng.random() < 0.5, reason="cut")
            waiting += may_travel(protocol.failed(call.call_id, failure, now))
        else:
            waiting += may_travel(protocol.answered(call.call_id, spoilt(rng), now))
        waiting += may_travel(protocol.due(now))
        assert len(waiting) < 100, "calls pile up"


def test_json_of_a_push_is_bounded():
    """Before it is parsed."""
    message = {"event": "order_changed_lb", "data": push_data(), "pad": "x" * 70_000}
    with pytest.raises(RemoteProtocolError, match="limit"):
        trade_session().received(notification(json.dumps(message).encode()), at(1))
